"""A whole knock at a target: its addresses, one attempt at each, and the controls beside them."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from portview.probe import errqueue, tcp
from portview.probe.addresses import is_broadcast, is_own
from portview.probe.background import gather
from portview.probe.politeness import waves
from portview.probe.records import Attempt, NameSource, Observation, Resolution, Target
from portview.probe.resolve import resolve
from portview.probe.waiting import CancelledError
from portview.vocabulary import Family, Outcome, Protocol

if TYPE_CHECKING:
    from portview.probe.arrivals import Arrivals
    from portview.probe.path_records import Hop
    from portview.probe.second_opinion import SecondOpinion

DEFAULT_TIMEOUT_S = 5.0
MIN_TIMEOUT_S = 0.1
MAX_TIMEOUT_S = 300.0
# A neighbour that does not exist is reported after 3 s (three ARP or NDP probes, one a second).
NEIGHBOUR_FAILURE_S = 3.5

_QUICK_LISTEN_S = 0.004  # what comes right behind the handshake; more would cost more than the knock
_MAX_ADDRESSES = 16
_NEXT_WAVE_S = 2.0  # for further addresses of an SSH port, after the first were waited for in vain
_OPINION_S = 1.4  # since the start: DNS's second, and a little to load what asks it
# Outcomes of which this machine's own rules for what comes in may be the reason.
_LIFELESS = (Outcome.TIMED_OUT, Outcome.NO_ANSWER, Outcome.UNREACHABLE, Outcome.NAME_NOT_RESOLVED)
# What a thread may need beyond its own timeout to write down how it ended.
_GRACE_S = 5.0

OnEvent = Callable[[Resolution | Attempt], None]
OnHeard = Callable[[Attempt], None]
OnSeen = Callable[["Attempt | Hop"], None]


def observe(
    target: Target,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    family: Family | None = None,
    quick: bool = False,
    cancel: threading.Event | None = None,
    on_event: OnEvent | None = None,
    on_seen: OnSeen | None = None,
) -> Observation:
    """Knock at every address of a target, side by side, and record what happened.

    An SSH port gets two connections at most, and no port is knocked at on more than 16 addresses.

    `timeout_s` is how long each answer is waited for. `quick` makes the knock alone: no controls, no
    path, and the first words only if they come at once. `on_event` hears the resolution and each attempt
    as they arrive; of an attempt that connects it hears twice, at the handshake and when the first
    words are in. `on_seen` hears what is looked at around it: controls, and each new hop. Both may be
    called from other threads. Within 0.2 s of `cancel` it ends with what is there.
    """
    started = time.monotonic()
    tell = on_event or (lambda _: None)
    observation = Observation(
        target=target,
        resolution=Resolution(target.host),
        attempts=(),
        timeout_s=timeout_s,
        quick=quick,
        hears_icmp=errqueue.SUPPORTED,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    arrivals = None if quick else _arrivals()
    try:
        resolution = resolve(target.host, family=family, timeout_s=timeout_s, cancel=cancel)
    except CancelledError:
        return replace(observation, cancelled=True, elapsed_ms=_since(started))
    tell(resolution)
    observation = replace(
        observation, resolution=resolution, this_machine=any(map(is_own, resolution.addresses))
    )
    scout = None
    if not quick:
        from portview.probe.scout import Scout  # a quick knock does not pay for what it leaves out

        scout = Scout(observation, cancel, on_seen)

    heard: dict[str, Attempt] = {}

    def hear(attempt: Attempt) -> None:
        heard[attempt.address] = attempt
        if scout is not None:
            scout.hear(attempt)
        tell(attempt)

    opinion = None if quick else _second_opinion(resolution, family)
    overflows_before = _overflows(observation)
    cancelled = False
    try:
        for number, addresses in enumerate(waves(target, resolution.addresses[:_MAX_ADDRESSES])):
            wait_s = min(timeout_s, _NEXT_WAVE_S) if number else timeout_s
            knocks = [
                partial(_attempt, target, address, wait_s, quick, cancel, hear) for address in addresses
            ]
            for _, attempt in gather(knocks, time.monotonic() + wait_s + _GRACE_S, cancel):
                hear(attempt)
            if any(attempt.outcome.had_handshake for attempt in heard.values()):
                break
    except CancelledError:
        cancelled = True
    observation = replace(
        observation,
        attempts=tuple(heard[address] for address in resolution.addresses if address in heard),
        broadcasts=_broadcasts(heard.values()),
        tracked=_tracked(heard.values()),
        queue_overflows=_risen(overflows_before, _overflows(observation)),
        cancelled=cancelled,
    )
    if scout is not None:
        observation = scout.report(observation)
    if opinion is not None:
        observation = replace(observation, resolution=opinion.joined(started + _OPINION_S, cancel))
    if arrivals is not None and observation.outcome in _LIFELESS:
        observation = replace(observation, undelivered=arrivals.since(_families(observation)))
    return replace(observation, elapsed_ms=_since(started))


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000


def _second_opinion(resolution: Resolution, family: Family | None) -> "SecondOpinion | None":
    """DNS, asked beside the knocks where the hosts file has spoken."""
    if resolution.source is not NameSource.HOSTS:
        return None
    from portview.probe.second_opinion import SecondOpinion, is_worth_asking

    families = (family,) if family else (Family.IPV4, Family.IPV6)
    return SecondOpinion(resolution, families) if is_worth_asking(resolution) else None


def _overflows(observation: Observation) -> int | None:
    if observation.quick or not observation.this_machine:
        return None
    from portview.probe.overflows import listen_overflows

    return listen_overflows()


def _arrivals() -> "Arrivals":
    from portview.probe.arrivals import Arrivals  # a quick knock does not pay for it

    return Arrivals()


def _families(observation: Observation) -> tuple[Family, ...]:
    """Those that the outcome rests on; name servers are asked over either."""
    return (observation.primary.family,) if observation.primary else tuple(Family)


def _broadcasts(attempts: Iterable[Attempt]) -> tuple[str, ...]:
    """The addresses that turn out to be a whole network's; asked where a knock was not even sent."""
    stopped = (Outcome.UNREACHABLE, Outcome.LOCAL_ERROR)
    return tuple(
        attempt.address
        for attempt in attempts
        if attempt.outcome in stopped and attempt.icmp is None and is_broadcast(attempt.address)
    )


def _tracked(attempts: Iterable[Attempt]) -> tuple[int, int] | None:
    """How full the firewall's table is, where nothing got out and it may be the reason."""
    if not any(attempt.sent is False or attempt.errno == "EPERM" for attempt in attempts):
        return None
    from portview.probe.tracking import tracked_connections  # few knocks are stopped so

    return tracked_connections()


def _risen(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else max(0, after - before)


def _attempt(
    target: Target, address: str, timeout_s: float, quick: bool, cancel: threading.Event | None, hear: OnHeard
) -> Attempt:
    if target.protocol is Protocol.UDP:
        from portview.probe import udp

        return udp.knock(address, target.port, timeout_s=timeout_s, cancel=cancel)
    if not quick:
        from portview.probe import conversation

        return conversation.knock(target, address, timeout_s=timeout_s, cancel=cancel, on_connected=hear)
    return tcp.knock(
        address, target.port, timeout_s=timeout_s, listen_s=_QUICK_LISTEN_S, cancel=cancel, on_connected=hear
    )

"""A whole knock at a target: its addresses, one attempt at each, and the controls beside them."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from portview.probe import tcp
from portview.probe.addresses import is_broadcast, is_own
from portview.probe.background import gather
from portview.probe.records import Attempt, NameSource, Observation, Resolution, Target
from portview.probe.resolve import resolve
from portview.vocabulary import Family, Outcome, Protocol

if TYPE_CHECKING:
    from portview.probe.second_opinion import SecondOpinion

DEFAULT_TIMEOUT_S = 5.0
MIN_TIMEOUT_S = 0.1
MAX_TIMEOUT_S = 300.0
# A neighbour that does not exist is reported after 3 s (three ARP or NDP probes, one a second).
NEIGHBOUR_FAILURE_S = 3.5

_QUICK_LISTEN_S = 0.005  # what comes right behind the handshake; more would cost more than the knock
_MAX_ADDRESSES = 16
_OPINION_S = 1.4  # since the start: DNS's second, and a little to load what asks it
# What a thread may need beyond its own timeout to write down how it ended.
_GRACE_S = 5.0

OnEvent = Callable[[Resolution | Attempt], None]
OnHeard = Callable[[Attempt], None]


def observe(
    target: Target,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    family: Family | None = None,
    quick: bool = False,
    cancel: threading.Event | None = None,
    on_event: OnEvent | None = None,
) -> Observation:
    """Knock at every address of a target, side by side, and record what happened.

    `timeout_s` is how long each answer is waited for. `quick` makes the knock alone: no controls, no
    path, and the first words only if they come at once. `on_event` hears the resolution and each attempt
    as they arrive; of an attempt that connects it hears twice, at the handshake and when the first
    words are in. It may be called from other threads. Raises CancelledError within 0.2 s of `cancel`.
    """
    started = time.monotonic()
    wall_clock = datetime.now(UTC).isoformat(timespec="milliseconds")
    tell = on_event or (lambda _: None)
    resolution = resolve(target.host, family=family, timeout_s=timeout_s, cancel=cancel)
    tell(resolution)
    observation = Observation(
        target=target,
        resolution=resolution,
        attempts=(),
        this_machine=any(map(is_own, resolution.addresses)),
        timeout_s=timeout_s,
        quick=quick,
        started=wall_clock,
    )
    scout = None
    if not quick:
        from portview.probe.surroundings import Scout  # a quick knock does not pay for what it leaves out

        scout = Scout(observation, cancel)

    def hear(attempt: Attempt) -> None:
        if scout is not None:
            scout.hear(attempt)
        tell(attempt)

    knocks = [
        partial(_attempt, target, address, timeout_s, quick, cancel, hear)
        for address in resolution.addresses[:_MAX_ADDRESSES]
    ]
    opinion = None if quick else _second_opinion(resolution, family)
    overflows_before = _overflows(observation)
    attempts: dict[int, Attempt] = {}
    for place, attempt in gather(knocks, time.monotonic() + timeout_s + _GRACE_S, cancel):
        attempts[place] = attempt
        hear(attempt)
    observation = replace(
        observation,
        attempts=tuple(attempts[place] for place in sorted(attempts)),
        broadcasts=_broadcasts(attempts.values()),
        queue_overflows=_risen(overflows_before, _overflows(observation)),
    )
    if scout is not None:
        observation = scout.report(observation)
    if opinion is not None:
        observation = replace(observation, resolution=opinion.joined(started + _OPINION_S, cancel))
    return replace(observation, elapsed_ms=(time.monotonic() - started) * 1000)


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


def _broadcasts(attempts: Iterable[Attempt]) -> tuple[str, ...]:
    """The addresses that turn out to be a whole network's; asked where a knock was not even sent."""
    stopped = (Outcome.UNREACHABLE, Outcome.LOCAL_ERROR)
    return tuple(
        attempt.address
        for attempt in attempts
        if attempt.outcome in stopped and attempt.icmp is None and is_broadcast(attempt.address)
    )


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

"""A whole knock at a target: its addresses, one attempt at each, and the controls beside them."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from portview.probe import controls, tcp, udp
from portview.probe.addresses import is_own
from portview.probe.background import gather
from portview.probe.records import Attempt, Observation, Resolution, Target
from portview.probe.resolve import resolve
from portview.vocabulary import Family, Protocol

DEFAULT_TIMEOUT_S = 5.0
MIN_TIMEOUT_S = 0.1
MAX_TIMEOUT_S = 300.0
# A neighbour that does not exist is reported after 3 s (three ARP or NDP probes, one a second).
NEIGHBOUR_FAILURE_S = 3.5

_LISTEN_S = 1.0
_QUICK_LISTEN_S = 0.02
_MAX_ADDRESSES = 16
# What a thread may need beyond its own timeout to write down how it ended.
_GRACE_S = 5.0

OnEvent = Callable[[Resolution | Attempt], None]


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

    `timeout_s` is how long each answer is waited for. `quick` makes the knock alone: no controls,
    and the first words only if they come at once. `on_event` hears the resolution and each attempt
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
    knocks = [
        partial(_attempt, target, address, timeout_s, quick, cancel, tell)
        for address in resolution.addresses[:_MAX_ADDRESSES]
    ]
    attempts: dict[int, Attempt] = {}
    for place, attempt in gather(knocks, time.monotonic() + timeout_s + _GRACE_S, cancel):
        attempts[place] = attempt
        tell(attempt)
    observation = replace(observation, attempts=tuple(attempts[place] for place in sorted(attempts)))
    if not quick:
        observation = replace(observation, controls=controls.knock(observation, cancel))
    return replace(observation, elapsed_ms=(time.monotonic() - started) * 1000)


def _attempt(
    target: Target, address: str, timeout_s: float, quick: bool, cancel: threading.Event | None, tell: OnEvent
) -> Attempt:
    if target.protocol is Protocol.UDP:
        return udp.knock(address, target.port, timeout_s=timeout_s, cancel=cancel)
    listen_s = _QUICK_LISTEN_S if quick else _LISTEN_S
    return tcp.knock(
        address, target.port, timeout_s=timeout_s, listen_s=listen_s, cancel=cancel, on_connected=tell
    )

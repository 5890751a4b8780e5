"""Knocks at other ports of the same address, made to tell a port's fault from a host's.

Random high ports show what this host does with ports that nobody uses; a few common ports show
whether it is alive at all. SSH is left out: OpenSSH penalises callers that leave without logging in.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from portview.probe import tcp
from portview.probe.background import gather
from portview.probe.nearness import is_far_later
from portview.probe.records import Attempt
from portview.vocabulary import Outcome

_COMMON = (80, 443)
_HIGH_PORTS = range(20_000, 32_000)
# Below one second the kernel sends no second SYN.
_TIMEOUT_S = 0.9
_GRACE_S = 1.0


Tell = Callable[[Attempt], None]


def knock(
    primary: Attempt, until: float, cancel: threading.Event | None = None, tell: Tell | None = None
) -> tuple[Attempt, ...]:
    """Knock side by side at control ports of an attempt's address, those that its outcome calls for.

    A port that connects needs no proof of life, only that not everything connects: one random high
    port. Two more follow when that connects as well, and, one after the other, when its answer took far
    longer than the port's own. Ends at the monotonic time `until`. `tell` hears each as it ends.
    """
    common = () if primary.outcome is Outcome.CONNECTED else _COMMON
    highs = random.sample([port for port in _HIGH_PORTS if port != primary.port], 3)
    first = [*(port for port in common if port != primary.port), highs[0]]
    found = knock_at(primary.address, first, until, cancel, tell)
    if primary.outcome.had_handshake:
        high = next((control for control in found if control.port == highs[0]), None)
        if high is not None and high.outcome.had_handshake:
            found += knock_at(primary.address, highs[1:], until, cancel, tell)
        elif high is not None and is_far_later(high, primary):
            for port in highs[1:]:
                found += knock_at(primary.address, (port,), until, cancel, tell)
    return found


def knock_over_udp(
    primary: Attempt, until: float, cancel: threading.Event | None = None, tell: Tell | None = None
) -> tuple[Attempt, ...]:
    """One datagram to a random high port: a machine that is up usually reports that nobody uses it."""
    from portview.probe import udp  # few knocks go over UDP

    port = random.choice([port for port in _HIGH_PORTS if port != primary.port])
    return _side_by_side(udp.knock, primary.address, [port], until, cancel, tell)


def knock_at(
    address: str,
    ports: Sequence[int],
    until: float,
    cancel: threading.Event | None = None,
    tell: Tell | None = None,
) -> tuple[Attempt, ...]:
    """Knock at these ports, one SYN each at most."""
    return _side_by_side(partial(tcp.knock, listen_s=None), address, ports, until, cancel, tell)


def _side_by_side(
    knock: Callable[..., Attempt],
    address: str,
    ports: Sequence[int],
    until: float,
    cancel: threading.Event | None,
    tell: Tell | None,
) -> tuple[Attempt, ...]:
    timeout_s = min(_TIMEOUT_S, until - time.monotonic())
    if timeout_s <= 0:
        return ()
    knocks = [partial(knock, address, port, timeout_s=timeout_s, cancel=cancel) for port in ports]
    found: dict[int, Attempt] = {}
    for place, attempt in gather(knocks, time.monotonic() + timeout_s + _GRACE_S, cancel):
        found[place] = attempt
        if tell is not None:
            tell(attempt)
    return tuple(found[place] for place in sorted(found))

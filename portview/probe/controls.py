"""Knocks at other ports of the same address, made to tell a port's fault from a host's.

Random high ports show what this host does with ports that nobody uses; a few common ports show
whether it is alive at all. SSH is left out: OpenSSH penalises callers that leave without logging in.
"""

import random
import threading
import time
from collections.abc import Sequence
from functools import partial

from portview.probe import tcp
from portview.probe.background import gather
from portview.probe.records import Attempt
from portview.vocabulary import Outcome

_COMMON = (80, 443)
_HIGH_PORTS = range(20_000, 32_000)
# Below one second the kernel sends no second SYN.
_TIMEOUT_S = 0.9
_GRACE_S = 1.0

CONNECTS = frozenset({Outcome.CONNECTED, Outcome.CLOSED_BY_PEER})


def knock(primary: Attempt, until: float, cancel: threading.Event | None = None) -> tuple[Attempt, ...]:
    """Knock side by side at control ports of an attempt's address, those that its outcome calls for.

    A port that connects needs no proof of life, only that not everything connects: one random high
    port, and when that connects as well, two more. Ends at the monotonic time `until`.
    """
    common = () if primary.outcome is Outcome.CONNECTED else _COMMON
    highs = random.sample([port for port in _HIGH_PORTS if port != primary.port], 3)
    found = knock_at(
        primary.address, [*(port for port in common if port != primary.port), highs[0]], until, cancel
    )
    if primary.outcome in CONNECTS and any(
        control.outcome in CONNECTS for control in found if control.port == highs[0]
    ):
        found += knock_at(primary.address, highs[1:], until, cancel)
    return found


def knock_at(
    address: str, ports: Sequence[int], until: float, cancel: threading.Event | None = None
) -> tuple[Attempt, ...]:
    """Knock at these ports, one SYN each at most."""
    timeout_s = min(_TIMEOUT_S, until - time.monotonic())
    if timeout_s <= 0:
        return ()
    knocks = [
        partial(tcp.knock, address, port, timeout_s=timeout_s, listen_s=None, cancel=cancel) for port in ports
    ]
    found = dict(gather(knocks, time.monotonic() + timeout_s + _GRACE_S, cancel))
    return tuple(found[place] for place in sorted(found))

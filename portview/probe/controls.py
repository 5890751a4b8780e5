"""Knocks at other ports of the same address, made to tell a port's fault from a host's.

A random high port shows what this host does with ports that nobody uses; a few common ports show
whether it is alive at all. SSH is left out: OpenSSH penalises callers that leave without logging in.
"""

import random
import threading
import time
from functools import partial

from portview.probe import tcp
from portview.probe.background import gather
from portview.probe.records import Attempt, Observation
from portview.vocabulary import Outcome, Protocol

_COMMON = (80, 443)
_HIGH_PORTS = range(20_000, 32_000)
_TIMEOUT_S = 1.5
_GRACE_S = 1.0

# A port that answers needs no control, and a host that was never reached can have none.
_NEED_CONTROL = frozenset({Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.CLOSED_BY_PEER, Outcome.UNREACHABLE})


def knock(observation: Observation, cancel: threading.Event | None = None) -> tuple[Attempt, ...]:
    """Knock side by side at the control ports of the deciding attempt's address; TCP only."""
    primary = observation.primary
    if (
        primary is None
        or observation.target.protocol is not Protocol.TCP
        or primary.outcome not in _NEED_CONTROL
    ):
        return ()
    if primary.outcome is Outcome.UNREACHABLE and primary.icmp is None:
        return ()
    ports = [port for port in (*_COMMON, random.choice(_HIGH_PORTS)) if port != primary.port]
    knocks = [
        partial(tcp.knock, primary.address, port, timeout_s=_TIMEOUT_S, listen_s=None, cancel=cancel)
        for port in ports
    ]
    found = dict(gather(knocks, time.monotonic() + _TIMEOUT_S + _GRACE_S, cancel))
    return tuple(found[place] for place in sorted(found))

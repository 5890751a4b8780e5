"""Observations made by hand: what a real knock would have recorded, as short calls."""

from collections.abc import Sequence
from typing import Any

from portview.probe.records import (
    Attempt,
    Closing,
    IcmpError,
    NameFailure,
    NameSource,
    Observation,
    Resolution,
    Target,
)
from portview.sockets.records import LocalSocket, Owner, PortKind, Queue, Reach
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

TARGET = "192.168.1.7"
PUBLIC = "93.184.215.14"
ROUTER = "192.168.9.1"
SELF = "192.168.1.2"
IPV6 = "2a00:1450::7"
PORT = 20001

_SENDERS = {
    SenderClass.SELF: SELF,
    SenderClass.GATEWAY: "192.168.1.1",
    SenderClass.ROUTER: ROUTER,
}


def attempt(outcome: Outcome, address: str = TARGET, port: int = PORT, **more: Any) -> Attempt:
    family = Family.IPV6 if ":" in address else Family.IPV4
    more.setdefault("elapsed_ms", 5000.0 if outcome in (Outcome.TIMED_OUT, Outcome.NO_ANSWER) else 5.0)
    return Attempt(address, family, port, outcome, **more)


def icmp(
    type_: int, code: int, sender_is: SenderClass | None = SenderClass.TARGET, address: str = TARGET
) -> IcmpError:
    sender = None if sender_is is None else _SENDERS.get(sender_is, address)
    return IcmpError(type_, code, sender, sender_is)


def observation(*attempts: Attempt, host: str | None = None, **more: Any) -> Observation:
    """Attempts as an observation of the first one's port; a `host` makes it a name."""
    first = attempts[0]
    addresses = tuple(dict.fromkeys(one.address for one in attempts))
    resolution = more.pop("resolution", None) or Resolution(
        host or first.address, addresses, NameSource.SYSTEM if host else NameSource.LITERAL
    )
    protocol = more.pop("protocol", Protocol.TCP)
    return Observation(Target(host or first.address, first.port, protocol), resolution, attempts, **more)


def connected(address: str = TARGET, port: int = PORT, **more: Any) -> Attempt:
    return attempt(Outcome.CONNECTED, address, port, **more)


def closed(address: str = TARGET, port: int = PORT, by: Closing = Closing.FIN, **more: Any) -> Attempt:
    more.setdefault("closed_after_ms", 0.3)
    return attempt(Outcome.CLOSED_BY_PEER, address, port, closed_by=by, **more)


def rst(address: str = TARGET, port: int = PORT, **more: Any) -> Attempt:
    return attempt(Outcome.REFUSED, address, port, errno="ECONNREFUSED", stage="connect", **more)


def silent(address: str = TARGET, port: int = PORT) -> Attempt:
    return attempt(Outcome.TIMED_OUT, address, port)


def unreachable(error: IcmpError | None, errno: str = "EHOSTUNREACH", **more: Any) -> Attempt:
    return attempt(Outcome.UNREACHABLE, errno=errno, stage="connect", icmp=error, **more)


def local_error(errno: str, address: str = TARGET, **more: Any) -> Attempt:
    more.setdefault("stage", "connect")
    return attempt(Outcome.LOCAL_ERROR, address, errno=errno, elapsed_ms=0.1, **more)


def unresolved(failure: NameFailure, **more: Any) -> Observation:
    name = more.pop("name", "nas.lan")
    resolution = Resolution(name, (), NameSource.DNS, failure, **more)
    return Observation(Target(name, 443), resolution, ())


def listener(
    address: str = "0.0.0.0", port: int = PORT, name: str | None = "redis-server", **more: Any
) -> LocalSocket:
    loopback = address.startswith("127.") or address == "::1"
    more.setdefault("state", "LISTEN")
    return LocalSocket(
        protocol=more.pop("protocol", Protocol.TCP),
        family=Family.IPV6 if ":" in address else Family.IPV4,
        address=address,
        port=port,
        reach=Reach.LOOPBACK if loopback else Reach.NETWORK,
        kind=PortKind.USER,
        owners=(Owner(812, name),) if name else (),
        **more,
    )


def queue(waiting: int | None, limit: int | None) -> Queue:
    return Queue(waiting, limit)


BROADCAST = observation(
    unreachable(None, "ENETUNREACH", address="192.168.1.255", elapsed_ms=0.1), broadcasts=("192.168.1.255",)
)
UDP_BROADCAST = observation(
    local_error("EACCES", "192.168.1.255"), broadcasts=("192.168.1.255",), protocol=Protocol.UDP
)
CANCELLED = Observation(Target("nas.lan", 443), Resolution("nas.lan", (TARGET,)), (), cancelled=True)
UDP_HERE = observation(attempt(Outcome.NO_ANSWER), protocol=Protocol.UDP, this_machine=True)
UDP_LISTENER = listener(name="wg", protocol=Protocol.UDP, state="UNCONN")


def here(*attempts: Attempt) -> Observation:
    return observation(*attempts, this_machine=True)


def udp(one: Attempt, **more: bool) -> Observation:
    return observation(one, protocol=Protocol.UDP, this_machine=more.get("this_machine", False))


def named(
    one: Attempt, source: NameSource = NameSource.SYSTEM, dns: tuple[str, ...] | None = None
) -> Observation:
    resolution = Resolution("nas.lan", (one.address,), source, dns_addresses=dns)
    return observation(one, host="nas.lan", resolution=resolution)


# An observation, this machine's listeners (None: not known), and the causes from the first on, with a
# sign for their confidence: ! certain, ~ likely, ? possible.
Case = tuple[Observation, Sequence[LocalSocket] | None, str]

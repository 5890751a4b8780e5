"""How this machine's packets to an address leave it, as its kernel decides (`ip route get`)."""

import ipaddress
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from portview.netlink import rtnetlink
from portview.netlink.messages import attribute, attributes
from portview.netlink.rtnetlink import Get, State, address_text
from portview.probe.sockaddr import socket_address

# linux/rtnetlink.h, linux/if_link.h, linux/if.h
_ROUTE = struct.Struct("=BBBBBBBBI")  # family, lengths of destination and source, ..., flags
_RTA_DESTINATION, _RTA_DEVICE, _RTA_GATEWAY, _RTA_SOURCE, _RTA_SEVERAL, _RTA_VIA = 1, 4, 5, 7, 9, 18
_WHOLE_ENTRY = 0x2000  # RTM_F_FIB_MATCH: the table's entry, not the one way that is chosen from it
_LINK = struct.Struct("=BBHiII")  # family, pad, hardware, index, flags, change
_IFLA_NAME, _IFLA_CARRIER = 3, 33
_IFF_UP, _IFF_POINT_TO_POINT, _IFF_NO_ARP = 0x1, 0x10, 0x80
_NO_NEIGHBOURS = _IFF_POINT_TO_POINT | _IFF_NO_ARP
_WORD = struct.Struct("=i")

# How long a neighbour known from before may take to be asked again (delay_first_probe_time, 5 s after
# the first packet, and its answer).
_CONFIRMING = State.DELAY | State.PROBE
CONFIRMED_WITHIN_S = 0.4
_STEP_S = 0.05


class Nearest(StrEnum):
    """Whether the next machine on the way answers when this one asks for it (ARP, NDP).

    Linux takes an answer for 45 s at most to hold (base_reachable_time).
    """

    ANSWERS = "answers"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Route:
    """The way out to one address.

    `gateway` is the next machine on the way (None: the address itself is next), `nearest` whether it
    answers; None: not known. `source` is the address that is sent from. `tunnel` says that the device
    has no neighbours to ask for (IFF_POINTOPOINT, IFF_NOARP), as VPNs have none; `carrier` is False for a
    device without a cable, a network or a program at its other end. `own_network` and `own_device` are a
    network of another device that holds the address and is passed over. `shared` says that several ways
    share the connections: device and gateway are then one of them, perhaps not that of a given connection,
    and nothing more is known.
    """

    address: str
    device: str
    gateway: str | None = None
    source: str | None = None
    tunnel: bool = False
    carrier: bool = True
    nearest: Nearest | None = None
    own_network: str | None = None
    own_device: str | None = None
    shared: bool = False

    @property
    def on_link(self) -> bool:
        """Whether the address is on a network of this machine, with no router between."""
        return self.gateway is None and not self.tunnel

    @property
    def next_answers(self) -> bool:
        """Whether the next machine, gateway or target, is known to answer."""
        return self.nearest is Nearest.ANSWERS

    @property
    def next_is_silent(self) -> bool:
        """Whether the next machine, gateway or target, is known not to answer."""
        return self.nearest is Nearest.SILENT


def is_on_link(address: str) -> bool:
    """Whether no router is between; False where the kernel does not tell."""
    bare, _, scope = address.partition("%")
    if scope or ipaddress.ip_address(bare).is_loopback:
        return True
    route = look_up(address)
    return route is not None and route.on_link


def look_up(address: str, wait_until: float = 0.0) -> Route | None:
    """The route to an address, and how the next machine on it stands; None where there is none.

    Until the monotonic time `wait_until`, a neighbour that the kernel is about to ask again is waited for.
    """
    found = _find(address)
    if found is None:
        return None
    index, route = found
    name, flags, carrier = _link(index)
    if route.shared:
        return replace(route, device=name)
    route = replace(route, device=name, tunnel=bool(flags & _NO_NEIGHBOURS), carrier=carrier)
    if not route.tunnel:
        route = replace(route, nearest=_nearest(route.gateway or address, index, wait_until))
    return _beside(route, index)


def _find(address: str) -> tuple[int, Route] | None:
    """The route without its device's properties, and the index of that device."""
    try:
        family, name = socket_address(address, 0)
    except OSError:
        return None
    packed = socket.inet_pton(family, address.partition("%")[0])
    wanted = attribute(_RTA_DESTINATION, packed)
    scope = name[3] if len(name) > 3 else 0
    if isinstance(scope, int) and scope:
        wanted += attribute(_RTA_DEVICE, _WORD.pack(scope))
    chosen, entry = (
        _ROUTE.pack(family, 8 * len(packed), 0, 0, 0, 0, 0, 0, flags) + wanted for flags in (0, _WHOLE_ENTRY)
    )
    for message in rtnetlink.ask(Get.ROUTE, chosen):
        found = attributes(message[_ROUTE.size :])
        if len(found.get(_RTA_DEVICE, b"")) != _WORD.size:
            return None
        via = found.get(_RTA_VIA, b"")  # a next hop of the other family: its family, then its address
        gateway = address_text(family, found.get(_RTA_GATEWAY))
        if gateway is None and len(via) > 2:
            gateway = address_text(struct.unpack_from("=H", via)[0], via[2:])
        index: int = _WORD.unpack(found[_RTA_DEVICE])[0]
        source = address_text(family, found.get(_RTA_SOURCE))
        return index, Route(address, "", gateway, source, shared=_is_shared(entry))
    return None


def _is_shared(entry: bytes) -> bool:
    """Whether the table's entry has several ways; asked of a kernel before Linux 4.13, none has."""
    return any(
        _RTA_SEVERAL in attributes(message[_ROUTE.size :]) for message in rtnetlink.ask(Get.ROUTE, entry)
    )


def _link(index: int) -> tuple[str, int, bool]:
    """The name of an interface, its flags, and whether it has a carrier."""
    for message in rtnetlink.ask(Get.LINK, _LINK.pack(socket.AF_UNSPEC, 0, 0, index, 0, 0)):
        flags = _LINK.unpack_from(message)[4]
        found = attributes(message[_LINK.size :])
        name = found.get(_IFLA_NAME, b"").rstrip(b"\0").decode(errors="replace")
        return name, flags, found.get(_IFLA_CARRIER) != b"\0"
    return str(index), 0, True


def _nearest(address: str, index: int, wait_until: float) -> Nearest | None:
    state = _state(address, index)
    while state & _CONFIRMING and time.monotonic() < wait_until:
        time.sleep(_STEP_S)
        state = _state(address, index)
    if state & (State.INCOMPLETE | State.FAILED):
        return Nearest.SILENT
    return Nearest.ANSWERS if state & State.REACHABLE else None


def _state(address: str, index: int) -> State:
    wanted = address.partition("%")[0]
    states = (
        state
        for (known, interface), state in rtnetlink.neighbours()
        if known == wanted and interface in (0, index)
    )
    return next(states, State(0))


def _beside(route: Route, index: int) -> Route:
    """The route with the network of another device that holds the address, where its own has none."""
    bare = ipaddress.ip_address(route.address.partition("%")[0])
    holding = [(own, other) for own, other in _networks(bare.version) if bare in own]
    if bare.is_link_local or any(other == index for _, other in holding):
        return route
    for own, other in holding:
        name, flags, carrier = _link(other)
        if flags & _IFF_UP and carrier:
            return replace(route, own_network=str(own), own_device=name)
    return route


def _networks(version: int) -> Iterator[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, int]]:
    """The networks of this machine's interfaces, with the interface's index."""
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    for own in rtnetlink.own_addresses(family):
        yield ipaddress.ip_network(f"{own.address}/{own.prefix}", strict=False), own.interface

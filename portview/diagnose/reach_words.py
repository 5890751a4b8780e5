"""Who can knock at a socket, in words."""

from collections.abc import Iterator
from ipaddress import ip_address

from portview.diagnose.survey import Survey
from portview.knowledge.load import phrases
from portview.knowledge.template import fill
from portview.sockets.connections import Direction
from portview.sockets.interfaces import InterfaceAddress, Network
from portview.sockets.records import LocalSocket
from portview.sockets.scope import Scope, open_networks, plain_address, takes_ipv4_too
from portview.vocabulary import Family, Protocol

_MOST_ADDRESSES = 6


def who_can_knock(socket: LocalSocket, survey: Survey, language: str = "en") -> str:
    """One sentence; for a connection, whose client it is."""
    words = phrases("sockets", language)["reach"]
    if not socket.is_listener:
        return _connection(socket, survey, language)
    scope = survey.about(socket).scope
    if socket.interface and scope in (Scope.EVERY_ADDRESS, Scope.VPN, Scope.CONTAINER_BRIDGE):
        return fill(words["bound"], {"interface": socket.interface})
    own = plain_address(socket.address)
    addresses = survey.snapshot.machine.addresses
    interface = next((one.interface for one in addresses if one.address == own), "?")
    return fill(words[scope.value], {"address": socket.address, "interface": interface})


def reach_lines(socket: LocalSocket, survey: Survey, language: str = "en") -> Iterator[str]:
    """Everything about who can knock: the sentence, IPv4 beside IPv6, and where exactly."""
    words = phrases("sockets", language)
    if socket.protocol is Protocol.UDP and socket.is_listener and socket.ephemeral:
        yield words["reach"]["udp_client"]
    yield who_can_knock(socket, survey, language)
    if not socket.is_listener:
        state = words["reach"].get(f"state_{socket.state.lower()}")
        if state:
            yield state
        return
    if socket.family is Family.IPV6 and socket.address == "::":
        both = takes_ipv4_too(socket)
        yield words["dual"]["ipv6_any" if both is None else "both" if both else "alone"]
    if survey.about(socket).scope is Scope.EVERY_ADDRESS:
        found = open_networks(socket, survey.snapshot.machine.addresses)
        if found:
            told = ", ".join(_told(one, language) for one in found[:_MOST_ADDRESSES])
            more = ", ..." if len(found) > _MOST_ADDRESSES else ""
            yield fill(words["reach"]["here"], {"addresses": told + more})


def _told(one: InterfaceAddress, language: str) -> str:
    words = phrases("sockets", language)["network"]
    public = "public" if ip_address(one.address).is_global else "private"
    kind = words[public] if one.network is Network.OTHER else words[one.network.value]
    return f"{one.address} on {one.interface} ({kind})"


def _connection(socket: LocalSocket, survey: Survey, language: str) -> str:
    words = phrases("sockets", language)["reach"]
    owner = socket.owners[0].name if socket.owners else None
    values = {
        "remote": f"{socket.remote_address} {socket.remote_port}",
        "here": f"{socket.address} {socket.port}/{socket.protocol}",
        "owner": owner or (socket.user and f"a process of {socket.user}") or "a process",
    }
    if socket.remote_port is None:
        return fill(words["taken"], values)
    if socket.state == "TIME_WAIT":
        return fill(words["connected"], values)
    direction = survey.directions.of(socket)
    nobody = not socket.owners and not socket.owner_hidden
    if direction is Direction.IN and nobody and socket.state == "ESTABLISHED":
        return fill(words["waiting"], values)
    return fill(words["accepted" if direction is Direction.IN else "dialled"], values)

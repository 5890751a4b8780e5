"""What people type or paste as a target, understood strictly.

Accepted hosts: names, IPv4 and IPv6 literals (with %scope, with or without brackets), `host:port`,
and whole URLs. Forms that only the C library's old parser understands (127.1, 0x7f.1, 2130706433)
are asked about instead of being silently turned into an address.
"""

import ipaddress
import re
import socket
import unicodedata
from typing import NamedTuple

from portview.errors import BadInput
from portview.knowledge.services import port_of, service_name
from portview.probe.records import Target
from portview.text import clean
from portview.vocabulary import Protocol

_MAX_LABEL = 63  # octets, RFC 1035 section 2.3.4
_MAX_NAME = 253  # characters in text form, without the final dot
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_NUMERIC = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)(\.(0[xX][0-9a-fA-F]*|[0-9]+))*\.?")
_SHOWN = 60
# Schemes that are no names of services, and the services that they are carried by.
_CARRIERS = {"ws": "http", "wss": "https", "sftp": "ssh", "mqtts": "secure-mqtt"}


class Host(NamedTuple):
    """A host as typed: its ASCII name or canonical literal, and the port when one came with it.

    `usual_port` is that of a URL's scheme: it holds only when no port is typed at all. `service` is what
    the scheme stands for, `protocol` what `tcp://` or `udp://` asks for.
    """

    name: str
    is_literal: bool
    port: int | None = None
    usual_port: int | None = None
    service: str | None = None
    protocol: Protocol | None = None


def parse_target(host_text: str, port_text: str | None = None, protocol: Protocol = Protocol.TCP) -> Target:
    """Combine what was typed as host and port; the port may come with the host instead."""
    host = parse_host(host_text, protocol)
    if host.protocol is not None and host.protocol is not protocol:
        wanted, scheme = host.protocol.upper(), f"{host.protocol}://"
        raise BadInput(f"{scheme} asks for {wanted}: choose {wanted}, or leave {scheme} out")
    if port_text is None or not port_text.strip():
        default = host.port or host.usual_port
        if default is None:
            example = f"[{host.name}]:443" if ":" in host.name else f"{host.name} 443"
            raise BadInput(f"no port given for {host.name}: add one, such as {example}")
        return Target(host.name, default, protocol, host.service)
    port = parse_port(port_text, protocol)
    if host.port is not None and host.port != port:
        raise BadInput(f"two different ports given: {host.port} with the host and {port} beside it")
    return Target(host.name, port, protocol, host.service)


def parse_port(text: str, protocol: Protocol = Protocol.TCP) -> int:
    """Return a port number, 1 to 65535, from a number or the name of a service."""
    word = text.strip()
    if not word:
        raise BadInput("no port given: a number from 1 to 65535, or a service such as ssh")
    if word.isascii() and word.isdigit():
        return _in_range(word)
    if re.fullmatch(r"[+-]?[0-9]+", word, re.ASCII):
        raise BadInput(f"{clean(word, _SHOWN)} is not a port: ports are 1 to 65535")
    if re.fullmatch(r"[0-9]+\s*[-,]\s*[0-9,\s-]*", word, re.ASCII):
        raise BadInput(f"'{clean(word, _SHOWN)}' is more than one port: use portview scan for several")
    port = port_of(word, protocol)
    if port is None:
        raise BadInput(f"'{clean(word, _SHOWN)}' is neither a port number nor a known {protocol} service")
    return port


def _in_range(digits: str) -> int:
    if len(digits) > 9 or not 1 <= int(digits) <= 65535:
        why = "port 0 is reserved; ports" if int(digits[:9]) == 0 else f"{digits[:12]} is not a port: ports"
        raise BadInput(f"{why} are 1 to 65535")
    return int(digits)


def parse_host(text: str, protocol: Protocol = Protocol.TCP) -> Host:
    """Understand one host; raises BadInput with one clear line when it cannot be one.

    `protocol` is whose services a port may be named for.
    """
    # Full-width letters, digits and dots, as input methods type them, mean the plain ones (RFC 3490).
    word = unicodedata.normalize("NFKC", text).replace("\u3002", ".").strip()
    if not word:
        raise BadInput("no host given: a name such as nas.lan, or an address such as 192.0.2.7")
    if url := _URL.match(word):
        return _from_url(url["scheme"].lower(), url["authority"], word, protocol)
    if "/" in word:
        raise BadInput(f"'{clean(word, _SHOWN)}' is not one host; to scan a network, use portview scan")
    return _from_authority(word, protocol)


def _from_url(scheme: str, authority: str, word: str, protocol: Protocol) -> Host:
    place = authority.rpartition("@")[2]
    if not place:
        raise BadInput(f"no host in '{clean(word, _SHOWN)}'")
    host = _from_authority(place, protocol)
    usual = port_of(_CARRIERS.get(scheme, scheme), protocol)
    service = None if usual is None else service_name(usual, protocol)
    asked = Protocol.__members__.get(scheme.upper())
    return host._replace(usual_port=None if host.port else usual, service=service, protocol=asked)


def _from_authority(word: str, protocol: Protocol) -> Host:
    """`host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 literal."""
    if word.startswith("["):
        inside, closed, rest = word[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise BadInput(f"'{clean(word, _SHOWN)}': an address in brackets is written [2001:db8::1]:443")
        if ":" not in inside:
            raise BadInput(f"'{clean(inside, _SHOWN)}' stands in brackets but is no IPv6 address")
        port = parse_port(rest[1:], protocol) if rest else None
        return Host(_ipv6(inside), True, port)
    if word.count(":") > 1:
        return Host(_ipv6(word), True)
    name, colon, port_text = word.partition(":")
    port = parse_port(port_text, protocol) if colon else None
    shown = clean(name, _SHOWN)
    ascii_name = _ascii(name, shown)
    if literal := _ipv4(ascii_name):
        return Host(literal, True, port)
    return Host(_name(ascii_name, shown), False, port)


def _ipv6(text: str) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise BadInput(f"'{clean(text, _SHOWN)}' is not a valid IPv6 address") from None
    if address.scope_id is not None and not _scope_exists(address.scope_id):
        raise BadInput(f"'%{clean(address.scope_id, _SHOWN)}' is not a network interface of this machine")
    # To the kernel a mapped address is IPv4, and so are the errors that come back.
    return str(address.ipv4_mapped or address)


def _scope_exists(scope: str) -> bool:
    try:
        if scope.isascii() and scope.isdigit():
            socket.if_indextoname(int(scope))
        else:
            socket.if_nametoindex(scope)
    except (OSError, OverflowError, ValueError):
        return False
    return True


def _ipv4(text: str) -> str | None:
    """Return the canonical literal; None for a name. Old short and octal forms are asked about."""
    if not _NUMERIC.fullmatch(text):
        return None
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        pass
    shown = clean(text, _SHOWN)
    try:
        meant = socket.inet_ntoa(socket.inet_aton(text))
    except (OSError, ValueError):
        raise BadInput(f"'{shown}' is not a valid IPv4 address: four numbers from 0 to 255") from None
    raise BadInput(f"'{shown}' is an old form of {meant}; type {meant} if that is what you mean")


def _ascii(text: str, shown: str) -> str:
    """The name as DNS carries it: labels of other scripts in IDNA, the rest as typed."""
    return ".".join(label if label.isascii() else _idna(label, shown) for label in text.split("."))


def _idna(label: str, shown: str) -> str:
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadInput(
            f"'{shown}' is not a host name: '{clean(label, 20)}' cannot be written in DNS"
        ) from None


def _name(text: str, shown: str) -> str:
    """Check a host name in ASCII and return it."""
    plain = text.removesuffix(".")
    if not plain:
        raise BadInput(f"'{shown}' is not a host name")
    for label in plain.split("."):
        if not label:
            raise BadInput(f"'{shown}' is not a host name: it has an empty part between two dots")
        part = clean(label, 20)
        if len(label) > _MAX_LABEL:
            raise BadInput(f"'{shown}' is not a host name: the part '{part}' is over {_MAX_LABEL} bytes long")
        if not _LABEL.fullmatch(label):
            raise BadInput(f"'{shown}' is not a host name: '{part}' has characters no name can have")
    if len(plain) > _MAX_NAME:
        raise BadInput(f"'{shown}' is not a host name: it is over {_MAX_NAME} characters long")
    return text

"""From an address literal to what the socket calls want."""

import errno
import os
import socket


def socket_address(address: str, port: int) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """The family and the socket address of a literal; %scope becomes the interface's index.

    Raises OSError (ENODEV) when there is no such interface.
    """
    if ":" not in address:
        return socket.AF_INET, (address, port)
    host, _, scope = address.partition("%")
    if not scope:
        return socket.AF_INET6, (host, port, 0, 0)
    return socket.AF_INET6, (host, port, 0, int(scope) if scope.isdigit() else _index(scope))


def _index(interface: str) -> int:
    try:
        return socket.if_nametoindex(interface)
    except OSError:  # Python gives it no error number
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), interface) from None


def limit_hops(sock: socket.socket, ttl: int) -> None:
    """Let a socket's packets go so many hops only: a router at which they run out says so."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)

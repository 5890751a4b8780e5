"""The services of the lab, run in one process inside a namespace.

    python services.py '[["hold", 80], ["banner", 1000], ...]'

Prints one line when every port is bound, then serves until stdin ends.
"""

import json
import socket
import struct
import sys
import threading
from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SERVER = {"A": "10.77.3.2", "AAAA": "fd77:3::2"}
DEAD = {"A": "10.77.3.99", "AAAA": "fd77:3::99"}

_kept: list[socket.socket] = []


def _hold(connection: socket.socket) -> None:
    _kept.append(connection)


def _banner(connection: socket.socket) -> None:
    connection.sendall(b"220 lab\r\n")
    _kept.append(connection)


def _fin(connection: socket.socket) -> None:
    connection.close()


def _rst(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _farewell(connection: socket.socket) -> None:
    connection.sendall(b"Not allowed at this time\r\n")
    connection.close()


def _echo(data: bytes) -> bytes | None:
    return b"echo:" + data


def _dns(data: bytes) -> bytes | None:
    """Answer by the first label of the name: what it asks for is what it gets."""
    query = dns.message.from_wire(data)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    question = query.question[0]
    kind = dns.rdatatype.to_text(question.rdtype)
    match question.name.labels[0].decode():
        case "silent":
            return None
        case "nxdomain":
            response.set_rcode(dns.rcode.NXDOMAIN)
        case "servfail":
            response.set_rcode(dns.rcode.SERVFAIL)
        case "refused":
            response.set_rcode(dns.rcode.REFUSED)
        case "one" if kind in SERVER:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, SERVER[kind]))
        case "several" if kind in SERVER:
            values = (DEAD[kind], SERVER[kind])
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
    return response.to_wire()


def _serve_tcp(port: int, greet: Callable[[socket.socket], None]) -> None:
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)

    def serve() -> None:
        while True:
            greet(listener.accept()[0])

    threading.Thread(target=serve, daemon=True).start()


def _serve_udp(port: int, answer: Callable[[bytes], bytes | None]) -> None:
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", port))

    def serve() -> None:
        while True:
            data, peer = server.recvfrom(4096)
            if (reply := answer(data)) is not None:
                server.sendto(reply, peer)

    threading.Thread(target=serve, daemon=True).start()


def _fill(port: int) -> None:
    """Accept nobody, and let a first caller take the queue's one place in each family."""
    for host, family in (("0.0.0.0", socket.AF_INET), ("::", socket.AF_INET6)):
        listener = socket.create_server((host, port), family=family, backlog=0)
        _kept.extend((listener, socket.create_connection(listener.getsockname()[:2])))


def _exhaust(port: int) -> None:
    """Keep a connection to `port`: where there is one ephemeral port only, none is left for it."""
    _serve_tcp(port, _hold)
    _kept.extend(socket.create_connection((host, port)) for host in ("127.0.0.1", "::1"))


_TCP = {"hold": _hold, "banner": _banner, "fin": _fin, "rst": _rst, "farewell": _farewell}
_UDP = {"echo": _echo, "dns": _dns}
_OTHER = {"full": _fill, "exhaust": _exhaust}


def main() -> None:
    for role, port in json.loads(sys.argv[1]):
        if role in _TCP:
            _serve_tcp(port, _TCP[role])
        elif role in _UDP:
            _serve_udp(port, _UDP[role])
        else:
            _OTHER[role](port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()  # ends with whoever started this


if __name__ == "__main__":
    main()

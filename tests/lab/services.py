"""The services of the lab, run in one process inside a namespace.

    python services.py '[["hold", 80], ["banner", 1000], ...]'

Prints one line when every port is bound, then serves until stdin ends.
"""

import ctypes
import fcntl
import json
import os
import socket
import ssl
import struct
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

_NOBODY = 65534
_PR_SET_DUMPABLE = 4  # linux/prctl.h

SERVER = {"A": "10.77.3.2", "AAAA": "fd77:3::2"}
DEAD = {"A": "10.77.3.99", "AAAA": "fd77:3::99"}

_CERTIFICATES = Path(__file__).parent.parent / "probe/certificates"
_WEB = b"HTTP/1.1 200 OK\r\nServer: lab\r\n\r\n"

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000

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


def _says(words: bytes, *, stays: bool = False) -> Callable[[socket.socket], None]:
    """Say something to each caller and hang up, or stay."""

    def greet(connection: socket.socket) -> None:
        connection.sendall(words)
        if stays:
            _kept.append(connection)
        else:
            connection.close()

    return greet


def _aside(talk: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Hear each caller in a thread of its own."""

    def greet(connection: socket.socket) -> None:
        connection.settimeout(10)
        _kept.append(connection)
        threading.Thread(target=talk, args=(connection,), daemon=True).start()

    return greet


def _answers(words: bytes, *, stays: bool = False) -> Callable[[socket.socket], None]:
    """Say something to each caller that has spoken, and hang up, or stay."""

    def talk(connection: socket.socket) -> None:
        if connection.recv(4096):
            connection.sendall(words)
        if not stays:
            connection.close()

    return _aside(talk)


def _cut(connection: socket.socket) -> None:
    if connection.recv(4096):
        _rst(connection)


def _behind_proxy_line(words: bytes) -> Callable[[socket.socket], None]:
    """Say something to whoever begins with a line of the PROXY protocol, and hang up on all others."""

    def talk(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            if lines.readline().startswith(b"PROXY "):
                connection.sendall(words)
            connection.shutdown(socket.SHUT_WR)
            lines.read()

    return _aside(talk)


def _tls(certificates: int, **settings: object) -> Callable[[socket.socket], None]:
    """Serve over TLS, with a chain of so many certificates: real ones are long."""
    with tempfile.NamedTemporaryFile() as chain:
        chain.write((_CERTIFICATES / "server.pem").read_bytes() * certificates)
        chain.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain.name, _CERTIFICATES / "server-key.pem")
    for name, value in settings.items():
        setattr(context, name, value)

    def talk(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(4096)
                secured.sendall(_WEB)
        except OSError:
            connection.close()  # not spoken to in TLS

    return _aside(talk)


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
        case "half" if kind == "AAAA":
            return None
        case "half":
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, SERVER[kind]))
        case "zero" if kind == "A":
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, "0.0.0.0"))
        case "nas":
            response.set_rcode(dns.rcode.NXDOMAIN)
        case "wild" if question.name.labels[-3:-1] != (b"lab", b"test"):
            response.set_rcode(dns.rcode.NXDOMAIN)
        case "wild" if kind in SERVER:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, SERVER[kind]))
        case "formerr":
            response.set_rcode(dns.rcode.FORMERR)
        case "nxdomain":
            response.set_rcode(dns.rcode.NXDOMAIN)
        case "servfail":
            response.set_rcode(dns.rcode.SERVFAIL)
        case "refused":
            response.set_rcode(dns.rcode.REFUSED)
        case "blocked" if kind == "A":
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, "127.0.0.1"))
        case "one" if kind in SERVER:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, SERVER[kind]))
        case "aaaa":
            address = {"A": SERVER["A"], "AAAA": DEAD["AAAA"]}[kind]
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, address))
        case "gone" if kind in DEAD:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, DEAD[kind]))
        case "dangling":
            response.set_rcode(dns.rcode.NXDOMAIN)
            response.answer.append(
                dns.rrset.from_text(question.name, 60, "IN", "CNAME", "nxdomain.lab.test.")
            )
        case "several" if kind in SERVER:
            values = (DEAD[kind], SERVER[kind])
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
    return response.to_wire()


def _other_dns(data: bytes) -> bytes | None:
    """Know nothing of the lab's names, and lead all others to one page, as a guest network's does."""
    query = dns.message.from_wire(data)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    question = query.question[0]
    if b"lab" in question.name.labels:
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif question.rdtype == dns.rdatatype.A:
        response.answer.append(dns.rrset.from_text(question.name, 1, "IN", "A", SERVER["A"]))
    return response.to_wire()


def _fake_dns(data: bytes) -> bytes | None:
    """Give every name an address that only a proxy understands, as fake-IP name servers do."""
    query = dns.message.from_wire(data)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    question = query.question[0]
    if question.rdtype == dns.rdatatype.A:
        response.answer.append(dns.rrset.from_text(question.name, 1, "IN", "A", "198.18.0.7"))
    return response.to_wire()


def _elsewhere(port: int) -> None:
    """Answer each datagram from the server's second address and from another port."""
    others = {}
    for host, family in (("10.77.3.3", socket.AF_INET), ("fd77:3::3", socket.AF_INET6)):
        others[family] = socket.socket(family, socket.SOCK_DGRAM)
        others[family].bind((host, 0))

    def answer(server: socket.socket) -> None:
        while True:
            data, peer = server.recvfrom(4096)
            others[server.family].sendto(data, peer)

    for host, family in (("10.77.3.2", socket.AF_INET), ("fd77:3::2", socket.AF_INET6)):
        server = socket.socket(family, socket.SOCK_DGRAM)
        server.bind((host, port))
        threading.Thread(target=answer, args=(server,), daemon=True).start()


def _mute(data: bytes) -> bytes | None:
    return None


def _serve_tcp(port: int, greet: Callable[[socket.socket], None], host: str = "") -> None:
    family = socket.AF_INET if "." in host else socket.AF_INET6
    listener = socket.create_server((host, port), family=family, dualstack_ipv6=not host, backlog=64)

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


def _bound_to(*hosts: str) -> Callable[[int], None]:
    """A service at these addresses only."""

    def start(port: int) -> None:
        for host in hosts:
            _serve_tcp(port, _hold, host)

    return start


def _bound_to_device(port: int) -> None:
    """A service that hears what comes for the addresses of one interface only."""
    listener = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"to-router2\0")
    _kept.append(listener)


def _as_docker_proxy(port: int) -> None:
    """Hang up on everybody, as docker-proxy does whose container is down: a process of that name.

    It is the knocking user's, who may see then what it holds.
    """
    if os.fork():
        return
    Path("/proc/self/comm").write_text("docker-proxy")
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
    _serve_tcp(port, _fin)
    sys.stdin.read()
    os._exit(0)


def _fill(port: int) -> None:
    """Accept nobody, and let a first caller take the queue's one place in each family."""
    for host, family in (("0.0.0.0", socket.AF_INET), ("::", socket.AF_INET6)):
        listener = socket.create_server((host, port), family=family, backlog=0)
        _kept.extend((listener, socket.create_connection(listener.getsockname()[:2])))


def _exhaust(port: int) -> None:
    """Keep a connection to `port`: where there is one ephemeral port only, none is left for it."""
    _serve_tcp(port, _hold)
    _kept.extend(socket.create_connection((host, port)) for host in ("127.0.0.1", "::1"))


def _tunnel(number: int) -> None:
    """A VPN's device, vpnN, with nobody at its other end (tuntap.rst, linux/if_tun.h)."""
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH", b"vpn%d" % number, _IFF_TUN | _IFF_NO_PI))

    def swallow() -> None:
        while os.read(tun, 4096):
            pass

    threading.Thread(target=swallow, daemon=True).start()


_TCP: dict[str, Callable[[socket.socket], None]] = {
    "hold": _hold,
    "banner": _banner,
    "fin": _fin,
    "rst": _rst,
    "farewell": _farewell,
}
_TCP |= {
    "mysql": _says(b"J\0\0\0\xffj\x04Host 'lab' is not allowed to connect to this MySQL server"),
    "redis": _says(b"-DENIED Redis is running in protected mode\r\n"),
    "mysql_busy": _says(b"\x17\0\0\0\xff\x10\x04Too many connections"),
    "ftp_busy": _says(b"421 Too many connections from this address\r\n"),
    "vnc_locked": _says(b"RFB 003.008\nToo many security failures"),
    "old_sshd_busy": _says(b"Exceeded MaxStartups\r\n"),
    "ssh": _says(b"SSH-2.0-lab\r\n", stays=True),
    "smtp": _says(b"554 5.7.1 lab refuses\r\n", stays=True),
    "web": _answers(_WEB),
    "large": _answers(_WEB[:-2] + b"X-Padding: " + b"x" * 3000 + b"\r\n\r\n"),
    "one_segment": _answers(_WEB[:-2] + b"X-Padding: " + b"x" * 1300 + b"\r\n\r\n", stays=True),
    "verbose": _says(b"220 " + b"x" * 3000 + b"\r\n", stays=True),
    "portal": _answers(b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\n\r\n"),
    "no_head": _answers(b"HTTP/1.0 501 Unsupported method ('HEAD')\r\nServer: lab\r\n\r\n"),
    "not_found": _answers(b"HTTP/1.1 404 Not Found\r\n\r\n"),
    "bad_gateway": _answers(b"HTTP/1.1 502 Bad Gateway\r\nServer: lab\r\n\r\n"),
    "unavailable": _answers(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"),
    "login_required": _answers(b"HTTP/1.1 511 Network Authentication Required\r\n\r\n"),
    "unfiled": _answers(b"HTTP/1.1 302 Found\r\nLocation: https://cloud.example/webblock.html\r\n\r\n"),
    "name_alert": _answers(b"\x15\x03\x03\x00\x02\x02\x70"),
    "certificate_alert": _answers(b"\x15\x03\x03\x00\x02\x02\x74"),
    "alert": _answers(b"\x15\x03\x01\x00\x02\x02\x46"),
    "cut": _aside(_cut),
    "rdp": _answers(bytes.fromhex("030000130ed00000123400 0300080005000000")),
    "smb": _answers(b"\0\0\0\x80\xfeSMB" + bytes(60) + bytes.fromhex("4100 0300 0203") + bytes(58)),
    "proxied_web": _behind_proxy_line(_WEB),
    "proxied_mail": _behind_proxy_line(b"220 lab ESMTP\r\n"),
    "tls": _tls(1),
    "tls_chain": _tls(8),
    "mutual_tls": _tls(1, verify_mode=ssl.CERT_REQUIRED),
    "mutual_tls12": _tls(1, verify_mode=ssl.CERT_REQUIRED, maximum_version=ssl.TLSVersion.TLSv1_2),
}
_UDP = {"echo": _echo, "dns": _dns, "fake_dns": _fake_dns, "other_dns": _other_dns, "mute": _mute}
_OTHER = {
    "loopback_only": _bound_to("127.0.0.1", "::1"),
    "second_address_only": _bound_to("10.77.3.3", "fd77:3::3"),
    "ipv4_only": _bound_to("0.0.0.0"),
    "device_only": _bound_to_device,
    "docker_proxy": _as_docker_proxy,
} | {"full": _fill, "exhaust": _exhaust, "elsewhere": _elsewhere, "tunnel": _tunnel}


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

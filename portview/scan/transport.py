"""The two ways to knock at a port: a TCP connect, or one datagram. One socket per knock and try.

Both methods return an errno, or 0 when the port answered, PENDING when nothing is known yet, and
SELF_CONNECT when the kernel happened to give the socket the very port it knocks at: then the socket
talks to itself, which looks exactly like an open port.
"""

import errno
import socket
import struct
import sys
from typing import Protocol

from portview.probe.payloads import payload_for
from portview.vocabulary import Protocol as Layer

PENDING = errno.EINPROGRESS
SELF_CONNECT = -1

SocketName = tuple[object, ...]
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_MAX_BYTES = 2048


class Transport(Protocol):
    """How to knock with one non-blocking socket."""

    protocol: Layer
    kind: int
    reading: bool

    def start(self, sock: socket.socket, name: SocketName, eager: bool) -> int:
        """Knock. `eager` asks once at once whether the answer is there already (loopback)."""

    def collect(self, sock: socket.socket) -> int:
        """Say how the knock ended, once the socket is ready."""

    def hang_up(self, sock: socket.socket) -> None:
        """Leave the open port, just before the socket is closed."""


class TcpTransport:
    """A connect(2) without privileges."""

    protocol = Layer.TCP
    kind = int(socket.SOCK_STREAM)
    reading = False

    def start(self, sock: socket.socket, name: SocketName, eager: bool) -> int:
        """Connect. On Linux a second connect(2) tells the result of the first."""
        error = sock.connect_ex(name)
        if error == PENDING and eager and sys.platform == "linux":
            error = sock.connect_ex(name)
            if error == errno.EALREADY:
                return PENDING
        return error if error else _connected(sock)

    def collect(self, sock: socket.socket) -> int:
        """Return the pending error of the socket, or whether it has a peer by now."""
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or _connected(sock)

    def hang_up(self, sock: socket.socket) -> None:
        """End with RST: thousands of connections in TIME_WAIT would use up this machine's ports."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


class UdpTransport:
    """One datagram from a connected socket: the kernel matches answers and ICMP errors to it."""

    protocol = Layer.UDP
    kind = int(socket.SOCK_DGRAM)
    reading = True

    def start(self, sock: socket.socket, name: SocketName, eager: bool) -> int:
        """Send what a client of this port would say first."""
        if failure := sock.connect_ex(name):
            return failure
        if _connected(sock) == SELF_CONNECT:
            return SELF_CONNECT
        try:
            sock.send(payload_for(sock.getpeername()[1]))
        except OSError as error:
            return error.errno or errno.EIO
        return self.collect(sock) if eager else PENDING

    def collect(self, sock: socket.socket) -> int:
        """Return 0 for a datagram, or the error that came back."""
        try:
            sock.recv(_MAX_BYTES)
        except BlockingIOError:
            return PENDING
        except OSError as error:
            return error.errno or errno.EIO
        return 0

    def hang_up(self, sock: socket.socket) -> None:
        """Do nothing: a datagram leaves no connection."""


def _connected(sock: socket.socket) -> int:
    """Return 0 with a peer, PENDING without one, SELF_CONNECT when the peer is the socket itself."""
    try:
        peer = sock.getpeername()
    except OSError:
        return PENDING
    return SELF_CONNECT if sock.getsockname() == peer else 0

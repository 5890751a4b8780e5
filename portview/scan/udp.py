"""UDP: one unconnected socket a family asks every port, and its error queue tells who refused.

The name of an entry in the queue is the address that the refused datagram went to (ip(7),
IP_RECVERR). The next send returns an error that is left in the queue, so a send that failed is made again
until the queue is empty.
"""

import errno
import socket
from collections.abc import Sequence

from portview.probe import errqueue
from portview.probe.payloads import payload_for
from portview.scan.host import Host, Reach
from portview.scan.knock import Answer, Try
from portview.scan.poller import best_poller
from portview.scan.transport import SELF_CONNECT, AtOnce
from portview.vocabulary import Protocol

_MAX_BYTES = 2048
_BUFFER_BYTES = 1 << 20
_MAX_OPEN = 16_384
# Then others have their turn: who sends without end must not hold up the scan.
_AT_ONCE = 4096
# RFC 1350: the server answers from a port of its own choice.
_TFTP = 69
_RECVERR = {(socket.IPPROTO_IP, errqueue.IP_RECVERR), (socket.IPPROTO_IPV6, errqueue.IPV6_RECVERR)}

# Address and port that a datagram went to.
_To = tuple[str, int]


class UdpTransport:
    """Datagrams with what a client of each port would say first."""

    protocol = Protocol.UDP

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}
        self._by_fd: dict[int, socket.socket] = {}
        self._waiting: dict[_To, Try] = {}
        self._heard: list[Answer] = []
        self._poller = best_poller()

    @property
    def places(self) -> int:
        """How many more datagrams may wait for an answer."""
        return _MAX_OPEN - len(self._waiting)

    def burst(self, host: Host, ports: Sequence[int]) -> list[AtOnce]:
        """Leave it: the error queue says at the next turn what was refused."""
        return []

    def start(self, one: Try) -> Answer | None:
        """Send a datagram."""
        host, port = one.knock.host, one.knock.port
        sock = self._socket(host.socket_family)
        payload, name = payload_for(port), host.socket_name(port)
        key = host.plain_address, port
        self._waiting[key] = one
        while key in self._waiting:
            try:
                sock.sendto(payload, name)
                break
            except OSError as error:
                # With one in the queue, it is that of an earlier datagram, maybe of one to this very port.
                if not self._read_errors(sock):
                    self.drop(one)
                    return Answer(one, error.errno or errno.EIO)
        return None

    def wait(self, timeout_s: float) -> list[Answer]:
        """Read the datagrams and errors that have come."""
        for fd in self._poller.wait(0 if self._heard else timeout_s):
            sock = self._by_fd[fd]
            self._read_errors(sock)
            self._read_answers(sock)
        heard, self._heard = self._heard, []
        return heard

    def drop(self, one: Try) -> None:
        """Do not expect an answer any more."""
        key = (one.knock.host.plain_address, one.knock.port)
        if self._waiting.get(key) is one:
            del self._waiting[key]

    def close(self) -> None:
        """Close the sockets."""
        for sock in self._sockets.values():
            self._poller.remove(sock.fileno())
            sock.close()
        self._poller.close()

    def _socket(self, family: int) -> socket.socket:
        sock = self._sockets.get(family)
        if sock is None:
            sock = self._sockets[family] = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            errqueue.enable(sock)
            self._by_fd[sock.fileno()] = sock
            self._poller.add(sock.fileno(), reading=True)
        return sock

    def _read_errors(self, sock: socket.socket) -> int:
        """Take what is in the error queue; how many that are."""
        for count in range(_AT_ONCE):
            received = errqueue.receive(sock)
            if received is None:
                return count
            control, name = received
            for level, kind, data in control:
                queued = errqueue.decode(data, name[1]) if (level, kind) in _RECVERR else None
                one = self._waiting.pop(_destination(name), None)
                if one is not None and queued is not None and queued.is_icmp:
                    self._heard.append(Answer(one, queued.errno, queued))
        return _AT_ONCE

    def _read_answers(self, sock: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, sender = sock.recvfrom(_MAX_BYTES)
            except BlockingIOError:
                return
            except OSError:
                # The error of a datagram: it was read from the queue, or will be.
                self._read_errors(sock)
                continue
            address, port = _destination(sender)
            one = self._waiting.pop((address, port), None) or self._waiting.pop((address, _TFTP), None)
            if one is None:
                continue
            is_self = port == sock.getsockname()[1] and one.knock.host.reach is Reach.OWN
            self._heard.append(Answer(one, SELF_CONNECT if is_self else 0, data=data))


def _destination(name: tuple[str, int]) -> _To:
    """Address without its interface, and port."""
    return name[0].partition("%")[0], name[1]

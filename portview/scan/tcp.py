"""TCP: a connect(2) without privileges, each try with a socket of its own.

On Linux a second connect(2) on the same socket returns the result of the first; when that was a
refusal, it also takes the socket back to where it was when it was new (inet_stream_connect(),
tcp_disconnect()), local port included. So a refused socket serves for the next port, which spares
three system calls. Not so after an ICMP error: its entry in the error queue might be taken for one of
the next port. Elsewhere every try gets a new socket.
"""

import errno
import socket
import struct
import sys
import time
from collections.abc import Sequence

from portview.probe import errqueue
from portview.probe.outcomes import PENDING
from portview.scan.host import Host
from portview.scan.knock import Answer, Try
from portview.scan.poller import best_poller
from portview.scan.transport import SELF_CONNECT, AtOnce
from portview.vocabulary import Protocol

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_CAN_REUSE = sys.platform == "linux"
_REFUSED = errno.ECONNREFUSED

_Spare = tuple[socket.socket, bool]


class TcpTransport:
    """Connects, at most `budget` at a time."""

    protocol = Protocol.TCP

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._open: dict[int, Try] = {}
        # Refused sockets, by family, and whether the poller still watches them.
        self._spare: dict[int, list[_Spare]] = {socket.AF_INET: [], socket.AF_INET6: []}
        self._poller = best_poller()

    @property
    def places(self) -> int:
        """How many more sockets may be open; spare ones are as good as closed."""
        return self._budget - len(self._open)

    def burst(self, host: Host, ports: Sequence[int]) -> list[AtOnce]:
        """One socket for all refusals, whose error queue is read once: its entries name their ports."""
        if not _CAN_REUSE:
            return []
        clock, name = time.monotonic, host.socket_name
        ended: list[tuple[int, int, float]] = []
        with socket.socket(host.socket_family, socket.SOCK_STREAM) as sock:
            sock.setblocking(False)
            errqueue.enable(sock)
            connect = sock.connect_ex
            since = clock()
            for port in ports:
                address = name(port)
                error = connect(address)
                if error == PENDING:
                    error = connect(address)
                if error == errno.EALREADY:
                    break
                now = clock()
                ended.append((port, error, now - since))
                since = now
                if error != _REFUSED:
                    break
            queued = {}
            while (entry := errqueue.read(sock)) is not None:
                if entry.is_icmp:
                    queued[entry.port] = entry
            if ended and ended[-1][1] == 0:
                ended[-1] = (ended[-1][0], self._peer(sock), ended[-1][2])
                self._reset(sock)
        return [AtOnce(port, error, rtt_s, queued.get(port)) for port, error, rtt_s in ended]

    def start(self, one: Try) -> Answer | None:
        """Connect."""
        host = one.knock.host
        name = host.socket_name(one.knock.port)
        sock, is_watched = self._socket(one)
        error = sock.connect_ex(name)
        if error == PENDING and host.eager > 0 and _CAN_REUSE:
            error = sock.connect_ex(name)
            if error == errno.EALREADY:
                error = PENDING
        if error != PENDING:
            queued = _icmp(errqueue.read(sock)) if error else None
            answer = Answer(one, error or self._peer(sock), queued)
            self._put_away(one, sock, answer, is_watched=is_watched)
            return answer
        one.sock = sock
        self._open[sock.fileno()] = one
        if not is_watched:
            self._poller.add(sock.fileno(), reading=False)
        return None

    def wait(self, timeout_s: float) -> list[Answer]:
        """Hear which connects have ended."""
        self._close_spares()
        answers = []
        for fd in self._poller.wait(timeout_s):
            one = self._open.get(fd)
            if one is not None and (answer := self._collect(one)) is not None:
                answers.append(answer)
        return answers

    def drop(self, one: Try) -> None:
        """Close the socket of a try, if it still has one."""
        if (sock := one.sock) is not None:
            self._take(one, sock)
            self._discard(sock, is_open=False, is_watched=True)

    def close(self) -> None:
        """Close every socket."""
        for one in list(self._open.values()):
            self.drop(one)
        self._close_spares()
        self._poller.close()

    def _collect(self, one: Try) -> Answer | None:
        sock = one.sock
        assert sock is not None
        if _CAN_REUSE:
            error = sock.connect_ex(one.knock.host.socket_name(one.knock.port))
            if error == errno.EALREADY:
                # A soft ICMP error leaves the socket connecting, but its queue says what came.
                queued = _icmp(errqueue.read(sock))
                return Answer(one, queued.errno, queued) if queued else None
        else:
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error == 0:
            error = self._peer(sock)
            if error == PENDING:
                return None
            answer = Answer(one, error)
        else:
            answer = Answer(one, error, _icmp(errqueue.read(sock)))
        self._take(one, sock)
        self._put_away(one, sock, answer, is_watched=True)
        return answer

    def _put_away(self, one: Try, sock: socket.socket, answer: Answer, *, is_watched: bool) -> None:
        """Keep a socket that was refused, close any other."""
        is_refused = answer.error_number == _REFUSED and answer.queued is None
        if is_refused and _CAN_REUSE and one.knock.ttl is None:
            self._spare[sock.family].append((sock, is_watched))
        else:
            is_open = answer.error_number in (0, SELF_CONNECT)
            self._discard(sock, is_open=is_open, is_watched=is_watched)

    def _socket(self, one: Try) -> tuple[socket.socket, bool]:
        """A socket for a try, and whether the poller watches it."""
        host = one.knock.host
        spare = self._spare[host.socket_family]
        if spare and one.knock.ttl is None:
            return spare.pop()
        sock = socket.socket(host.socket_family, socket.SOCK_STREAM)
        sock.setblocking(False)
        errqueue.enable(sock)
        if one.knock.ttl is not None:
            if host.socket_family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, one.knock.ttl)
            else:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, one.knock.ttl)
        return sock, False

    def _take(self, one: Try, sock: socket.socket) -> None:
        del self._open[sock.fileno()]
        one.sock = None

    def _discard(self, sock: socket.socket, *, is_open: bool, is_watched: bool) -> None:
        if is_watched:
            self._poller.remove(sock.fileno())
        if is_open:
            self._reset(sock)
        sock.close()

    def _close_spares(self) -> None:
        for spare in self._spare.values():
            while spare:
                sock, is_watched = spare.pop()
                self._discard(sock, is_open=False, is_watched=is_watched)

    @staticmethod
    def _reset(sock: socket.socket) -> None:
        """Let closing end with RST: thousands in TIME_WAIT would use up this machine's ports."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    @staticmethod
    def _peer(sock: socket.socket) -> int:
        """Return 0 with a peer, PENDING without one, SELF_CONNECT when it is the socket itself."""
        try:
            peer = sock.getpeername()
        except OSError:
            return PENDING
        return SELF_CONNECT if sock.getsockname() == peer else 0


def _icmp(queued: errqueue.QueuedError | None) -> errqueue.QueuedError | None:
    return queued if queued is not None and queued.is_icmp else None

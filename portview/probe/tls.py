"""A TLS handshake with whoever answers: version, certificate, alert (RFC 8446).

Nothing is verified: the question is what the server says, not whether to trust it.
"""

import errno
import ipaddress
import selectors
import socket
import ssl
import threading
import time

from portview.probe import talk
from portview.probe.readers.certificate import read_certificate
from portview.probe.readers.http import read_http
from portview.probe.readers.tls import is_handshake, is_tls, read_alert
from portview.probe.records import Closing, Nudge
from portview.probe.talk_records import Certificate, Exchange, TlsAnswer
from portview.probe.waiting import wait

_MAX_REPLY = 4096
_MAX_RECEIVED = 65536  # bytes: a handshake with a long chain of certificates
_CHUNK = 16384
# After its answer a server that is going to hang up does so at once.
_FAREWELL_S = 0.1
# Where nothing is said inside, for a greeting or an alert: TLS itself has shown that the server is alive.
_UNASKED_S = 0.9
# Alerts that TLS 1.3 sends encrypted, in OpenSSL's words.
_ALERTS = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE": 40,
    "SSLV3_ALERT_BAD_CERTIFICATE": 42,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": 46,
    "TLSV1_ALERT_UNKNOWN_CA": 48,
    "TLSV1_ALERT_ACCESS_DENIED": 49,
    "TLSV1_ALERT_PROTOCOL_VERSION": 70,
    "TLSV1_ALERT_INTERNAL_ERROR": 80,
    "TLSV1_UNRECOGNIZED_NAME": 112,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": 116,
}


def exchange(
    sock: socket.socket, host: str, inside: bytes, until: float, cancel: threading.Event | None
) -> Exchange:
    """Offer TLS on a connected socket, say `inside` once it stands, and write down what came.

    `host` is asked for by name (SNI) unless it is an address. Ends by the monotonic time `until`;
    raises CancelledError when cancelled.
    """
    session = _Session(sock, host, until, cancel)
    failure = None
    try:
        session.handshake()
        session.ask(inside)
    except _Ended:
        pass
    except ssl.SSLError as error:
        failure = error.reason
    # Records of an unfinished handshake are no words.
    reply = session.reply if is_tls(session.raw) else session.raw
    return Exchange(
        Nudge.TLS,
        reply=reply,
        received=session.received,
        closed_by=session.closed_by,
        closed_after_ms=session.closed_after_ms,
        http=read_http(reply),
        tls=session.answer(failure),
    )


class _Ended(Exception):
    """The deadline passed, the peer hung up, or what it sends is not TLS."""


class _Session:
    """One TLS client on one connected socket, and what came over it.

    `raw` is the beginning of what came, `reply` of what it carried.
    """

    def __init__(self, sock: socket.socket, host: str, until: float, cancel: threading.Event | None) -> None:
        self._sock, self._until, self._cancel = sock, until, cancel
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._started = time.monotonic()
        self._name = _server_name(host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # What clients of today offer; some systems allow their programs more than that.
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=self._name)
        except ValueError:  # a name that TLS cannot carry
            self._name = None
            self._tls = context.wrap_bio(self._incoming, self._outgoing)
        self.version: str | None = None  # set once the handshake is completed
        self._certificate: Certificate | None = None
        self.raw = b""
        self.reply = b""
        self.received = 0
        self.closed_by: Closing | None = None
        self.closed_after_ms: float | None = None

    def handshake(self) -> None:
        """Raises _Ended, and ssl.SSLError for an alert or a broken protocol."""
        while self.version is None:
            try:
                self._tls.do_handshake()
                self.version = self._tls.version()
            except ssl.SSLWantReadError:
                self._receive()
        self._certificate = read_certificate(self._tls.getpeercert(binary_form=True) or b"")
        self._flush()

    def ask(self, words: bytes) -> None:
        """Say something inside TLS, if anything, and collect the reply; raises as `handshake` does."""
        if words:
            self._tls.write(words)
        else:
            self._until = min(self._until, time.monotonic() + _UNASKED_S)
        while len(self.reply) < _MAX_REPLY:
            try:
                chunk = self._tls.read(_MAX_REPLY - len(self.reply))
            except ssl.SSLWantReadError:
                self._receive()
                continue
            except ssl.SSLZeroReturnError:  # the peer said goodbye properly
                return self._closed(Closing.FIN)
            self.reply += chunk
            self._until = min(self._until, time.monotonic() + _FAREWELL_S)

    def answer(self, failure: str | None) -> TlsAnswer | None:
        """What the peer has shown of TLS; None when nothing."""
        if not is_tls(self.raw):
            return None
        alert = None if self.version else read_alert(self.raw)
        code = alert.code if alert else _ALERTS.get(failure or "")
        return TlsAnswer(
            version=self.version,
            alert=code,
            fatal=alert.fatal if alert else None,
            error=failure if code is None else None,
            server_name=self._name,
            certificate=self._certificate,
            after_hello=code is not None and is_handshake(self.raw),
        )

    def _receive(self) -> None:
        """Send what is to be sent and take in what comes next."""
        self._flush()
        more = self.received < _MAX_RECEIVED
        if not more or not wait(self._sock, selectors.EVENT_READ, self._until, self._cancel):
            raise _Ended
        try:
            data = self._sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._broken(error)
            raise _Ended from error
        if not data:
            self._closed(self.closed_by or Closing.FIN)
            raise _Ended
        self.received += len(data)
        self.raw = (self.raw + data)[:_MAX_REPLY]
        if is_tls(self.raw):
            self._incoming.write(data)
            return
        words = talk.listen(self._sock, min(self._until, time.monotonic() + _FAREWELL_S), self._cancel)
        self.raw += words.data
        self.received += len(words.data)
        if words.closed_by:
            self._closed(words.closed_by)
        raise _Ended

    def _flush(self) -> None:
        if self._outgoing.pending:
            try:
                self._sock.send(self._outgoing.read())
            except OSError as error:
                self._broken(error)  # what the peer said before it hung up can still be read

    def _broken(self, error: OSError) -> None:
        if error.errno in (errno.ECONNRESET, errno.EPIPE):
            self._closed(Closing.RST)

    def _closed(self, how: Closing) -> None:
        self.closed_by = how
        self.closed_after_ms = (time.monotonic() - self._started) * 1000


def _server_name(host: str) -> str | None:
    """The name to ask for: without the final dot, and none for an address (RFC 6066, section 3)."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.removesuffix(".")
    return None

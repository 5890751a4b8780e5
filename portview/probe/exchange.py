"""Something said to a silent server on a fresh connection, and what came back."""

import socket
import threading
from contextlib import suppress
from dataclasses import replace

from portview.probe import talk
from portview.probe.nudges import PROXY_LINE, Plan
from portview.probe.outcomes import errno_name
from portview.probe.readers.http import read_http
from portview.probe.readers.tls import is_tls, read_alert
from portview.probe.records import Closing, Nudge
from portview.probe.talk_records import Exchange, TlsAnswer

MAX_REPLY = 4096


def exchange(
    sock: socket.socket, plan: Plan, nudge: Nudge, until: float, cancel: threading.Event | None
) -> Exchange:
    """Say one nudge and listen until the answer is in, or the monotonic time `until`."""
    if nudge is Nudge.TLS:
        from portview.probe import tls  # loads OpenSSL, which a knock without TLS does not need

        return tls.exchange(sock, plan.target.host, plan.inside_tls, until, cancel)
    if nudge is Nudge.PROXY and Nudge.TLS in plan.nudges[:1]:
        with suppress(OSError):  # the hello that follows meets the same error, and tells it
            sock.send(PROXY_LINE)
        return replace(exchange(sock, plan, Nudge.TLS, until, cancel), nudge=nudge)
    try:
        sock.send(plan.opening(nudge))
    except OSError as error:
        reset = errno_name(error.errno or 0) in ("ECONNRESET", "EPIPE")
        return Exchange(
            nudge, closed_by=Closing.RST if reset else None, closed_after_ms=0.0 if reset else None
        )
    words = talk.listen(sock, until, cancel, limit=MAX_REPLY)
    alert = read_alert(words.data) if is_tls(words.data) else None
    return Exchange(
        nudge,
        reply=words.data,
        received=len(words.data),
        closed_by=words.closed_by,
        closed_after_ms=words.closed_after_ms,
        http=read_http(words.data),
        tls=TlsAnswer(alert=alert.code, fatal=alert.fatal) if alert else None,
    )


def is_answered(exchange: Exchange) -> bool:
    """Whether the server speaks what it was spoken to in; if not, another protocol may be tried."""
    if exchange.nudge is Nudge.TLS:
        # Web servers without TLS answer a hello with 400, some with the bare page.
        is_page = exchange.reply.lstrip().startswith((b"HTTP/", b"<"))
        return exchange.tls is not None or (bool(exchange.reply) and not is_page)
    if exchange.http is not None:
        # A TLS server answers plain HTTP with 400, and so does a web server without a page for us.
        return exchange.http.status != 400
    return bool(exchange.reply) and not is_tls(exchange.reply)

"""Whole conversations with real servers on loopback: what is said, how often, and what is kept."""

import http.server
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portview.probe import conversation
from portview.probe.nudges import Plan
from portview.probe.records import Attempt, Closing, Nudge, Target
from portview.probe.waiting import CancelledError
from portview.vocabulary import Outcome

CERTIFICATES = Path(__file__).parent / "certificates"
HTTP, TLS = Nudge.HTTP, Nudge.TLS
UNKNOWN = Plan((HTTP, TLS), False, Target("nas.lan", 17301))
WEB = Plan((HTTP, TLS), True, Target("nas.lan", 80))
SECURE = Plan((TLS, HTTP), True, Target("nas.lan", 443))
Knock = Callable[..., Attempt]
Talk = Callable[[socket.socket], None]


class _Server:
    """A server that talks with each caller in a thread of its own, and counts them."""

    def __init__(self, talk: Talk) -> None:
        self.callers = 0
        self._talk = talk
        self._kept: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self.callers += 1
            self._kept.append(connection)
            connection.settimeout(5)
            threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection: socket.socket) -> None:
        try:
            self._talk(connection)
        except OSError:  # TLS that fails is one of the cases
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._kept:
            connection.close()


@pytest.fixture
def start() -> Iterator[Callable[[Talk], _Server]]:
    servers: list[_Server] = []

    def start(talk: Talk) -> _Server:
        servers.append(_Server(talk))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def knock(monkeypatch: pytest.MonkeyPatch) -> Knock:
    """Knock at a loopback port as if it were the plan's."""

    def knock(port: int, plan: Plan = UNKNOWN, *, timeout_s: float = 5) -> Attempt:
        monkeypatch.setattr(conversation, "plan_for", lambda _: plan)
        return conversation.knock(replace(plan.target, port=port), "127.0.0.1", timeout_s=timeout_s)

    return knock


def _context(**settings: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem", CERTIFICATES / "server-key.pem")
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def _over_tls(context: ssl.SSLContext, reply: bytes = b"") -> Talk:
    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1024)
            secured.sendall(reply)

    return talk


def _says(reply: bytes, *, stays: bool = False) -> Talk:
    """Answer whatever comes."""

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(reply)
        if not stays:
            connection.close()

    return talk


def _hold(connection: socket.socket) -> None:
    """Say nothing, ever."""


def _hang_up(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.close()


def _reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _nudges(attempt: Attempt) -> list[Nudge]:
    return [one.nudge for one in attempt.exchanges]


@pytest.mark.parametrize("plan", [UNKNOWN, WEB])
def test_web_server_is_asked_once(start: Callable[[Talk], _Server], knock: Knock, plan: Plan) -> None:
    server = start(_says(b"HTTP/1.1 401 Unauthorized\r\nServer: nginx\r\n\r\n"))
    attempt = knock(server.port, plan)
    (one,) = attempt.exchanges
    assert (attempt.outcome, attempt.first_bytes) == (Outcome.CONNECTED, None)
    assert one.http is not None
    assert (one.http.status, one.http.server) == (401, "nginx")
    assert (one.closed_by, one.received, one.tls) == (Closing.FIN, len(one.reply), None)
    assert server.callers == 1


def test_a_web_server_that_wakes_slowly_is_waited_for(start: Callable[[Talk], _Server], knock: Knock) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        time.sleep(1.5)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    (one,) = knock(start(talk).port, WEB).exchanges
    assert one.http is not None
    assert one.http.status == 200


def test_a_server_that_is_slow_to_greet_is_waited_for(start: Callable[[Talk], _Server], knock: Knock) -> None:
    def talk(connection: socket.socket) -> None:
        time.sleep(1.5)
        connection.sendall(b"SSH-2.0-slow\r\n")

    attempt = knock(start(talk).port, SSH)
    assert attempt.first_bytes == b"SSH-2.0-slow\r\n"
    assert attempt.exchanges == ()


SSH = Plan((), False, Target("nas.lan", 22, scheme_service="ssh"), greets=True)


def test_an_ssh_port_that_does_not_greet_hears_a_client(
    start: Callable[[Talk], _Server], knock: Knock
) -> None:
    def talk(connection: socket.socket) -> None:
        if connection.recv(4096).startswith(b"SSH-2.0-"):
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = start(talk)
    attempt = knock(server.port, SSH, timeout_s=0.3)
    (one,) = attempt.exchanges
    assert (one.nudge, one.http and one.http.status) == (Nudge.SSH, 400)
    assert server.callers == 1


def test_a_silent_ssh_port_is_called_once(start: Callable[[Talk], _Server], knock: Knock) -> None:
    server = start(_hold)
    attempt = knock(server.port, SSH, timeout_s=0.3)
    assert (attempt.outcome, attempt.exchanges) == (Outcome.CONNECTED, ())
    assert server.callers == 1


def test_real_web_server(knock: Knock) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (one,) = knock(server.server_port, WEB).exchanges
        server.shutdown()
    assert one.http is not None
    assert (one.http.status, one.http.reason) == (200, "OK")
    assert (one.http.server or "").startswith("SimpleHTTP/")


@pytest.mark.parametrize(("plan", "nudges"), [(SECURE, [TLS]), (WEB, [HTTP, TLS]), (UNKNOWN, [HTTP, TLS])])
def test_tls_server(start: Callable[[Talk], _Server], knock: Knock, plan: Plan, nudges: list[Nudge]) -> None:
    server = start(_over_tls(_context(), b"HTTP/1.1 502 Bad Gateway\r\n\r\n"))
    attempt = knock(server.port, plan)
    assert (attempt.outcome, _nudges(attempt)) == (Outcome.CONNECTED, nudges)
    one = attempt.exchanges[-1]
    assert one.tls is not None
    assert (one.tls.version, one.tls.alert, one.tls.error) == ("TLSv1.3", None, None)
    assert one.tls.server_name == "nas.lan"
    assert one.tls.certificate is not None
    assert one.tls.certificate.names[:2] == ("nas.lan", "*.nas.lan")
    assert one.http is not None
    assert one.http.status == 502
    assert one.received > len(one.reply)
    assert server.callers == len(nudges)


def test_an_address_is_no_server_name(start: Callable[[Talk], _Server], knock: Knock) -> None:
    server = start(_over_tls(_context()))
    (one,) = knock(server.port, Plan((TLS, HTTP), True, Target("127.0.0.1", 443))).exchanges
    assert one.tls is not None
    assert (one.tls.version, one.tls.server_name) == ("TLSv1.3", None)


def _unknown_name(*_: object) -> int:
    return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


_MUTUAL = {"verify_mode": ssl.CERT_REQUIRED}


@pytest.mark.parametrize(
    ("talk", "version", "alert", "fatal", "after_hello"),
    [
        (_over_tls(_context(sni_callback=_unknown_name)), None, 112, True, False),
        (_over_tls(_context(**_MUTUAL)), "TLSv1.3", 116, None, True),
        (_over_tls(_context(**_MUTUAL, maximum_version=ssl.TLSVersion.TLSv1_2)), None, 40, True, True),
        (_says(b"\x15\x03\x01\x00\x02\x02\x46"), None, 70, True, False),
        (_says(b"\x15\x03\x01\x00\x02\x02\x46", stays=True), None, 70, True, False),
    ],
    ids=["name", "certificate", "certificate_tls12", "version", "version_stays"],
)
def test_alerts(
    start: Callable[[Talk], _Server],
    knock: Knock,
    talk: Talk,
    version: str | None,
    alert: int,
    fatal: bool | None,
    after_hello: bool,
) -> None:
    attempt = knock(start(talk).port, SECURE)
    (one,) = attempt.exchanges
    assert one.tls is not None
    seen = (one.tls.version, one.tls.alert, one.tls.fatal, one.tls.after_hello)
    assert seen == (version, alert, fatal, after_hello)
    assert not one.tls.stands
    assert (attempt.outcome, one.reply) == (Outcome.CONNECTED, b"")


def test_tls_hello_answered_in_plain_text(start: Callable[[Talk], _Server], knock: Knock) -> None:
    server = start(_says(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"))
    hello, plain = knock(server.port, SECURE).exchanges
    assert (hello.nudge, hello.tls) == (TLS, None)
    assert plain.nudge is HTTP
    assert plain.http is not None
    assert plain.http.status == 400
    assert server.callers == 2


def test_a_rude_tls_server_error_is_kept(start: Callable[[Talk], _Server], knock: Knock) -> None:
    (one,) = knock(start(_says(b"\x16\x03\x03\x00\x04\xff\x00\x00\x00")).port, SECURE).exchanges
    assert one.tls is not None
    assert one.tls.version is None
    assert one.tls.error


@pytest.mark.parametrize(("talk", "by"), [(_hang_up, Closing.FIN), (_reset, Closing.RST)])
@pytest.mark.parametrize(
    ("plan", "outcome"),
    [(UNKNOWN, Outcome.CONNECTED), (WEB, Outcome.CLOSED_BY_PEER), (SECURE, Outcome.CLOSED_BY_PEER)],
)
def test_hang_up_on_our_words(
    start: Callable[[Talk], _Server], knock: Knock, talk: Talk, by: Closing, plan: Plan, outcome: Outcome
) -> None:
    server = start(talk)
    attempt = knock(server.port, plan)
    assert attempt.outcome is outcome
    assert _nudges(attempt) == [*plan.nudges, Nudge.PROXY]
    for one in attempt.exchanges:
        assert (one.closed_by, one.received, one.tls, one.http) == (by, 0, None, None)
        assert one.closed_after_ms is not None
    assert attempt.closed_by is (by if outcome is Outcome.CLOSED_BY_PEER else None)
    assert server.callers == 3


def _behind_a_line(reply: bytes) -> Talk:
    """Serve only whoever begins with a PROXY line."""

    def talk(connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            if lines.readline() == b"PROXY UNKNOWN\r\n":
                connection.sendall(reply)
        connection.close()

    return talk


@pytest.mark.parametrize("plan", [UNKNOWN, WEB])
def test_web_server_behind_a_proxy_line(start: Callable[[Talk], _Server], knock: Knock, plan: Plan) -> None:
    attempt = knock(start(_behind_a_line(b"HTTP/1.1 200 OK\r\n\r\n")).port, plan)
    last = attempt.exchanges[-1]
    assert last.nudge is Nudge.PROXY
    assert last.http is not None
    assert last.http.status == 200


def test_tls_server_behind_a_proxy_line(start: Callable[[Talk], _Server], knock: Knock) -> None:
    over_tls = _over_tls(_context())

    def talk(connection: socket.socket) -> None:
        if connection.recv(15) == b"PROXY UNKNOWN\r\n":
            over_tls(connection)
        connection.close()

    last = knock(start(talk).port, SECURE).exchanges[-1]
    assert last.nudge is Nudge.PROXY
    assert last.tls is not None
    assert last.tls.version == "TLSv1.3"


@pytest.mark.parametrize(("greets", "replies"), [(True, [b"220 lab\r\n"]), (False, [])])
def test_a_server_that_should_greet_is_asked_why_not(
    start: Callable[[Talk], _Server], knock: Knock, greets: bool, replies: list[bytes]
) -> None:
    plan = Plan((), False, Target("nas.lan", 587), greets)
    attempt = knock(start(_behind_a_line(b"220 lab\r\n")).port, plan)
    assert [one.reply for one in attempt.exchanges] == replies


@pytest.mark.parametrize(("plan", "callers"), [(UNKNOWN, 2), (WEB, 1), (SECURE, 1)])
def test_silence(start: Callable[[Talk], _Server], knock: Knock, plan: Plan, callers: int) -> None:
    server = start(_hold)
    attempt = knock(server.port, plan)
    assert attempt.outcome is Outcome.CONNECTED
    assert len(attempt.exchanges) == callers == server.callers
    assert all(not one.received and one.closed_by is None for one in attempt.exchanges)


def test_who_greets_is_not_spoken_to(start: Callable[[Talk], _Server], knock: Knock) -> None:
    server = start(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"))
    attempt = knock(server.port)
    assert (attempt.first_bytes, attempt.exchanges) == (b"SSH-2.0-OpenSSH_9.2\r\n", ())
    assert server.callers == 1


def test_a_late_greeting_ends_it(start: Callable[[Talk], _Server], knock: Knock) -> None:
    def greet(connection: socket.socket) -> None:
        time.sleep(0.5)
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    server = start(greet)
    (one,) = knock(server.port).exchanges
    assert one.reply == b"SSH-2.0-OpenSSH_9.2\r\n"
    assert server.callers == 1


@pytest.mark.parametrize(
    ("plan", "talk", "reply"),
    [
        (Plan((Nudge.REDIS,), True, Target("h", 6379)), _says(b"+PONG\r\n", stays=True), b"+PONG\r\n"),
        (Plan((Nudge.POSTGRESQL,), True, Target("h", 5432)), _says(b"N", stays=True), b"N"),
        (WEB, _says(b"x" * 9000), b"x" * 4096),
    ],
)
def test_replies(
    start: Callable[[Talk], _Server], knock: Knock, plan: Plan, talk: Talk, reply: bytes
) -> None:
    (one,) = knock(start(talk).port, plan).exchanges
    assert one.reply == reply


def test_nothing_is_said_without_a_plan(start: Callable[[Talk], _Server], knock: Knock) -> None:
    heard: list[bytes] = []
    gone = threading.Event()

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(100))
        gone.set()

    attempt = knock(start(listen).port, Plan((), False, Target("h", 9100)))
    assert attempt.exchanges == ()
    assert gone.wait(5)
    assert heard == [b""]


def test_a_server_that_should_greet_may_speak_tls_from_the_start(
    start: Callable[[Talk], _Server], knock: Knock
) -> None:
    server = start(_over_tls(_context(), b"220 lab\r\n"))
    plan = Plan((), False, Target("nas.lan", 587), greets=True)
    # The server waits for a hello longer than the knock waits for a greeting.
    (one,) = knock(server.port, plan, timeout_s=1.5).exchanges
    assert one.tls is not None
    assert one.tls.version == "TLSv1.3"
    assert server.callers == 2


@pytest.mark.parametrize(("plan", "talk", "acknowledged"), [(UNKNOWN, _hold, True), (WEB, _says(b"x"), None)])
def test_whether_a_silent_peer_is_there(
    start: Callable[[Talk], _Server], knock: Knock, plan: Plan, talk: Talk, acknowledged: bool | None
) -> None:
    assert knock(start(talk).port, plan).acknowledged is acknowledged


@pytest.mark.parametrize("plan", [UNKNOWN, SECURE])
def test_cancel_ends_an_exchange(
    start: Callable[[Talk], _Server], monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    cancel = threading.Event()

    def wait_for_words(connection: socket.socket) -> None:
        connection.recv(100)
        cancel.set()

    port = start(wait_for_words).port
    monkeypatch.setattr(conversation, "plan_for", lambda _: plan)
    monkeypatch.setattr(conversation, "_TALK_S", 3600.0)
    monkeypatch.setattr(conversation, "_GUESS_S", 3600.0)
    with pytest.raises(CancelledError):
        conversation.knock(Target("h", port), "127.0.0.1", timeout_s=5, cancel=cancel)

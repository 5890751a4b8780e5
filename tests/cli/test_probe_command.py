import json
import socket
import threading

import pytest

from tests.cli.conftest import Run

_TOP_KEYS = {"schema", "target", "outcome", "pattern", "attempts", "controls", "path", "causes", "elapsed_ms"}
_ATTEMPT_KEYS = {
    "address", "family", "outcome", "errno", "elapsed_ms", "icmp", "first_bytes", "closed_by",
    "tls", "rtt_ms",
}  # fmt: skip
_CAUSE_KEYS = {"id", "confidence", "title", "because", "check", "fix"}


def test_a_port_without_listener_is_refused(portview: Run, closed_port: int) -> None:
    done = portview("probe", "127.0.0.1", str(closed_port), "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert document["schema"] == 1
    assert document["target"] == {"host": "127.0.0.1", "port": closed_port, "protocol": "tcp"}
    assert document["outcome"] == "refused"
    assert document.keys() >= _TOP_KEYS
    [attempt] = document["attempts"]
    assert attempt.keys() >= _ATTEMPT_KEYS
    assert (attempt["errno"], attempt["icmp"]) == ("ECONNREFUSED", None)
    first = document["causes"][0]
    assert first.keys() >= _CAUSE_KEYS
    assert (first["id"], first["confidence"]) == ("no_listener", "certain")


def test_a_listener_connects_and_exits_0(portview: Run, listener: socket.socket) -> None:
    port = str(listener.getsockname()[1])
    done = portview("probe", "127.0.0.1", port, "--json", "--quick")
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "connected"


def test_the_port_may_come_with_the_host(portview: Run, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    done = portview("probe", f"http://127.0.0.1:{port}/x?y", "--json", "--quick")
    assert json.loads(done.stdout)["target"]["port"] == port


def test_a_hostile_banner_is_shown_as_text(portview: Run, listener: socket.socket) -> None:
    def greet() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"220 \x1b]0;owned\x07 [/x] \xe2\x80\xae\r\n")

    thread = threading.Thread(target=greet)
    thread.start()
    done = portview("probe", "127.0.0.1", str(listener.getsockname()[1]))
    thread.join()
    assert "\\x1b]0;owned\\x07 [/x] \\u202e" in done.stdout
    assert all(line.isprintable() for line in done.stdout.splitlines())


def test_plain_text_reads_without_colour(portview: Run, closed_port: int) -> None:
    done = portview("probe", "127.0.0.1", str(closed_port))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    for words in ("refused", "Certain", "fact:", "Check", "Fix"):
        assert words in done.stdout
    assert max(map(len, (line for line in done.stdout.splitlines() if "$" not in line))) <= 80


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminals_without_unicode_get_plain_signs(portview: Run, closed_port: int, encoding: str) -> None:
    done = portview("probe", "127.0.0.1", str(closed_port), PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert "+ fact:" in done.stdout


def test_udp_silence_is_no_answer(portview: Run) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = str(silent.getsockname()[1])
        done = portview("probe", "127.0.0.1", port, "--udp", "--timeout", "0.3", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["outcome"] == "no_answer"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("::1", "22", "-4"), "::1 is an IPv6 address: leave -4 out, or use -6"),
        (("127.0.0.1", "22", "-6"), "127.0.0.1 is an IPv4 address: leave -6 out, or use -4"),
        (("127.0.0.1", "22", "--timeout", "abc"), "'abc' is not a valid number of seconds"),
        (("127.0.0.1", "22", "--timeout", "nan"), "--timeout is "),
    ],
)
def test_what_cannot_be_asked_is_one_line(portview: Run, arguments: tuple[str, ...], message: str) -> None:
    done = portview("probe", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1

from pathlib import Path

import pytest

from portview.knowledge.page import Tone
from portview.tui import looks, suggestions
from portview.tui.advice import advice
from portview.tui.sparkline import bars, latencies
from portview.tui.steps import Steps
from portview.tui.terminal import shows_unicode, sparing, spelt_in_ascii
from portview.vocabulary import Protocol


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n# 192.0.2.1 no\n192.0.2.7\tnas.lan nas # mine\n\nnonsense\n")
    monkeypatch.setattr("portview.tui.suggestions.hosts_file", lambda: hosts)
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def test_hosts_come_from_past_knocks_ssh_and_the_hosts_file(home: Path) -> None:
    (home / ".ssh/config").write_text(
        "Include more/*.conf\nHost vps web *.example !not\n  User me\n"
        'Host box\n  HostName = 192.0.2.9\nHost "quoted"\n'
        "Host *\n  HostName %h.lan\nMatch host x\n HostName m.lan\n"
    )
    (home / ".ssh/more").mkdir()
    (home / ".ssh/more/a.conf").write_text("host inner\n")
    (home / ".ssh/more/b.conf").write_text("Include config\n")
    assert suggestions.hosts_known(["past.lan", "vps"]) == (
        "past.lan", "vps", "inner", "web", "192.0.2.9", "quoted", "m.lan", "localhost", "nas.lan", "nas",
    )  # fmt: skip


def test_files_that_include_one_another_end(home: Path) -> None:
    (home / ".ssh/config").write_text("Include config\nHost a\n")
    assert "a" in suggestions.hosts_known()


def test_names_that_could_harm_a_terminal_are_left_out(home: Path) -> None:
    (home / ".ssh/config").write_bytes(b"Host a\x1b[2J b\xff c\n")
    names = suggestions.hosts_known()
    assert "c" in names
    assert all(name.isprintable() for name in names)


def test_without_files_only_the_past_is_known(home: Path) -> None:
    (home / "hosts").unlink()
    assert suggestions.hosts_known(["a"]) == ("a",)


@pytest.mark.parametrize(
    ("typed", "completed"), [("", ""), ("n", "nas.lan"), ("NAS", "nas.lan"), ("nas.lan", ""), ("x", "")]
)
def test_the_first_name_that_goes_on_completes(typed: str, completed: str) -> None:
    assert suggestions.completion(typed, ("nas.lan", "nas-2.lan")) == completed


@pytest.mark.parametrize(
    ("port", "protocol", "tone", "word"),
    [
        (22, Protocol.TCP, Tone.WARN, "SSH"),
        (25, Protocol.TCP, Tone.WARN, "does not leave"),
        (6000, Protocol.TCP, Tone.WARN, "Browsers refuse"),
        (443, Protocol.TCP, Tone.PLAIN, "https; some providers"),
        (8096, Protocol.TCP, Tone.PLAIN, "jellyfin"),
        (22, Protocol.UDP, Tone.PLAIN, "22/udp"),
        (47_811, Protocol.TCP, Tone.PLAIN, "nobody's usual port"),
    ],
)
def test_what_is_worth_knowing_of_a_port(port: int, protocol: Protocol, tone: Tone, word: str) -> None:
    line = advice(port, protocol)
    assert line.tone is tone
    assert word in line.text


def test_every_port_has_advice_that_fits_a_line() -> None:
    for protocol in Protocol:
        assert max(len(advice(port, protocol).text) for port in range(1, 65536, 7)) < 110


@pytest.mark.parametrize(
    ("values", "height", "drawn"),
    [
        ([], 1, [""]),
        ([1.0, 2.0, 4.0, 8.0], 1, ["▂▃▅█"]),
        ([1.0, None, 8.0], 1, ["▂✗█"]),
        ([0.0, 0.0], 1, ["▁▁"]),
        ([None], 1, ["✗"]),
        ([30.0, None, 15.0, 4.0], 2, ["█ ▁ ", "█✗█▃"]),
        ([8.0, 8.0, 0.1], 3, ["██ ", "██ ", "██▁"]),
    ],
)
def test_values_are_bars_up_to_the_greatest(
    values: list[float | None], height: int, drawn: list[str]
) -> None:
    assert bars(values, height) == drawn


@pytest.mark.parametrize(
    ("width", "height", "drawn"),
    [
        (13, 3, ["  30 ms █  ", "        █ ▅", "      0 █✗█▄"]),
        (10, 2, ["  15 ms █ ", "      0 █▅"]),
        (40, 1, ["Latency  to 30 ms  █✗▅▂  4.0 ms"]),
        (31, 1, ["Latency  to 15 ms  █▃  4.0 ms"]),
        (3, 1, ["Latency    4.0 ms"]),
    ],
)
def test_latencies_have_a_scale_and_as_many_as_fit_are_drawn(
    width: int, height: int, drawn: list[str]
) -> None:
    lines = latencies("Latency", [30.0, None, 15.0, 4.0], width, height)
    assert ["".join(part.text for part in line).rstrip() for line in lines] == [one.rstrip() for one in drawn]
    failures = {part.look for line in lines for part in line if part.text == "✗"}
    assert failures <= {looks.BAD}


@pytest.mark.parametrize(
    ("height", "drawn"), [(1, ["Latency  ✗✗"]), (2, ["        ", "      0 ✗✗"]), (3, ["", "", "      0 ✗✗"])]
)
def test_without_a_success_there_is_no_scale(height: int, drawn: list[str]) -> None:
    lines = latencies("Latency", [None, None], 40, height)
    assert ["".join(part.text for part in line).rstrip() for line in lines] == [one.rstrip() for one in drawn]


def test_steps_are_taken_back_one_by_one() -> None:
    steps = Steps("")
    for state in ("a", "a", "b", ""):
        steps.step(state)
    assert [steps.undo(), steps.undo(), steps.undo(), steps.undo()] == ["b", "a", "", ""]
    assert not steps.can_undo


@pytest.mark.parametrize(
    ("environment", "shows"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LC_ALL": "C", "LANG": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, False),
    ],
)
def test_the_locale_says_whether_signs_can_be_drawn(environment: dict[str, str], shows: bool) -> None:
    assert shows_unicode(environment) is shows


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("plain \x1b[31m", "plain \x1b[31m"),
        ("─ ▶ ✓ ✗ ● ○ … █░", "- > + x * o ~ #."),
        ("é 日本 ß", "e ???? ?"),
        ("▁▂▃▄▅▆▇█", "_.-=+###"),
    ],
)
def test_ascii_takes_as_many_cells(text: str, spelt: str) -> None:
    assert spelt_in_ascii(text) == spelt


@pytest.mark.parametrize(
    ("data", "fewer"),
    [
        ("\x1b[39;49mtext\x1b[0m", "text"),
        ("\x1b[1;39;49mtext\x1b[0m", "\x1b[1mtext\x1b[0m"),
        ("\x1b[49m" + " " * 20 + "\x1b[0m\r\n", "\x1b[20X\x1b[20C\r\n"),
        ("\x1b[7m" + " " * 20 + "\x1b[0m", "\x1b[7m" + " " * 20 + "\x1b[0m"),
        ("\x1b[38;5;39mtext\x1b[0m", "\x1b[38;5;39mtext\x1b[0m"),
        ("\x1b[5;1Htext", "\x1b[5;1Htext"),
    ],
)
def test_a_slow_line_gets_the_same_picture_in_fewer_bytes(data: str, fewer: str) -> None:
    assert sparing(data) == fewer

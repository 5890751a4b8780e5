import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.errors import BadInput
from portview.probe.records import Closing
from portview.scan.formats.as_jsonl import JsonLinesWriter
from portview.scan.journal import clock, header, read
from portview.scan.plan import Manner, Plan
from portview.scan.records import PortResult, Reason, ScanHost, Unresolved
from portview.scan.said import Heard, Said
from portview.text import clean
from portview.vocabulary import Protocol, State

NAS = ScanHost("192.0.2.7", "nas.lan")
PLAN = Plan(
    (NAS, ScanHost("fe80::1%lo")),
    {Protocol.TCP: (22, 80, 443), Protocol.UDP: (53,)},
    (Unresolved("gone.lan", "gone.lan has no address"),),
)
STARTED = "2026-01-02T03:04:05.006+01:00"
HEARD = (
    Heard(
        PortResult(NAS.address, 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK, rtt_ms=0.25),
        Said("SSH-2.0-x", "TLS 1.3", ("a", "b"), 200, "nginx", Closing.FIN),
    ),
    Heard(
        PortResult(
            NAS.address, 80, Protocol.TCP, State.FILTERED, Reason.PORT_UNREACH, "192.0.2.1", 3, 3, 0.5, 2
        ),
        None,
    ),
    Heard(
        PortResult("fe80::1%lo", 53, Protocol.UDP, State.OPEN_OR_FILTERED, Reason.NO_RESPONSE, loss=0.02),
        None,
    ),
)


def text_of(*heard: Heard) -> str:
    parts = [header(PLAN, Manner(2.5, talk=True), STARTED, 12.25)]
    writer = JsonLinesWriter(parts.append)
    for one in heard:
        writer.port(one.result, PLAN.by_address[one.result.address], one.said)
    return "".join(parts)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.jsonl"


def test_a_scan_is_read_back_as_it_was(path: Path) -> None:
    path.write_text(text_of(*HEARD))
    kept = read(path)
    assert kept.plan == PLAN
    assert kept.earlier == HEARD
    assert kept.manner == Manner(2.5, talk=True)
    assert (kept.is_cut, kept.good_bytes) == (False, path.stat().st_size)
    assert (kept.started, kept.elapsed_s) == (STARTED, 12.25)


def test_the_elapsed_time_can_be_written_over(path: Path) -> None:
    before = text_of(*HEARD)
    for elapsed_s in (0.0, 86_400.5, 1e9):
        place, text = clock(elapsed_s)
        path.write_text(before[:place] + text + before[place + len(text) :])
        assert path.stat().st_size == len(before)
        assert (read(path).elapsed_s, read(path).earlier) == (elapsed_s, HEARD)


def test_a_header_that_was_written_anew_has_no_place_for_the_elapsed_time(path: Path) -> None:
    document = json.loads(text_of())
    path.write_text(json.dumps(document) + "\n")
    assert read(path).elapsed_s is None
    del document["started"]
    path.write_text(json.dumps(document) + "\n")
    assert read(path).started is None


@pytest.mark.parametrize("started", ["5", '"yesterday"', "[]", '""'])
def test_a_beginning_that_is_none_is_told(path: Path, started: str) -> None:
    path.write_text(text_of().replace(f'"{STARTED}"', started))
    with pytest.raises(BadInput, match="cannot be resumed"):
        read(path)


def test_a_beginning_is_read_as_a_moment_and_nothing_else(path: Path) -> None:
    path.write_text(text_of().replace("2026-01-02T03", r"2026-01-02\u001b03"))
    assert read(path).started == STARTED


def test_a_header_without_a_manner_means_the_usual_one(path: Path) -> None:
    document = json.loads(text_of())
    for name in ("rate", "talk", "confirm_all"):
        del document["scan"][name]
    path.write_text(json.dumps(document) + "\n")
    assert read(path).manner == Manner()


def test_open_ports_without_words_are_still_to_be_heard(path: Path) -> None:
    unheard = Heard(PortResult(NAS.address, 443, Protocol.TCP, State.OPEN, Reason.SYN_ACK), None)
    path.write_text(text_of(*HEARD, unheard))
    assert read(path).earlier == (*HEARD, unheard)
    assert read(path).still_to_hear().earlier == HEARD


@pytest.mark.parametrize("rate", ["0", "-1", "true", "NaN", "1e400", '"5"'])
def test_a_rate_that_is_none_is_told(path: Path, rate: str) -> None:
    path.write_text(text_of().replace('"rate": 2.5', f'"rate": {rate}'))
    with pytest.raises(BadInput, match="cannot be resumed"):
        read(path)


def test_a_half_written_last_line_is_left_out(path: Path) -> None:
    whole = text_of(*HEARD).encode()
    start = text_of(*HEARD[:2]).encode()
    for end in (len(start) + 1, len(start) + 40, len(whole) - 1):
        path.write_bytes(whole[:end])
        kept = read(path)
        assert kept.earlier == HEARD[:2]
        assert (kept.good_bytes, kept.is_cut) == (len(start), True)


def test_the_later_line_of_a_port_counts(path: Path) -> None:
    later = HEARD[0].result.__class__(NAS.address, 22, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED)
    path.write_text(text_of(*HEARD, Heard(later, None)))
    assert next(one.result.state for one in read(path).earlier) is State.CLOSED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "hello\n",
        "[]\n",
        "{}\n",
        '{"schema": 1, "scan": 5}\n',
        '{"schema": 1, "scan": {}}\n',
        "[" * 100_000 + "\n",
        "\x00\xff\n",
        '{"schema": 1, "observation": {}}\n',
        '{"schema": 1, "scan": {"hosts": [["1.2.3.4"]], "ports": {"tcp": "1"}, "unresolved": []}}\n',
        '{"schema": 1, "scan": {"hosts": [["1.2.3.4", null]], "ports": {"tcp": "x"}, "unresolved": []}}\n',
        '{"schema": 1, "scan": {"hosts": [], "ports": {"tcp": "1"}, "unresolved": []}}\n',
    ],
)
def test_a_foreign_file_is_told_in_one_line(path: Path, text: str) -> None:
    path.write_text(text, encoding="latin-1")
    with pytest.raises(BadInput, match="cannot be resumed") as caught:
        read(path)
    assert str(caught.value).isprintable()


def test_a_newer_schema_is_named(path: Path) -> None:
    path.write_text(text_of().replace('"schema": 1', '"schema": 2'))
    with pytest.raises(BadInput, match="no scan of schema 1"):
        read(path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{}", "line 3: not a scanned port"),
        ("nonsense", "line 3: not a scanned port"),
        ("[" * 50_000, "line 3: not a scanned port"),
        ("x" * 70_000, "line 3 is too long"),
        ('{"a": "\\u001b[2J"}', "line 3: not a scanned port"),
    ],
)
def test_a_damaged_line_in_the_middle_is_named(path: Path, line: str, words: str) -> None:
    path.write_text(text_of(HEARD[0]) + line + "\n" + text_of(HEARD[1]).split("\n", 1)[1])
    with pytest.raises(BadInput, match=words) as caught:
        read(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("before", "after"),
    [('"port": 80', '"port": 81'), ('"protocol": "tcp"', '"protocol": "udp"'), ("192.0.2.7", "192.0.2.8")],
)
def test_a_port_that_was_not_asked_for_is_no_result(path: Path, before: str, after: str) -> None:
    first, line = text_of(HEARD[1]).splitlines()
    path.write_text(f"{first}\n{line.replace(before, after)}\n")
    with pytest.raises(BadInput, match="line 2: a port that this scan was not asked for"):
        read(path)


@given(st.binary(max_size=80), st.integers(0, 800))
def test_any_damage_gives_a_scan_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int
) -> None:
    whole = text_of(*HEARD).encode()
    path = tmp_path_factory.mktemp("noise") / "scan.jsonl"
    path.write_bytes(whole[:place] + noise + whole[place:])
    said = ""
    addresses: set[str] = set()
    try:
        addresses = {one.result.address for one in read(path).earlier}
    except BadInput as error:
        said = str(error)
    assert said == clean(said)
    assert addresses <= set(PLAN.by_address)

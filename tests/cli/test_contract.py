"""Every JSON document against contract.json: each key, its type, and that what is unknown says why.

In that file a type ends in `?` where null means that there is none, and in `!` where null means that it is
not known and `unknown_because` must name the key; for an object or a list the sign is its first entry.
"""

import ipaddress
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from portview.diagnose.document import document
from portview.diagnose.engine import diagnose
from portview.diagnose.listing import listing
from portview.diagnose.survey import Survey
from portview.knowledge import load
from portview.knowledge.page import Tone
from portview.scan.records import Reason
from portview.sockets.informed import Informed
from portview.sockets.linux_source import LinuxSource
from portview.sockets.proc_tables import ProcTables
from portview.sockets.psutil_source import PsutilSource
from portview.sockets.source import Source
from portview.vocabulary import Outcome, State
from tests.cli.conftest import Run
from tests.diagnose.established_cases import ESTABLISHED
from tests.diagnose.exchanged_cases import EXCHANGED
from tests.diagnose.first_step_cases import FIRST_STEP
from tests.diagnose.local_cases import HERE, LOCAL
from tests.diagnose.name_cases import NAMES
from tests.diagnose.path_cases import LIES, PATHS
from tests.diagnose.udp_cases import UDP
from tests.diagnose.unanswered_cases import REFUSED, SILENT, UNREACHABLE

_CONTRACT: Mapping[str, Any] = json.loads(Path(__file__).with_name("contract.json").read_text())
_GOLDENS = sorted((Path(__file__).parents[1] / "diagnose" / "goldens").glob("*.json"))
_HEADLESS = """
import ctypes, socket, threading, time
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=time.sleep, args=(600,)).start()
print(server.getsockname()[1])
ctypes.CDLL(None).pthread_exit(0)
"""
_KINDS = ("question", "outcome", "cause", "pattern", "tool", "provider", "port", "range", "by hand")
_HOW_KNOWN = ("fact: ", "inference: ", "guess: ")


def _is_address(text: str) -> bool:
    ipaddress.ip_address(text)
    return True


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "1": lambda value: value == 1 and type(value) is int,
    "any": lambda value: value is not None,
    "text": lambda value: isinstance(value, str) and value.isprintable(),
    "int": lambda value: type(value) is int,
    "bool": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value >= 0,
    "port": lambda value: type(value) is int and 0 <= value <= 65535,
    "time": lambda value: datetime.fromisoformat(value).utcoffset() is not None,
    "address": _is_address,
    "statement": lambda value: value.startswith(_HOW_KNOWN),
    "outcome": tuple(Outcome).__contains__,
    "state": tuple(State).__contains__,
    "reason": tuple(Reason).__contains__,
    "tone": tuple(Tone).__contains__,
    "kind": _KINDS.__contains__,
    "pattern": lambda value: value in load.patterns(),
    "cause": lambda value: value in load.cause_ids(),
}


def _faults(value: Any, kind: Any, place: str, unknown: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is not as promised; `unknown` are the keys that `unknown_because` names, from here on."""
    sign = kind[-1] if isinstance(kind, str) else next(iter(kind), "")
    if value is None:
        if sign != "?" and "" not in unknown:
            yield f"{place} is null"
    elif isinstance(kind, list):
        for number, each in enumerate(value):
            yield from _faults(each, kind[-1], f"{place}[{number}]", unknown)
    elif isinstance(kind, dict):
        yield from _faults_inside(value, kind, place, unknown)
    elif not (_TYPES.get(name := kind.rstrip("?!")) or name.split("|").__contains__)(value):
        yield f"{place} is {value!r}, not {name}"


def _faults_inside(value: Any, kind: Mapping[str, Any], place: str, unknown: frozenset[str]) -> Iterator[str]:
    named = unknown | value.get("unknown_because", {}).keys()
    for path, why in value.get("unknown_because", {}).items():
        # What was cancelled is there as far as it had come.
        if why != "cancelled" and not any(found is None for found in _at(value, path.split("."))):
            yield f"{place}: {path} is called unknown, and nothing there is null"
    promised = (
        dict.fromkeys(value, kind["*"]) if "*" in kind else {k: v for k, v in kind.items() if k not in "?!"}
    )
    if promised.keys() != value.keys():
        yield f"{place} has other keys than promised: {sorted(promised.keys() ^ value.keys())}"
    for key in promised.keys() & value.keys():
        inner = frozenset(
            path.removeprefix(key).lstrip(".") for path in named if f"{path}.".startswith(f"{key}.")
        )
        yield from _faults(value[key], promised[key], f"{place}.{key}", inner)


def _at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """All that is to be found there, or on the way there, in every entry of a list."""
    if isinstance(value, list):
        if not value:
            yield None  # there is nothing to have it
        for each in value:
            yield from _at(each, path)
    elif not path or value is None:
        yield value
    else:
        yield from _at(value[path[0]], path[1:])


def _holds(document: str | bytes, name: str) -> Any:
    told = json.loads(document)
    assert list(_faults(told, _CONTRACT[name], name)) == []
    return told


def test_no_outcome_and_no_cause_was_renamed() -> None:
    assert set(_CONTRACT["outcomes"]) == set(Outcome)
    assert set(_CONTRACT["causes"]) <= set(load.cause_ids())


@pytest.mark.parametrize("path", _GOLDENS, ids=lambda path: path.stem)
def test_a_knock_that_was_written_down(path: Path) -> None:
    _holds(path.read_bytes(), "probe")


@pytest.mark.parametrize(
    "cases",
    [ESTABLISHED, EXCHANGED, FIRST_STEP, HERE, LOCAL, NAMES, PATHS, LIES, UDP, REFUSED, SILENT, UNREACHABLE],
)
def test_knocks_of_every_kind(cases: Sequence[tuple[Any, ...]]) -> None:
    for seen in (case[0] for case in cases):
        _holds(json.dumps(document(seen, diagnose(seen))), "probe")


@pytest.mark.parametrize("options", [(), ("--quick",), ("--udp", "--timeout", "0.3")])
def test_a_knock(portview: Run, listener: socket.socket, options: tuple[str, ...]) -> None:
    port = str(listener.getsockname()[1])
    _holds(portview("probe", "127.0.0.1", port, "--timeout", "1", *options, "--json").stdout, "probe")


@pytest.mark.parametrize("options", [(), ("--all",), ("--udp",)])
def test_the_sockets_of_this_machine(
    portview: Run, listener: socket.socket, options: tuple[str, ...]
) -> None:
    with socket.create_connection(listener.getsockname()):
        assert _holds(portview("ls", *options, "--json").stdout, "ls")["sockets"] or options == ("--udp",)


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's tables")
@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize(
    "source", [PsutilSource, lambda: LinuxSource((ProcTables(),))], ids=["psutil", "proc"]
)
@pytest.mark.parametrize("informed", [lambda source: source, Informed], ids=["alone", "informed"])
def test_the_sockets_from_other_sources(
    listener: socket.socket,
    source: Callable[[], Source],
    informed: Callable[[Source], Source],
    everything: bool,
) -> None:
    survey = Survey(informed(source()).snapshot(everything=everything))
    told = listing(survey, survey.snapshot.sockets)
    assert isinstance(told["sockets"], Iterable)
    _holds(json.dumps({**told, "sockets": list(told["sockets"])}), "ls")


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process outlives its first thread")
def test_a_program_whose_file_is_not_told(portview: Run) -> None:
    with subprocess.Popen([sys.executable, "-uc", _HEADLESS], stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            port = program.stdout.readline().strip()
            while ") Z " not in Path(f"/proc/{program.pid}/stat").read_text():
                time.sleep(0.01)
            [told] = _holds(portview("ls", f":{port}", "--json").stdout, "ls")["sockets"]
        finally:
            program.kill()
    assert (told["pids"], told["executable"]) == ([program.pid], None)


@pytest.mark.parametrize("options", [(), ("--talk",), ("--udp",)])
def test_a_scan(portview: Run, listener: socket.socket, closed_port: int, options: tuple[str, ...]) -> None:
    words = ("scan", "127.0.0.1", "-p", f"{listener.getsockname()[1]},{closed_port}", *options)
    _holds(portview(*words, "--json").stdout, "scan")
    for line in portview(*words, "--jsonl").stdout.splitlines():
        _holds(line, "scan line")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("22", "explain"),
        ("8000-8010", "explain"),
        ("refused", "explain"),
        ("fw_reject_host", "explain"),
        ("aws", "explain"),
        ("can two programs share a port", "explain"),
        ("22,80", "explain each"),
        ("22 --host nas.lan", "explain by hand"),
        ("", "explain topics"),
    ],
)
def test_an_explanation(portview: Run, words: str, name: str) -> None:
    _holds(portview("explain", *words.split(), "--json").stdout, name)

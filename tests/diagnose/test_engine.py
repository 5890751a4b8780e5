"""Whatever was observed, there is a diagnosis: the same each time, without an error, fit for JSON."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portview.diagnose.document import document
from portview.diagnose.engine import diagnose
from portview.diagnose.report import report
from portview.probe.path_records import Hop, Path, Trace
from portview.probe.records import (
    Attempt,
    Closing,
    IcmpError,
    NameFailure,
    NameSource,
    Observation,
    Resolution,
    Target,
)
from portview.sockets.records import LocalSocket
from portview.text import clean
from portview.vocabulary import Family, Outcome, Protocol, SenderClass
from tests.diagnose.conftest import connected, listener, observation, queue, rst

_texts = st.text(max_size=20)
_addresses = st.ip_addresses().map(str) | st.sampled_from(
    ["127.0.0.1", "::1", "192.168.1.7", "198.18.0.1", "100.64.0.1", "fe80::1%eth0", "224.0.0.1", "0.0.0.0"]
)
_ports = st.sampled_from([0, 22, 25, 80, 443, 445, 8080, 30000, 51820]) | st.integers(0, 65535)
_times = st.floats(0, 1e6) | st.sampled_from([0.1, 5.0, 3070.0])
_words = st.binary(max_size=40) | st.sampled_from([b"SSH-2.0-x\r\n", b"220 x ESMTP", b"\x1b]0;x\x07{host}"])
_icmp = st.builds(
    IcmpError,
    st.sampled_from([1, 3, 11, 12]),
    st.integers(0, 20),
    st.none() | _addresses,
    st.none() | st.sampled_from(SenderClass),
)
_errnos = st.none() | st.sampled_from(
    [
        "ECONNREFUSED",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "EACCES",
        "EPERM",
        "EINVAL",
        "EMFILE",
        "EADDRNOTAVAIL",
        "errno 999",
    ]
)
_attempts = st.builds(
    Attempt,
    address=_addresses,
    family=st.sampled_from(Family),
    port=_ports,
    outcome=st.sampled_from(Outcome),
    elapsed_ms=_times,
    errno=_errnos,
    stage=st.none() | st.sampled_from(["socket", "connect", "send", "recv"]),
    icmp=st.none() | _icmp,
    rtt_ms=st.none() | _times,
    first_bytes=st.none() | _words,
    closed_by=st.none() | st.sampled_from(Closing),
    closed_after_ms=st.none() | _times,
    self_connect=st.booleans(),
    answered_from=st.none() | st.sampled_from(["192.168.1.7 69", "::1 53", ""]),
    sent=st.none() | st.booleans(),
)
_hops = st.builds(Hop, st.integers(1, 20), st.none() | _addresses, st.none() | _times)
_traces = st.builds(
    Trace,
    _ports,
    st.lists(_hops, max_size=4).map(tuple),
    st.none() | st.integers(1, 20),
    st.none() | _attempts,
)
_paths = st.builds(
    Path,
    _addresses,
    _traces,
    st.none() | _traces,
    st.lists(_ports, max_size=2).map(tuple),
    st.booleans(),
)
_resolutions = st.builds(
    Resolution,
    name=_texts,
    addresses=st.lists(_addresses, max_size=3).map(tuple),
    source=st.sampled_from(NameSource),
    failure=st.none() | st.sampled_from(NameFailure),
    detail=st.none() | _texts,
    servers=st.lists(_addresses, max_size=2).map(tuple),
    dns_addresses=st.none() | st.lists(_addresses, max_size=2).map(tuple),
    completed=st.none() | st.just("nas.corp.example"),
)
_observations = st.builds(
    Observation,
    target=st.builds(Target, _texts, _ports, st.sampled_from(Protocol)),
    resolution=_resolutions,
    attempts=st.lists(_attempts, max_size=3).map(tuple),
    controls=st.lists(_attempts, max_size=3).map(tuple),
    path=st.none() | _paths,
    invented=st.none() | st.lists(_addresses, max_size=2).map(tuple),
    this_machine=st.booleans(),
    timeout_s=st.floats(0.1, 60),
    quick=st.booleans(),
    queue_overflows=st.none() | st.integers(0, 9),
)


@st.composite
def _listeners(draw: st.DrawFn) -> LocalSocket:
    more: dict[str, Any] = {"protocol": draw(st.sampled_from(Protocol))}
    if draw(st.booleans()):
        more["queue"] = queue(draw(st.none() | st.integers(0, 9)), draw(st.none() | st.integers(0, 9)))
    name = draw(st.none() | st.sampled_from(["docker-proxy", "ssh", "x"]))
    return listener(draw(_addresses), draw(_ports), name, **more)


@settings(max_examples=100, deadline=None)
@given(_observations, st.none() | st.lists(_listeners(), max_size=3))
def test_any_observation(seen: Observation, listeners: list[LocalSocket] | None) -> None:
    if listeners and seen.attempts:
        listeners = [*listeners, listener(seen.attempts[0].address, seen.target.port)]
    if seen.path and seen.primary:
        seen = replace(seen, path=replace(seen.path, address=seen.primary.address))
    diagnosis = diagnose(seen, listeners)
    assert diagnosis == diagnose(seen, listeners)
    json.dumps(document(seen, diagnosis), allow_nan=False)
    assert all(clean(line) == line for line in report(seen, diagnosis).text().split("\n"))


def test_values_are_not_parsed_as_templates() -> None:
    diagnosis = diagnose(observation(connected(first_bytes=b"{host} {0} %s"), host="{port}"))
    assert any('"{host} {0} %s"' in one.text for one in diagnosis.causes[0].because)


def test_names_are_quoted_in_commands() -> None:
    diagnosis = diagnose(observation(rst(), host="a;reboot"))
    commands = [check.command for cause in diagnosis.causes for check in cause.check if check.is_command]
    named = [command for command in commands if "reboot" in command]
    assert named
    assert all("'a;reboot'" in command for command in named)


def test_checks_of_this_machine_run_here() -> None:
    diagnosis = diagnose(observation(rst(), this_machine=True), [])
    assert [check.where for check in diagnosis.causes[0].check] == ["here", "here"]
    assert all(not check.place for check in diagnosis.causes[0].check)

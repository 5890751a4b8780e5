"""The public JSON document and the page of knocks, byte by byte.

After a wanted change: PORTVIEW_UPDATE_GOLDENS=1 pytest tests/diagnose/test_goldens.py, then read the diff.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from portview.diagnose.document import document
from portview.diagnose.engine import diagnose
from portview.diagnose.report import report
from portview.probe.records import NameFailure, Observation
from portview.sockets.records import LocalSocket
from portview.vocabulary import SenderClass
from tests.diagnose.conftest import (
    CANCELLED,
    closed,
    connected,
    icmp,
    listener,
    observation,
    rst,
    silent,
    unresolved,
)
from tests.diagnose.exchanged_cases import STOOD, http, spoken
from tests.diagnose.first_step_cases import PASSED_OVER, leaving
from tests.diagnose.path_cases import control, trace, traced

_GOLDENS = Path(__file__).parent / "goldens"
_REJECTED = observation(
    rst("192.0.2.7", 445, icmp=icmp(3, 3, SenderClass.TARGET, "192.0.2.7"), elapsed_ms=0.4),
    host="nas.lan",
    controls=(connected("192.0.2.7", 22, elapsed_ms=0.3),),
    elapsed_ms=812.0,
)
CASES: dict[str, tuple[Observation, Sequence[LocalSocket] | None]] = {
    "led_elsewhere": (leaving(PASSED_OVER, silent(), silent(port=443)), None),
    "cancelled": (CANCELLED, None),
    "rejected": (_REJECTED, None),
    "hostile_farewell": (
        observation(
            closed("192.0.2.7", 22, first_bytes=b"\x1b]0;x\x07 Not allowed at this time\r\n", rtt_ms=0.21)
        ),
        None,
    ),
    "silent_host_alive": (
        observation(
            silent("192.0.2.7", 8443),
            silent("2001:db8::7", 8443),
            host="vps",
            controls=(rst("192.0.2.7", 22),),
        ),
        None,
    ),
    "https_bad_gateway": (
        replace(
            spoken(http(502, reason="Bad Gateway", server="nginx", tls=STOOD), port=443, host="nas.lan"),
            started="2027-03-01T00:00:00.000+00:00",
        ),
        None,
    ),
    "lost_on_the_way": (
        traced(
            silent("192.0.2.7", 8443),
            trace("192.0.2.129", None, "198.51.100.7", port=8443),
            control("192.0.2.129", None, "198.51.100.7", "198.51.100.9", address="192.0.2.7"),
        ),
        None,
    ),
    "bound_to_loopback": (
        replace(observation(rst("192.0.2.1", 6379)), this_machine=True),
        [listener("127.0.0.1", 6379)],
    ),
    "no_such_name": (
        replace(unresolved(NameFailure.NXDOMAIN, servers=("192.0.2.53",)), elapsed_ms=31.0),
        None,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    seen, listeners = CASES[name]
    diagnosis = diagnose(seen, listeners)
    written = {
        f"{name}.json": json.dumps(document(seen, diagnosis), indent=2, ensure_ascii=False) + "\n",
        f"{name}.txt": report(seen, diagnosis).text(),
    }
    for file, text in written.items():
        path = _GOLDENS / file
        if os.environ.get("PORTVIEW_UPDATE_GOLDENS"):
            path.write_bytes(text.encode())
        assert path.read_bytes() == text.encode(), f"{file} differs"

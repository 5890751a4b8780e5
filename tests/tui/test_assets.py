"""The panes with the real words on prepared sockets and knocks, as the pictures of assets/ show them.

PORTVIEW_UPDATE_ASSETS=1 stores them anew; without it a picture that has aged fails.
"""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import pytest

from portview.diagnose.engine import diagnose
from portview.diagnose.report import report
from portview.probe.path_records import Hop, Path, Trace
from portview.probe.records import Attempt, IcmpError, NameSource, Observation, Resolution, Target
from portview.probe.waiting import CancelledError
from portview.scan.plan import Plan
from portview.scan.records import Batch, PortResult, Reason, ScanHost
from portview.scan.reports import Totals
from portview.scan.said import Heard, Said
from portview.scan.session import Listener
from portview.tui.panes.probe import ProbePane
from portview.tui.services import Explained, Knocked, Services
from portview.tui.settings import Settings
from portview.tui.transcript import Evidence
from portview.vocabulary import Family, Outcome, Protocol, SenderClass, State
from tests.tui.prepared import PreparedScan, make_socket, progress_of

if TYPE_CHECKING:
    from tests.tui.stage import Stage

ASSETS = File(__file__).parents[2] / "assets"
ADDRESS = "192.0.2.7"
REMOTE = "203.0.113.80"
MORE_SOCKETS = (
    make_socket(25, "master", "127.0.0.1", service="smtp", pid=1410),
    make_socket(445, "smbd", service="smb", pid=1502),
    make_socket(2049, None, service="nfs"),
    make_socket(3000, "grafana", "192.168.1.7", service="http-3000", pid=1711),
    make_socket(5432, "postgres", "127.0.0.1", service="postgresql", pid=1290),
    make_socket(5900, "x11vnc", service="vnc", pid=1822),
    make_socket(8080, "docker-proxy", "192.168.1.7", service="http-alt", pid=2001),
    make_socket(8096, "jellyfin", service="jellyfin", pid=1650),
    make_socket(9090, "prometheus", "10.8.0.7", service="http-9090", pid=1733),
    make_socket(11434, "ollama", service="ollama", pid=1907),
    make_socket(27017, "mongod", "127.0.0.1", service="mongodb", pid=1388),
    make_socket(41641, "tailscaled", protocol=Protocol.UDP, pid=1120),
)
"""What a home server has open beside those of what is prepared whose addresses are short."""
HEARD = {
    22: Said("SSH-2.0-OpenSSH_9.6"),
    80: Said(http_status=301, http_server="nginx"),
    443: Said(tls="TLS 1.3", names=("nas.lan",), http_status=200, http_server="nginx"),
    445: None,
    3306: Said("MySQL 8.0.36"),
    5000: Said(http_status=200, http_server="nginx"),
    8096: Said(http_status=302, http_server="Kestrel"),
    32400: None,
}
"""The open ports of the scan, and what they say first."""
SILENT = (range(135, 140), range(20_000, 24_001))
EVERY = timedelta(seconds=10)
LATENCIES = [20 + 9 * math.sin(one * 1.7) ** 2 + 4 * math.sin(one / 9) for one in range(108)]
"""Milliseconds of the watch."""
LOST = range(71, 77)
SLOW = {31: 58.0, 77: 96.0, 78: 61.0, 79: 44.0}


def attempt_at(address: str, port: int, outcome: Outcome, elapsed_ms: float, **more: Any) -> Attempt:
    return Attempt(address, Family.IPV4, port, outcome, elapsed_ms, **more)


def nas(port: int) -> Observation:
    """Port 22 connects; all others are rejected by the target's own firewall, one router away."""
    ssh = attempt_at(ADDRESS, 22, Outcome.CONNECTED, 0.3, rtt_ms=0.3, first_bytes=b"SSH-2.0-OpenSSH_9.6\r\n")
    icmp = IcmpError(3, 3, ADDRESS, SenderClass.TARGET)
    rejected = attempt_at(
        ADDRESS, port, Outcome.REFUSED, 0.6, errno="ECONNREFUSED", stage="connect", icmp=icmp
    )
    one = ssh if port == 22 else rejected
    path = Path(ADDRESS, Trace(port, (Hop(1, "192.168.1.1", 0.3),), 2, one))
    resolution = Resolution("nas.lan", (ADDRESS,), NameSource.HOSTS, elapsed_ms=0.2)
    return Observation(Target("nas.lan", port), resolution, (one,), (ssh,), path=path, elapsed_ms=12.0)


def vps(port: int) -> Observation:
    """Port 443 connects; packets for others end at the third hop."""
    hops = (Hop(1, "192.168.1.1", 0.4), Hop(2, "100.64.0.1", 4.2), Hop(3, "198.51.100.9", 11.0))
    web = attempt_at(REMOTE, 443, Outcome.CONNECTED, 21.0)
    one = web if port == 443 else attempt_at(REMOTE, port, Outcome.TIMED_OUT, 5000.0)
    control = Trace(443, (*hops, Hop(4, "198.51.100.30", 14.0)), 5, web)
    path = Path(REMOTE, control if port == 443 else Trace(port, hops), control)
    resolution = Resolution("vps.example", (REMOTE,), elapsed_ms=3.0)
    return Observation(Target("vps.example", port), resolution, (one,), (web,), path=path, elapsed_ms=9000.0)


def knock(
    target: Target, *, timeout_s: float, cancel: threading.Event, on_event: Callable[[Evidence], None]
) -> Knocked:
    observation = {"nas.lan": nas, "vps.example": vps}[target.host](target.port)
    diagnosis = diagnose(observation)
    return Knocked(observation, Explained(report(observation, diagnosis), diagnosis.pattern))


def state_of(port: int) -> tuple[State, Reason]:
    if port in HEARD:
        return State.OPEN, Reason.SYN_ACK
    if any(port in ports for ports in SILENT):
        return State.FILTERED, Reason.NO_RESPONSE
    return State.CLOSED, Reason.CONN_REFUSED


class WholeHost(PreparedScan):
    """All ports of one host; some of the open ones say something."""

    def run(self, listener: Listener, cancel: threading.Event) -> Totals:
        self.results = tuple(
            PortResult(ADDRESS, port, Protocol.TCP, *state_of(port), tries=3, loss=0.0)
            for port in range(1, 65_536)
        )
        listener.on_batch(Batch(self.results, progress_of(self.results, len(self.results)), finished=True))
        for port, said in HEARD.items():
            listener.on_heard(Heard(self.results[port - 1], said))
        return replace(self.end(listener), elapsed_s=4.6)


def whole_host(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
    return Plan((ScanHost(ADDRESS, "nas.lan"),), {protocol: tuple(range(1, 65_536))})


async def local(stage: Stage) -> None:
    stage.pane.rows.select(next(s.key for s in stage.pane.rows.items if s.socket.service == "redis"))


async def probe(stage: Stage) -> None:
    await stage.press("2")
    for target in ("vps.example:443", "vps.example:8443", "nas.lan:22", "nas.lan:445"):
        if not stage.field("#host").has_focus:
            await stage.press("slash")
        await stage.type(target)
        await stage.press("enter")
        await stage.until(lambda: stage.selected.ended)


def glance(target: Target, timeout_s: float, cancel: threading.Event) -> Observation:
    """The watch is told what it saw; it sees nothing of its own."""
    assert cancel.wait(30)
    raise CancelledError


async def watch(stage: Stage) -> None:
    await probe(stage)
    await stage.press("G", "w")
    knock = stage.selected
    seen = [vps(443) if one not in LOST else vps(8443) for one in range(len(LATENCIES))]
    for place, usual in enumerate(LATENCIES):
        (attempt,) = seen[place].attempts
        attempt = replace(attempt, elapsed_ms=SLOW.get(place, usual))
        seen[place] = replace(seen[place], attempts=(attempt,))
        if place < len(seen) - 1:
            knock.watch.take(seen[place], knock.time - EVERY * (len(seen) - place))
    stage.pane.post_message(ProbePane.Glanced(knock.number, seen[-1]))
    await stage.until(lambda: stage.selected.watch.knocks == len(seen))


async def scan(stage: Stage) -> None:
    await stage.press("3")
    stage.field("#targets").value = "nas.lan"
    stage.field("#ports").value = "1-65535"
    await stage.press("enter")
    await stage.until(lambda: not stage.pane.busy and "135-139" in stage.text)
    await stage.press(*"j" * len(HEARD))


async def reference(stage: Stage) -> None:
    await stage.press("4")
    await stage.until(lambda: stage.pane.rows.items)
    await stage.press("escape", "j", "j")


def words_in(svg: str) -> list[str]:
    """What can be read in a picture, from its top to its end."""
    return unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))).split()


@pytest.mark.parametrize("scene", [local, probe, watch, scan, reference], ids=lambda scene: scene.__name__)
def test_the_pane_with_the_real_words(
    play: Callable[..., None], prepared: Services, scene: Callable[[Stage], Awaitable[None]]
) -> None:
    real = Services()
    snapshot = prepared.snapshot(False)
    sockets = (*(one for one in snapshot.sockets if len(one.address) < 20), *MORE_SOCKETS)
    services = replace(
        prepared,
        snapshot=lambda _: replace(snapshot, sockets=sockets),
        explain_socket=real.explain_socket,
        explain_result=real.explain_result,
        search=real.search,
        entry=real.entry,
        entry_page=real.entry_page,
        neighbours=real.neighbours,
        knock=knock,
        glance=glance,
        plan=whole_host,
        session=WholeHost,
        settings=Settings(),
    )

    async def story(stage: Stage) -> None:
        await scene(stage)
        await stage.pilot.pause()
        assert stage.page.title[:30] in stage.text  # a long title goes on in the next line
        assert len(stage.page.sections) >= 2
        stored = ASSETS / f"{scene.__name__}.svg"
        # Without this some viewers drop the blanks that a text begins with.
        drawn = stage.app.export_screenshot().replace("<svg ", '<svg xml:space="preserve" ', 1)
        if os.environ.get("PORTVIEW_UPDATE_ASSETS") == "1":
            stored.write_text(drawn, encoding="utf-8")
        assert words_in(drawn) == words_in(stored.read_text(encoding="utf-8"))

    play(story, services, size=(120, 36))

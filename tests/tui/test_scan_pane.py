from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from portview.errors import BadInput
from portview.scan.records import (
    Batch,
    HostVerdict,
    PortResult,
    Progress,
    Reason,
    ScanHost,
    ScanReport,
)
from portview.tui.panes.scan import summary
from portview.tui.services import Services
from portview.vocabulary import Protocol, State

if TYPE_CHECKING:
    from tests.tui.conftest import Stage

Play = Callable[..., None]


class Halfway:
    """A scan that finds two ports and then waits until it is cancelled."""

    results: tuple[PortResult, ...] = (
        PortResult("192.0.2.7", 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK),
        PortResult("192.0.2.7", 23, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED),
    )

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Protocol]] = []
        self.cancelled = threading.Event()

    def __call__(
        self,
        targets: str,
        ports: str,
        protocol: Protocol,
        *,
        on_batch: Callable[[Batch], None],
        cancel: threading.Event,
    ) -> ScanReport:
        self.asked.append((targets, ports, protocol))
        results = self.results
        counts = {State.OPEN: 1, State.CLOSED: 1}
        on_batch(Batch(results, Progress(4, 2, 2, 1.0, 2.0, 1.0, counts, 64)))
        assert cancel.wait(30)
        self.cancelled.set()
        host = ScanHost("192.0.2.7")
        return ScanReport((host,), protocol, "2024-05-01T14:03:00+00:00", 1.0, results, 4, cancelled=True)


class Closed(Halfway):
    """Two neighbours that are closed, with one between them that was not asked yet."""

    results = tuple(
        PortResult("192.0.2.7", port, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED) for port in (23, 25)
    )


def found(stage: Stage) -> list[tuple[str, State]]:
    return [(row.ports.label, row.ports.state) for row in stage.pane.rows.items]


def test_a_scan_shows_open_ports_first_and_the_rest_as_ranges(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "1,024 ports in 1.2 s" in stage.text)
        await stage.until(lambda: len(found(stage)) == 9)
        assert found(stage)[:4] == [
            ("22", State.OPEN),
            ("80", State.OPEN),
            ("443", State.OPEN),
            ("135-139", State.FILTERED),
        ]
        assert "open 3   closed 1,016   filtered 5" in stage.text
        assert stage.page.title == "22/tcp is open on nas.lan"
        await stage.press("j", "j", "j")
        assert stage.page.title == "135/tcp is filtered on nas.lan"

    play(story)


def test_the_page_of_a_range_says_first_that_it_speaks_for_all_of_it(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9)
        assert "This is about" not in stage.page.text()
        await stage.press("j", "j", "j")
        assert stage.page.sections[0].lines[0].text == (
            "This is about all 5 ports from 135 to 139; 135 is the example."
        )

    play(story)


def test_a_range_says_that_the_scan_goes_on_and_then_that_it_was_cut_short(
    play: Play, prepared: Services
) -> None:
    def said(stage: Stage) -> list[str]:
        return [line.text[:18] for line in stage.page.sections[0].lines]

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: found(stage) == [("23-25", State.CLOSED)])
        assert "2 of 3" in stage.text
        assert said(stage)[-1] == "The scan goes on: "
        await stage.press("escape")
        await stage.until(lambda: said(stage)[-1] == "The scan was cut s")

    play(story, replace(prepared, scan=Closed()))


def test_a_scan_that_ended_early_says_so(play: Play, prepared: Services) -> None:
    def short(*arguments: Any, **more: Any) -> ScanReport:
        return replace(prepared.scan(*arguments, **more), gave_up="EMFILE", requested=2000)

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "Ended early (EMFILE): 1,024 of 2,000 ports" in stage.text)
        await stage.until(lambda: len(found(stage)) == 9)
        await stage.press("j", "j", "j")
        assert "cut short" in stage.page.sections[0].lines[1].text

    play(story, replace(prepared, scan=short))


def test_a_running_scan_shows_progress_and_escape_keeps_what_was_found(
    play: Play, prepared: Services
) -> None:
    halfway = Halfway()

    async def story(stage: Stage) -> None:
        await stage.press("3")
        await stage.press("enter")
        await stage.until(lambda: len(found(stage)) == 2)
        assert "50%   2 of 4   2/s   0:01 gone   0:01 to go" in stage.text
        assert "Esc cancel" in stage.footer
        await stage.press("escape")
        await stage.until(lambda: "Cancelled: 2 of 4 ports in 1.0 s" in stage.text)
        assert halfway.cancelled.is_set()
        assert found(stage) == [("22", State.OPEN), ("23", State.CLOSED)]
        assert "Esc" not in stage.footer

    play(story, replace(prepared, scan=halfway))


def test_the_form_says_what_is_scanned_and_r_scans_again(play: Play, prepared: Services) -> None:
    halfway = Halfway()

    async def story(stage: Stage) -> None:
        await stage.press("3")
        stage.field("#targets").value = ""
        await stage.type("nas.lan")
        await stage.press("tab")
        stage.field("#ports").value = ""
        await stage.type("22-25")
        await stage.press("tab", "space", "shift+tab", "enter")
        await stage.until(lambda: len(found(stage)) == 2)
        await stage.press("r")
        await stage.until(lambda: len(halfway.asked) == 2)
        await stage.until(lambda: len(found(stage)) == 2)
        assert set(halfway.asked) == {("nas.lan", "22-25", Protocol.UDP)}

    play(story, replace(prepared, scan=halfway))


def test_what_cannot_be_used_is_said_beside_the_form(play: Play, prepared: Services) -> None:
    def refuse(*_: object, **__: object) -> ScanReport:
        raise BadInput("'[/x]' is not a port")

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "✗ '[/x]' is not a port" in stage.text)
        assert stage.field("#targets").has_focus

    play(story, replace(prepared, scan=refuse))


def test_a_defect_in_a_scan_is_shown(play: Play, prepared: Services) -> None:
    def broken(*_: object, **__: object) -> ScanReport:
        raise RuntimeError("a [/x] defect")

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "RuntimeError: a [/x] defect" in stage.text)
        assert "✗ the scan failed" in stage.text

    play(story, replace(prepared, scan=broken))


def test_p_probes_the_selected_port_by_the_name_of_its_host(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9)
        await stage.press("p")
        assert stage.pane.id == "probe"
        await stage.until(lambda: stage.selected.ended)
        assert (stage.selected.target.host, stage.selected.target.port) == ("nas.lan", 22)

    play(story)


def test_a_scan_goes_on_while_another_pane_is_looked_at(play: Play, prepared: Services) -> None:
    halfway = Halfway()

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.press("1")
        assert stage.pane.id == "local"
        await stage.press("3")
        await stage.until(lambda: len(found(stage)) == 2)
        assert stage.pane.rows.has_focus
        assert not halfway.cancelled.is_set()

    play(story, replace(prepared, scan=halfway))


def test_a_real_scan_of_loopback_finds_a_real_listener(play: Play, prepared: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        async def story(stage: Stage) -> None:
            await stage.press("3")
            stage.field("#targets").value = "127.0.0.1"
            stage.field("#ports").value = str(port)
            await stage.press("enter")
            await stage.until(lambda: found(stage) == [(str(port), State.OPEN)])

        play(story, replace(prepared, scan=Services().scan))


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({}, "4 ports in 1.0 s"),
        ({"192.0.2.7": HostVerdict.UP}, "4 ports in 1.0 s"),
        ({"192.0.2.7": HostVerdict.OFF}, "4 ports in 1.0 s: nobody at this address answers"),
        (
            {"192.0.2.7": HostVerdict.UP, "192.0.2.8": HostVerdict.OFF, "192.0.2.9": HostVerdict.OFF},
            "4 ports in 1.0 s, 2 off, 1 up",
        ),
    ],
)
def test_the_summary_says_which_hosts_did_not_answer(verdicts: dict[str, HostVerdict], said: str) -> None:
    hosts = tuple(ScanHost(address) for address in verdicts) or (ScanHost("192.0.2.7"),)
    results = tuple(
        PortResult("192.0.2.7", port, Protocol.TCP, State.FILTERED, Reason.NO_RESPONSE)
        for port in range(1, 5)
    )
    report = ScanReport(hosts, Protocol.TCP, "2024-05-01T14:03:00+00:00", 1.0, results, 4, verdicts=verdicts)
    assert summary(report).startswith(said)

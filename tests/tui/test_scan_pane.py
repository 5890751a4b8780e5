from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from portview.errors import BadInput
from portview.scan.plan import Plan
from portview.scan.records import (
    Batch,
    HostVerdict,
    PortResult,
    Progress,
    Reason,
    ScanHost,
    Unresolved,
)
from portview.scan.reports import Totals
from portview.scan.session import Listener
from portview.tui.scan_words import progress_line, summary
from portview.tui.services import Services
from portview.vocabulary import Protocol, State
from tests.tui.conftest import PreparedScan

if TYPE_CHECKING:
    from tests.tui.conftest import Stage

Play = Callable[..., None]


class Halfway(PreparedScan):
    """A scan that finds two ports and then waits until it is cancelled."""

    made: ClassVar[list[Halfway]] = []
    results: tuple[PortResult, ...] = (
        PortResult("192.0.2.7", 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK),
        PortResult("192.0.2.7", 23, Protocol.TCP, State.CLOSED, Reason.CONN_REFUSED),
    )

    def __init__(self, plan: Plan, talk: bool = False) -> None:
        super().__init__(plan, talk)
        self.cancelled = threading.Event()
        self.made.append(self)

    def run(self, listener: Listener, cancel: threading.Event) -> Totals:
        counts = {State.OPEN: 1, State.CLOSED: 1}
        progress = Progress(4, 2, 2, 1.0, 2.0, 1.0, counts, 64)
        listener.on_batch(Batch(self.results, progress))
        for _ in range(300):
            if cancel.wait(0.1):
                break
            paused = bool(self.asked) and self.asked[-1] == "pause"
            listener.on_batch(Batch((), replace(progress, is_paused=paused)))
        self.cancelled.set()
        return self.end(listener, requested=4, cancelled=True)


@pytest.fixture(autouse=True)
def no_scans_from_before() -> None:
    Halfway.made.clear()


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

    play(story, replace(prepared, session=Closed))


def test_a_scan_that_ended_early_says_so(play: Play, prepared: Services) -> None:
    class Short(PreparedScan):
        def run(self, listener: Listener, cancel: threading.Event) -> Totals:
            return replace(super().run(listener, cancel), gave_up="EMFILE", requested=2000)

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "Ended early (EMFILE): 1,024 of 2,000 ports" in stage.text)
        await stage.until(lambda: len(found(stage)) == 9)
        await stage.press("j", "j", "j")
        assert "cut short" in stage.page.sections[0].lines[1].text

    play(story, replace(prepared, session=Short))


def test_a_running_scan_shows_progress_and_escape_keeps_what_was_found(
    play: Play, prepared: Services
) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3")
        await stage.press("enter")
        await stage.until(lambda: len(found(stage)) == 2)
        assert "50%   2 of 4   2 waiting   2/s   0:01 to go" in stage.text
        assert "Esc cancel" in stage.footer
        await stage.press("escape")
        await stage.until(lambda: "Cancelled: 2 of 4 ports in 1.2 s" in stage.text)
        assert Halfway.made[0].cancelled.is_set()
        assert found(stage) == [("22", State.OPEN), ("23", State.CLOSED)]
        assert "Esc" not in stage.footer

    play(story, replace(prepared, session=Halfway))


def test_the_form_says_what_is_scanned_and_r_scans_again(play: Play, prepared: Services) -> None:
    asked: list[tuple[str, str, Protocol]] = []

    def plan(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
        asked.append((targets, ports, protocol))
        return prepared.plan(targets, ports, Protocol.TCP, cancel)

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
        await stage.until(lambda: len(Halfway.made) == 2)
        await stage.until(lambda: len(found(stage)) == 2)
        assert Halfway.made[0].cancelled.wait(5)
        assert asked == [("nas.lan", "22-25", Protocol.UDP)] * 2

    play(story, replace(prepared, plan=plan, session=Halfway))


def test_what_cannot_be_used_is_said_beside_the_form(play: Play, prepared: Services) -> None:
    def refuse(*_: object) -> Plan:
        raise BadInput("'[/x]' is not a port")

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "✗ '[/x]' is not a port" in stage.text)
        assert stage.field("#targets").has_focus

    play(story, replace(prepared, plan=refuse))


def test_a_defect_in_a_scan_is_shown(play: Play, prepared: Services) -> None:
    class Broken(PreparedScan):
        def run(self, listener: Listener, cancel: threading.Event) -> Totals:
            raise RuntimeError("a [/x] defect")

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "RuntimeError: a [/x] defect" in stage.text)
        assert "✗ the scan failed" in stage.text

    play(story, replace(prepared, session=Broken))


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
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.press("1")
        assert stage.pane.id == "local"
        await stage.press("3")
        await stage.until(lambda: len(found(stage)) == 2)
        assert stage.pane.rows.has_focus
        assert not Halfway.made[0].cancelled.is_set()

    play(story, replace(prepared, session=Halfway))


def test_a_real_scan_of_loopback_finds_a_real_listener(play: Play, prepared: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        async def story(stage: Stage) -> None:
            await stage.press("3")
            stage.field("#targets").value = "127.0.0.1"
            stage.field("#ports").value = str(port)
            await stage.press("enter")
            await stage.until(lambda: found(stage) == [(str(port), State.OPEN)])

        play(story, replace(prepared, plan=Services().plan, session=Services().session))


def test_a_scan_that_is_very_large_is_asked_about_first(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3")
        stage.field("#targets").value = "127.0.0.0/24"
        stage.field("#ports").value = "- !22"
        await stage.press("enter")
        await stage.until(lambda: "Enter again begins: 254 hosts x 65,534 TCP ports" in stage.text)
        assert not Halfway.made
        await stage.press("enter")
        await stage.until(lambda: len(Halfway.made) == 1)

    play(story, replace(prepared, plan=Services().plan, session=Halfway))


@pytest.mark.parametrize(
    ("verdicts", "hosts", "said"),
    [
        ([], 1, "4 ports in 1.0 s"),
        ([HostVerdict.UP], 1, "4 ports in 1.0 s"),
        ([HostVerdict.OFF], 1, "4 ports in 1.0 s: nobody at this address answers"),
        ([HostVerdict.UP, HostVerdict.OFF, HostVerdict.OFF], 3, "4 ports in 1.0 s, 2 off, 1 up"),
    ],
)
def test_the_summary_says_which_hosts_did_not_answer(
    verdicts: list[HostVerdict], hosts: int, said: str
) -> None:
    plan = Plan(tuple(ScanHost(f"192.0.2.{n}") for n in range(hosts)), {Protocol.TCP: (1,)})
    line = summary(Totals("2024-05-01T14:03:00+00:00", 1.0, 4, 4), plan, verdicts)
    assert line.startswith(said)
    assert line == said or verdicts == [HostVerdict.OFF]


def test_the_summary_names_what_has_no_address() -> None:
    plan = Plan((ScanHost("192.0.2.7"),), {Protocol.TCP: (1,)}, (Unresolved("nas.lan", "nas.lan is gone"),))
    assert summary(Totals("2024-05-01T14:03:00+00:00", 1.0, 1, 1), plan, []).endswith("; nas.lan is gone")


def test_space_pauses_and_goes_on_and_x_leaves_the_host(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 2)
        await stage.press("space")
        await stage.until(lambda: "paused   ██" in stage.text and "Space go on" in stage.text)
        await stage.press("space", "x")
        assert Halfway.made[0].asked == ["pause", "go on", "skip 192.0.2.7"]
        await stage.until(lambda: "paused" not in stage.text and "Space pause" in stage.text)

    play(story, replace(prepared, session=Halfway))


def test_f_shows_one_state_after_the_other(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9)
        shown = []
        for _ in range(4):
            await stage.press("f")
            shown.append({state for _, state in found(stage)})
        assert shown == [
            {State.OPEN},
            {State.FILTERED},
            {State.CLOSED},
            {State.OPEN, State.FILTERED, State.CLOSED},
        ]
        await stage.press("f")
        assert "only open   open 3" in stage.text

    play(story)


def test_a_second_scan_of_the_same_host_tells_what_is_different(play: Play, prepared: Services) -> None:
    def earlier_or_later(plan: Plan, talk: bool) -> PreparedScan:
        scan = PreparedScan(plan, talk)
        if number.pop(0):
            kept = list(scan.results)
            kept[79] = replace(kept[79], state=State.CLOSED, reason=Reason.CONN_REFUSED)
            kept[24] = replace(kept[24], state=State.OPEN, reason=Reason.SYN_ACK)
            kept[134] = replace(kept[134], reason=Reason.PORT_UNREACH)
            scan.results = tuple(kept)
        return scan

    number = [0, 1]

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "1,024 ports in" in stage.text)
        await stage.press("c")
        assert "What is different" not in stage.text
        await stage.press("r")
        await stage.until(lambda: "since 14:03: 1 new, 1 gone, 1 changed" in stage.text)
        await stage.press("c")
        assert stage.page.title == "What is different"
        assert "192.0.2.7 25/tcp: open, syn-ack (was closed, conn-refused)" in stage.page.text()

    play(story, replace(prepared, session=earlier_or_later), size=(140, 40))


def test_e_writes_what_was_found_to_a_new_file(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("s.csv")

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "1,024 ports in" in stage.text)
        for name in (str(file), str(file), "scan.doc"):
            await stage.press("e")
            await stage.type(name)
            await stage.press("enter")
        await stage.until(lambda: "scan.doc does not end in .json" in stage.text)
        await stage.press("e", "escape")
        assert stage.pane.rows.has_focus

    play(story)
    rows = file.read_text().splitlines()
    assert len(rows) == 1025
    assert rows[22].startswith("192.0.2.7,nas.lan,22,tcp,open,syn-ack,")


def test_t_lets_the_next_scan_hear_the_first_words(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: "1,024 ports in" in stage.text)
        assert "OpenSSH" not in stage.text
        await stage.press("t", "r")
        await stage.until(lambda: "ssh  SSH-2.0-OpenSSH" in stage.text)

    play(story, size=(160, 40))


def test_the_map_shows_every_port_of_the_host(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9)
        assert "1 cell = 1 port " in stage.text
        first = next(line for line in stage.text.splitlines() if line.startswith("----"))
        assert first[21] == "■"
        assert first[79] == "■"

    play(story, size=(160, 50))


def test_enter_on_the_choice_of_the_transport_scans(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "tab", "tab")
        assert "Enter go" in stage.footer
        await stage.press("enter")
        await stage.until(lambda: len(found(stage)) == 9)

    play(story)


def test_after_a_complaint_the_cursor_stays_in_its_field_and_typing_takes_it_back(
    play: Play, prepared: Services
) -> None:
    def refuse(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
        if ports == "abc":
            raise BadInput("'abc' is not a port")
        return prepared.plan(targets, ports, protocol, cancel)

    async def story(stage: Stage) -> None:
        await stage.press("3", "tab")
        await stage.type("abc")
        await stage.press("enter")
        await stage.until(lambda: "✗ 'abc' is not a port" in stage.text)
        assert stage.field("#ports").has_focus
        await stage.type("22")
        assert "is not a port" not in stage.text
        assert "Ports: 22,80" in stage.text
        assert stage.field("#ports").value == "22"
        await stage.press("enter")
        await stage.until(lambda: len(found(stage)) == 9)

    play(story, replace(prepared, plan=refuse))


def test_the_prompt_for_a_file_stands_below_what_it_is_about(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9)
        before = stage.text.splitlines()
        await stage.press("e")
        assert stage.text.splitlines()[:-4] == before[:-4]
        assert "Write to scan.json" in stage.text
        assert stage.footer.startswith(" Enter go  Esc back")

    play(story)


def test_a_state_that_was_not_found_is_no_empty_form(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 2)
        await stage.press("f", "f")
        assert found(stage) == []
        assert "nothing filtered or open|filtered so far: f shows the next state" in stage.text
        assert stage.page.title == "Nothing is selected"

    play(story, replace(prepared, session=Halfway))


def test_how_far_it_is_of_a_whole_host_fits_a_small_screen() -> None:
    progress = Progress(65_535, 12_345, 1_000, 999.0, 12_345.0, 4000.0, {}, 1_000)
    assert len(progress_line(progress)) <= 78

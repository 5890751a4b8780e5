"""What a scan has found: the list, the map, and what can be done with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.scan.plan import Plan
from portview.scan.records import Reason, ScanHost
from portview.tui.services import Services
from portview.tui.widgets.portmap import PortMap
from portview.tui.widgets.rows import HEADER_LINES, LEAST_ROOM
from portview.vocabulary import Protocol, State
from tests.tui.prepared import PreparedScan
from tests.tui.scans import Closed, Halfway, found

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]
RULE = 1


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
        assert "3 open, 1,016 closed, 5 filtered" in stage.text
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


def test_p_probes_the_selected_port_by_the_name_of_its_host(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9)
        await stage.press("p")
        assert stage.pane.id == "probe"
        await stage.until(lambda: stage.selected.ended)
        assert (stage.selected.target.host, stage.selected.target.port) == ("nas.lan", 22)

    play(story)


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
        assert "5 filtered · only open" in stage.text
        await stage.press("f")
        assert "5 filtered · only filtered" in stage.text

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
        await stage.until(lambda: ": 1 new, 1 gone, 1 changed" in stage.text)
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
        await stage.until(lambda: "scan.docdoesnotendin.json" in stage.told)
        assert stage.text.splitlines()[3] == " 1,024 ports in 1.2 s"
        await stage.press("e")
        assert stage.footer == " Enter go  Esc back"
        await stage.press("escape")
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
        assert "■ open  ▫ filtered  · closed  1 cell = 1 port " in stage.text
        lines = [line.split()[:2] for line in stage.text.splitlines() if " ····" in line[:13]]
        assert lines[0] == ["1", "·" * 21 + "■" + "·" * 48]
        assert lines[1] == ["71", "·" * 9 + "■" + "·" * 54 + "▫" * 5 + "·"]

    play(story, size=(160, 50))


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
        await stage.press("escape")
        await stage.until(lambda: "nothing filtered or open|filtered was found" in stage.text)

    play(story, replace(prepared, session=Halfway))


def test_on_a_small_screen_the_list_takes_no_more_room_than_its_rows(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 2)
        rows, panel = stage.pane.rows.region, stage.pane.panel.region
        assert rows.height == RULE + HEADER_LINES + LEAST_ROOM
        assert panel.y == rows.bottom
        assert panel.bottom == 23
        await stage.pilot.resize_terminal(80, 50)
        await stage.until(lambda: stage.pane.panel.region.bottom == 49)
        assert stage.pane.rows.region.height == rows.height

    play(story, replace(prepared, session=Halfway))


@pytest.mark.parametrize(("width", "high", "lines"), [(120, 40, 16), (80, 64, 8)])
def test_the_map_follows_the_height_of_the_screen(play: Play, width: int, high: int, lines: int) -> None:
    async def story(stage: Stage) -> None:
        def height() -> int:
            return stage.pane.query_one(PortMap).region.height - RULE

        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9 and not stage.pane.busy)
        small = height()
        assert small <= 3
        await stage.pilot.resize_terminal(width, high)
        await stage.until(lambda: height() > small)
        assert height() <= lines
        await stage.pilot.resize_terminal(width, 24)
        await stage.until(lambda: height() == small)

    play(story, size=(width, 24))


@pytest.mark.parametrize(("width", "title"), [(110, "PORT STATE SERVICE HOST"), (40, "PORT STATE SERVICE")])
def test_where_there_is_not_room_for_all_the_reason_goes_before_the_host(
    play: Play, prepared: Services, width: int, title: str
) -> None:
    def plan(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
        hosts = ScanHost("192.0.2.7", "nas.lan"), ScanHost("192.0.2.8")
        return replace(prepared.plan(targets, ports, protocol, cancel), hosts=hosts)

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9 and not stage.pane.busy)
        (line,) = (line for line in stage.text.splitlines() if "STATE" in line)
        assert line.split()[: len(title.split())] == title.split()
        assert "REASON" not in line

    play(story, replace(prepared, plan=plan), size=(width, 24))

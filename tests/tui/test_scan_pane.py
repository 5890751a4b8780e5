"""A scan from what is typed to how it ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from portview.errors import BadInput
from portview.scan.plan import Plan
from portview.scan.reports import Totals
from portview.scan.session import Listener
from portview.tui.services import Services
from portview.vocabulary import Protocol, State
from tests.tui.prepared import PreparedScan, prepared_services
from tests.tui.scans import Halfway, found

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


@pytest.fixture(autouse=True)
def no_scans_from_before() -> None:
    Halfway.made.clear()


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


def test_before_the_first_scan_nothing_is_offered_that_needs_one(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3", "escape")
        assert "/ target  r again  o past scans  t first words" in stage.footer
        await stage.press("f", "r")
        await stage.until(lambda: len(found(stage)) == 9)
        assert "f filter" in stage.footer
        assert "only open" not in stage.text

    play(story)


def test_a_running_scan_shows_progress_and_escape_keeps_what_was_found(
    play: Play, prepared: Services
) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3")
        await stage.press("enter")
        await stage.until(lambda: len(found(stage)) == 2)
        assert "50%   2 of 4   0:01 to go   2 waiting   2/s" in stage.text
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


def test_what_is_wrong_is_said_in_as_many_lines_as_it_takes(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("3")
        stage.field("#ports").value = "ssh, nonsense"
        await stage.press("enter")
        await stage.until(lambda: "✗ 'nonsense' is neither a port, a range nor a known tcp" in stage.text)
        assert "8000-8100" in stage.text
        assert stage.page.title == "Scan a host"
        await stage.press("tab", "1")
        assert "!443 leaves it out" in stage.text.splitlines()[3]
        assert stage.text.splitlines()[4].startswith("─ Findings")

    play(story, replace(prepared_services(), plan=Services().plan))


def test_a_scan_that_starts_shows_nothing_of_the_one_before(play: Play, prepared: Services) -> None:
    slow = threading.Event()

    def plan(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
        assert targets == "127.0.0.1" or slow.wait(30)
        return prepared.plan(targets, ports, protocol, cancel)

    async def story(stage: Stage) -> None:
        await stage.press("3", "enter")
        await stage.until(lambda: len(found(stage)) == 9 and not stage.pane.busy)
        assert "1 cell = " in stage.text
        await stage.press("slash")
        await stage.type("192.0.2.8")
        await stage.press("enter")
        await stage.until(lambda: "starting ..." in stage.text)
        assert "1 cell = " not in stage.text
        assert "3 open" not in stage.text
        slow.set()
        await stage.until(lambda: len(found(stage)) == 9 and "1 cell = " in stage.text)

    play(story, replace(prepared, plan=plan))

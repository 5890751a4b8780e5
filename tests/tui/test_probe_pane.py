from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from portview.knowledge.page import Page
from portview.probe.records import Observation, Target
from portview.probe.waiting import CancelledError
from portview.tui.panes.probe import ProbePane
from portview.tui.services import Evidence, Services
from portview.vocabulary import Protocol

if TYPE_CHECKING:
    from tests.tui.conftest import Stage

Play = Callable[..., None]


class Endless:
    """A knock that hears one piece of evidence and then waits until it is cancelled."""

    def __init__(self, evidence: Evidence | None = None) -> None:
        self.cancelled = threading.Event()
        self.evidence = evidence

    def __call__(
        self,
        target: Target,
        *,
        timeout_s: float,
        cancel: threading.Event,
        on_event: Callable[[Evidence], None],
    ) -> tuple[Observation, Page]:
        if self.evidence:
            on_event(self.evidence)
        assert cancel.wait(30)
        self.cancelled.set()
        raise CancelledError


def knocks(stage: Stage) -> list[str]:
    return [knock.ended or "running" for knock in stage.pane.rows.items]


async def knock_at(stage: Stage, host: str) -> None:
    await stage.press("2")
    if not stage.field("#host").has_focus:
        await stage.press("slash")
    await stage.type(host)
    await stage.press("enter")


def test_the_form_is_where_typing_goes_first(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        assert stage.field("#host").has_focus
        await stage.type("nas.lan")
        await stage.press("tab")
        await stage.type("445")
        await stage.press("enter")
        await stage.until(lambda: knocks(stage) == ["refused"])
        assert stage.pane.rows.has_focus
        assert "✗ Connection refused by nas.lan" in stage.text
        assert "nas.lan:445" in stage.text

    play(story)


def test_an_empty_port_is_a_hint_and_no_value(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        assert "Port e.g. 443" in stage.text
        assert stage.field("#port").value == ""

    play(story)


@pytest.mark.parametrize("typed", ["nas.lan:22", "ssh://nas.lan", "[2001:db8::7]:22"])
def test_a_host_may_bring_its_port(play: Play, typed: str) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, typed)
        await stage.until(lambda: knocks(stage) == ["connected"])
        assert stage.field("#port").value == "22"

    play(story)


def test_a_port_typed_with_the_host_counts_more_than_the_last_one(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.until(lambda: knocks(stage) == ["connected"])
        await knock_at(stage, "nas.lan:445")
        await stage.until(lambda: knocks(stage) == ["refused", "connected"])

    play(story)


@pytest.mark.parametrize(
    ("host", "complaint"),
    [
        ("", "✗ no host given"),
        ("nas.lan", "✗ no port given"),
        ("nas.lan:99999", "✗ 99999 is not a port"),
        ("[/x]:1", "✗ "),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_form(play: Play, host: str, complaint: str) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, host)
        assert complaint in stage.text.splitlines()[3]
        assert knocks(stage) == []
        assert stage.field("#host").has_focus

    play(story)


@pytest.mark.parametrize("timeout", ["never", "0", "-1", "1e9", "nan"])
def test_a_timeout_is_a_number_of_seconds(play: Play, timeout: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:22")
        stage.field("#timeout").value = timeout
        await stage.press("enter")
        assert "✗ the timeout is a number of seconds" in stage.text
        assert knocks(stage) == []

    play(story)


def test_udp_is_chosen_with_the_keyboard(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:53")
        await stage.press("tab", "tab", "space")
        assert "● UDP" in stage.text
        await stage.press("tab", "enter")
        await stage.until(lambda: len(knocks(stage)) == 1)
        assert stage.pane.rows.items[0].target == Target("nas.lan", 53, Protocol.UDP)

    play(story)


def test_evidence_is_shown_as_it_comes_and_escape_cancels(play: Play, prepared: Services) -> None:
    from portview.probe.records import NameSource, Resolution

    endless = Endless(Resolution("nas.lan", ("192.0.2.7", "2001:db8::7"), NameSource.DNS, elapsed_ms=3.0))

    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:445")
        await stage.until(lambda: "Trying 192.0.2.7 ..." in stage.text)
        assert "knocking ..." in stage.text
        assert "Trying 2001:db8::7 ..." in stage.text
        assert "Waiting up to 5 s" in stage.text
        assert "Looking up" not in stage.text
        assert "Esc cancel" in stage.footer
        await stage.press("escape")
        await stage.until(lambda: knocks(stage) == ["cancelled"])
        assert endless.cancelled.is_set()
        assert "Cancelled." in stage.text
        assert "Esc" not in stage.footer

    play(story, replace(prepared, knock=endless))


def test_a_name_is_looked_up_before_any_answer_is_waited_for(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:445")
        await stage.until(lambda: "Looking up nas.lan ..." in stage.text)
        assert "Waiting" not in stage.text
        await stage.press("escape")
        await stage.until(lambda: knocks(stage) == ["cancelled"])

    play(story, replace(prepared, knock=Endless()))


def test_a_new_knock_cancels_the_running_one(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:445")
        await stage.until(lambda: knocks(stage) == ["running"])
        await stage.press("p")
        await stage.until(lambda: knocks(stage) == ["running", "cancelled"])
        await stage.press("escape")
        await stage.until(lambda: knocks(stage) == ["cancelled", "cancelled"])

    play(story, replace(prepared, knock=Endless()))


def test_p_knocks_again_and_the_panel_follows_the_selected_knock(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.until(lambda: knocks(stage) == ["connected"])
        await knock_at(stage, "nas.lan:445")
        await stage.until(lambda: knocks(stage) == ["refused", "connected"])
        await stage.press("j")
        assert stage.page.title == "Connected to nas.lan"
        await stage.press("p")
        await stage.until(lambda: knocks(stage) == ["connected", "refused", "connected"])
        assert stage.selected is stage.pane.rows.items[0]

    play(story)


def test_a_defect_in_a_knock_is_shown_in_its_row_and_panel(play: Play, prepared: Services) -> None:
    def broken(*_: object, **__: object) -> tuple[Observation, Page]:
        raise RuntimeError("a [/x] defect")

    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:445")
        await stage.until(lambda: knocks(stage) == ["failed"])
        assert "RuntimeError: a [/x] defect" in stage.text
        await stage.press("1")
        assert stage.pane.rows.items

    play(story, replace(prepared, knock=broken))


def test_the_oldest_knocks_go_first(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portview.tui.panes.probe.MOST_KNOCKS", 2)

    async def story(stage: Stage) -> None:
        pane = stage.app.query_one(ProbePane)
        for port in (1, 2, 3):
            pane.ask("nas.lan", port, Protocol.TCP)
            await stage.until(lambda: pane.rows.items and pane.rows.items[0].ended)
        assert [knock.target.port for knock in pane.rows.items] == [3, 2]

    play(story)


def test_a_paste_is_one_clean_line(play: Play) -> None:
    from textual import events

    async def story(stage: Stage) -> None:
        await stage.press("2")
        stage.app.post_message(events.Paste("  nas.lan\x1b]0;x\x07\nsecond line"))
        await stage.until(lambda: stage.field("#host").value)
        assert stage.field("#host").value == "nas.lan\\x1b]0;x\\x07"

    play(story)


def test_a_real_knock_at_a_real_listener(play: Play, prepared: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        async def story(stage: Stage) -> None:
            await knock_at(stage, f"127.0.0.1:{port}")
            await stage.until(lambda: knocks(stage) == ["connected"])
            assert str(port) in stage.page.text()

        play(story, replace(prepared, knock=Services().knock))

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.knowledge.page import Page, Tone
from portview.probe.records import Attempt, Closing, Observation, Resolution, Target
from portview.probe.waiting import CancelledError
from portview.text import clean
from portview.tui.panes.probe import ProbePane
from portview.tui.services import Explained, Knocked, Services
from portview.tui.settings import Settings
from portview.tui.shelves import knocks_in
from portview.tui.subject import Subject
from portview.tui.transcript import Evidence, transcript
from portview.vocabulary import Family, Outcome, Protocol

if TYPE_CHECKING:
    from tests.tui.stage import Stage

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
    ) -> Knocked:
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
    def broken(*_: object, **__: object) -> Knocked:
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
            pane.open(Subject(port, Protocol.TCP, "nas.lan"))
            await stage.until(lambda: pane.rows.items and pane.rows.items[0].ended)
        assert [knock.target.port for knock in pane.rows.items] == [3, 2]

    play(story)


def test_a_real_knock_at_a_real_listener(play: Play, prepared: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        async def story(stage: Stage) -> None:
            await knock_at(stage, f"127.0.0.1:{port}")
            await stage.until(lambda: knocks(stage) == ["connected"])
            assert str(port) in stage.page.text()

        play(story, replace(prepared, knock=Services().knock))


def test_knocks_survive_a_restart_and_are_explained_again(
    play: Play, prepared: Services, tmp_path: Path
) -> None:
    replayed = Explained(Page("Explained again", (), Tone.GOOD), "share-a-port")
    services = replace(prepared, knocks=knocks_in(tmp_path / "knocks"), replay=lambda saved: replayed)

    async def first(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.until(lambda: knocks(stage) == ["connected"])
        await stage.until(lambda: list((tmp_path / "knocks").glob("*.json")))

    async def second(stage: Stage) -> None:
        await stage.press("2")
        await stage.until(lambda: knocks(stage) == ["connected"])
        assert stage.field("#host").has_focus
        await stage.press("escape")
        await stage.until(lambda: stage.page == replayed.page)
        await stage.press("p")
        await stage.until(lambda: knocks(stage) == ["connected", "connected"])
        assert [knock.number for knock in stage.pane.rows.items] == [1, 0]

    async def third(stage: Stage) -> None:
        await stage.press("ctrl+p")
        await stage.type("zzz")
        await stage.press("escape", "ctrl+p")
        await stage.type("nas.lan 22")
        await stage.press("enter")
        assert stage.pane.id == "probe"
        assert stage.selected.past is not None

    for story in (first, second, third):
        play(story, services)


def test_a_disk_that_takes_nothing_does_not_spoil_a_knock(
    play: Play, prepared: Services, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.until(lambda: knocks(stage) == ["connected"])
        await stage.until(lambda: "Knocks are not kept for the next start: " in stage.footer)
        assert stage.page.title == "Connected to nas.lan"
        stage.app.clear_notifications()
        await stage.press("p")
        await stage.until(lambda: knocks(stage) == ["connected", "connected"])
        await stage.pilot.pause(0.1)
        assert "not kept" not in stage.footer

    play(story, replace(prepared, knocks=knocks_in(tmp_path / "file")))


def test_a_watch_goes_on_while_another_pane_is_looked_at(play: Play, prepared: Services) -> None:
    outcomes = iter([Outcome.CONNECTED])
    away = threading.Event()

    def glance(target: Target, timeout_s: float, cancel: threading.Event) -> Observation:
        outcome = next(outcomes, Outcome.REFUSED)
        assert outcome is Outcome.CONNECTED or away.wait(30)
        one = Attempt("192.0.2.7", Family.IPV4, target.port, outcome, 0.4)
        return Observation(target, Resolution(target.host, ("192.0.2.7",)), (one,))

    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:443")
        await stage.until(lambda: knocks(stage) == ["refused"])
        await stage.press("w", "1")
        away.set()
        await stage.until(lambda: "nas.lan 443/tcp is refused now" in stage.text)

    play(story, replace(prepared, glance=glance, settings=Settings(watch_s=0.01)), size=(120, 40))


def test_a_watch_that_fails_says_so_and_ends(play: Play, prepared: Services) -> None:
    def broken(*_: object) -> Observation:
        raise RuntimeError("a [/x] defect")

    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:443")
        await stage.until(lambda: knocks(stage) == ["refused"])
        await stage.press("w")
        await stage.until(lambda: "RuntimeError: a [/x] defect" in stage.text)
        assert not stage.pane.busy

    play(story, replace(prepared, glance=broken))


@pytest.mark.parametrize("text", ["[/x]", "[red]a[/]", "a\x1b]52;c;eA==\x07", "\x9b2J", "a\u202eb"])
def test_hostile_names_are_text_in_rows_routes_and_the_palette(
    play: Play, prepared: Services, text: str
) -> None:
    unchecked = replace(prepared, target=lambda host, port, protocol: Target(text, 22, protocol))

    async def story(stage: Stage) -> None:
        await knock_at(stage, "x")
        await stage.until(lambda: knocks(stage) == ["connected"])
        assert stage.text.count(clean(text)) >= 3
        await stage.press("ctrl+p")
        await stage.type(":22")
        assert clean(text) in stage.text
        for unsafe in ("\x1b", "\x07", "\x9b", "\u202e"):
            assert unsafe not in stage.text

    play(story, unchecked, size=(120, 40))


def test_the_transcript_shows_what_the_peer_said_first_in_clean_text() -> None:
    attempt = Attempt(
        "192.0.2.7",
        Family.IPV4,
        22,
        Outcome.CLOSED_BY_PEER,
        0.4,
        first_bytes=b"220 \x1b[2Jhi\r\nmore",
        closed_by=Closing.FIN,
    )
    text = transcript(Target("nas.lan", 22), (attempt,), "").text()
    assert "< 220 \\x1b[2Jhi" in text
    assert "more" not in text
    assert "Closed by 192.0.2.7 (FIN)" in text


def test_escape_leaves_the_form_before_it_ends_what_runs(play: Play, prepared: Services) -> None:
    endless = Endless()

    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.press("slash", "escape")
        assert knocks(stage) == ["running"]
        await stage.press("escape")
        await stage.until(lambda: knocks(stage) == ["cancelled"])

    play(story, replace(prepared, knock=endless))

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
from portview.tui.services import Evidence, Explained, Knocked, Services, knocks_in
from portview.tui.settings import Settings
from portview.tui.subject import Subject
from portview.tui.transcript import transcript
from portview.vocabulary import Family, Outcome, Protocol

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


def test_enter_on_the_choice_of_the_transport_knocks(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:53")
        await stage.press("tab", "tab", "space")
        assert "Enter go" in stage.footer
        await stage.press("enter")
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
        await stage.pilot.pause(0.1)
        assert stage.page.title == "Connected to nas.lan"

    play(story, replace(prepared, knocks=knocks_in(tmp_path / "file")))


def test_advice_follows_what_is_typed_and_a_complaint_stays(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:22")
        assert "! SSH servers penalise" in stage.text
        await stage.press("tab")
        await stage.type("https")
        assert "! SSH" in stage.text  # the port that stands with the host counts
        await stage.press("shift+tab")
        await stage.type("nas.lan")
        assert "443/tcp is usually https" in stage.text
        await stage.press("tab", "tab", "space")
        assert "443/udp" in stage.text
        await stage.press("shift+tab")
        await stage.type("99999")
        await stage.press("enter")
        assert "✗ 99999 is not a port" in stage.text

    play(story, size=(120, 40))


def test_a_watch_goes_on_while_another_pane_is_looked_at(play: Play, prepared: Services) -> None:
    outcomes = iter([Outcome.CONNECTED, Outcome.REFUSED])

    def glance(target: Target, timeout_s: float, cancel: threading.Event) -> Observation:
        one = Attempt("192.0.2.7", Family.IPV4, target.port, next(outcomes, Outcome.REFUSED), 0.4)
        return Observation(target, Resolution(target.host, ("192.0.2.7",)), (one,))

    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:443")
        await stage.until(lambda: knocks(stage) == ["refused"])
        await stage.press("w", "1")
        await stage.until(lambda: "nas.lan 443/tcp is refused now" in stage.text)

    play(story, replace(prepared, glance=glance, settings=Settings(watch_s=0.3)), size=(120, 40))


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

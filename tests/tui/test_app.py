from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import events

from portview.probe.waiting import CancelledError
from portview.sockets.records import LocalSocket, Snapshot
from portview.tui import log, theme
from portview.tui.screens import KeysScreen
from portview.tui.services import Knocked, Services
from portview.tui.settings import Settings
from portview.tui.views import Views

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]
PANES = {"1": "local", "2": "probe", "3": "scan", "4": "reference"}


def test_digits_choose_the_pane_and_the_tab_line_marks_it(play: Play) -> None:
    async def story(stage: Stage) -> None:
        for key in ("4", "escape", "2", "escape", "3", "escape", "1"):
            await stage.press(key)
            if key in PANES:
                assert stage.pane.id == PANES[key]
                assert [tab.id for tab in stage.app.query(".-current")] == [f"tab-{PANES[key]}"]

    play(story)


def test_a_click_on_a_tab_chooses_its_pane(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.pilot.click("#tab-scan")
        await stage.until(lambda: stage.pane.id == "scan")

    play(story)


def test_question_mark_shows_all_keys_and_escape_closes(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("question_mark")
        assert isinstance(stage.app.screen, KeysScreen)
        assert "Read the sockets again now" in stage.text
        await stage.press("escape")
        assert not isinstance(stage.app.screen, KeysScreen)
        await stage.press("j")
        assert stage.selected.socket.port == 22

    play(story, size=(100, 50))


@pytest.mark.parametrize(
    ("opened_by", "footer"), [("?", "Esc q ? close"), ("o", "Esc q close"), ("x", "Esc q close")]
)
def test_q_closes_a_page_over_the_panes_and_ctrl_c_ends_the_program(
    play: Play, opened_by: str, footer: str
) -> None:
    async def story(stage: Stage) -> None:
        if opened_by == "o":
            await stage.press("3", "escape")
        await stage.press(opened_by)
        assert len(stage.app.screen_stack) == 2
        assert footer in stage.footer
        await stage.press("q")
        assert stage.app.is_running
        assert len(stage.app.screen_stack) == 1
        await stage.press(opened_by, "ctrl+c")
        assert stage.app.return_code == 130

    play(story)


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("ctrl+c", 130)])
def test_quitting_ends_what_runs(play: Play, prepared: Services, key: str, status: int) -> None:
    cancelled = threading.Event()

    def endless(*_: object, cancel: threading.Event, **__: object) -> Knocked:
        assert cancel.wait(30)
        cancelled.set()
        raise CancelledError

    async def story(stage: Stage) -> None:
        await stage.press("p")
        await stage.until(lambda: stage.pane.rows.items)
        await stage.press(key)
        assert stage.app.return_code == status

    play(story, replace(prepared, knock=endless))
    assert cancelled.is_set()


def test_ctrl_c_ends_the_program_while_typing_too(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        assert "Ctrl-c quit" in stage.footer
        assert "q quit" not in stage.footer.replace("Ctrl-c quit", "")
        await stage.press("ctrl+c")
        assert stage.app.return_code == 130

    play(story)


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (80, 24), (99, 30), (100, 30), (200, 60)])
def test_every_size_is_drawn_and_resizing_is_followed(play: Play, size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        await stage.pilot.resize_terminal(*size)
        for key in ("2", "escape", "3", "escape", "4", "escape", "1"):
            await stage.press(key)
            assert len(stage.text.splitlines()) == size[1]
            assert all(len(line) <= size[0] for line in stage.text.splitlines())

    play(story)


def test_the_explanation_stands_below_where_it_is_narrow_and_beside_where_it_is_wide(play: Play) -> None:
    async def story(stage: Stage) -> None:
        rows, panel = stage.pane.rows.region, stage.pane.panel.region
        assert panel.y >= rows.bottom
        for size in ((110, 30), (120, 40), (200, 60)):
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
            rows, panel = stage.pane.rows.region, stage.pane.panel.region
            assert panel.x >= rows.right
            assert panel.y == rows.y

    play(story)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 10)])
def test_details_take_the_place_of_the_list_where_both_are_small(play: Play, size: tuple[int, int]) -> None:
    async def story(stage: Stage) -> None:
        before = stage.pane.panel.region
        assert before.height >= 2
        await stage.press("enter")
        whole = stage.pane.region
        assert stage.pane.panel.region == whole
        assert stage.page.sections[0].lines[0].text[:30] in stage.text
        await stage.press("escape")
        assert stage.pane.panel.region == before
        assert "▶" in stage.text

    play(story, size=size)


@pytest.mark.parametrize("key", ["2", "3"])
def test_a_low_window_shows_a_row_and_the_headline_of_its_explanation(play: Play, key: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(key)
        await stage.type("nas.lan:22")
        await stage.press("enter")
        await stage.until(lambda: stage.pane.rows.items and not stage.pane.busy)
        await stage.until(lambda: stage.page.title in stage.text)
        assert "▶" in stage.text

    play(story, size=(40, 10))


def test_details_leave_the_list_in_view_where_there_is_room(play: Play) -> None:
    async def story(stage: Stage) -> None:
        before = stage.pane.rows.region
        await stage.press("enter")
        assert stage.pane.rows.region == before

    play(story, size=(120, 40))


def test_tab_leaves_the_details_and_shows_the_list_again(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("enter", "tab")
        assert stage.pane.rows.has_focus
        assert "▶" in stage.text

    play(story)


async def type_ahead(stage: Stage, *keys: str) -> None:
    """All keys before the first one is looked at, as they come in one packet."""
    for key in keys:
        stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await stage.pilot.pause()
    await stage.pilot.pause()


def test_letters_typed_ahead_after_slash_are_letters(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await type_ahead(stage, "slash", *"squid")
        assert stage.field("#filter").value == "squid"
        assert stage.app.is_running
        await type_ahead(stage, "escape", "j", "slash", *"ngj", "backspace", *"inx")
        assert stage.field("#filter").value == "nginx"

    play(story)


def test_ctrl_u_takes_what_was_typed_before_it_and_nothing_after(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await type_ahead(stage, "2", *"nas", "ctrl+u", *"vps", "tab", *"44", "ctrl+u", *"2001")
        assert stage.field("#host").value == "vps"
        assert stage.field("#port").value == "2001"
        await type_ahead(stage, "shift+tab", *"nas", "tab", "ctrl+u", *"22")
        assert stage.field("#host").value == "nas"
        assert stage.field("#port").value == "22"

    play(story)


def test_keys_typed_ahead_after_enter_are_for_what_comes_then(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await type_ahead(stage, *"nas.lan:22", "enter", "slash", *"vps.lan:445", "enter", "1")
        await stage.until(lambda: stage.pane.id == "local")
        await stage.press("2")
        await stage.until(
            lambda: [knock.ended for knock in stage.pane.rows.items] == ["refused", "connected"]
        )

    play(story)


@pytest.mark.parametrize("place", ["list", "field", "panel"])
def test_a_look_at_another_window_changes_nothing(play: Play, place: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*{"list": (), "field": ("slash",), "panel": ("enter",)}[place])
        before, focused = stage.text, stage.app.focused
        stage.app.post_message(events.AppBlur())
        await stage.pilot.pause()
        await stage.pilot.pause()
        assert stage.text == before
        assert stage.app.focused is focused
        stage.app.post_message(events.AppFocus())
        await stage.pilot.pause()
        assert stage.text == before

    play(story)


async def type_in_one_packet(stage: Stage, character: str, key: str = "") -> None:
    """Esc and a key as the terminal's reader names them where they come together."""
    stage.app.post_message(events.Key(f"alt+{key or character}", character))
    await stage.pilot.pause()
    await stage.pilot.pause()


def test_escape_and_a_key_that_come_together_are_both_heard(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("slash", *"ssh")
        await type_in_one_packet(stage, "3")
        assert stage.pane.id == "scan"
        await type_in_one_packet(stage, "1")
        assert stage.pane.id == "local"
        assert stage.field("#filter").value == ""
        await stage.press("slash")
        await type_in_one_packet(stage, "?", "question_mark")
        assert isinstance(stage.app.screen, KeysScreen)
        await type_in_one_packet(stage, "?", "question_mark")
        assert isinstance(stage.app.screen, KeysScreen)
        await stage.press("escape", "ctrl+p")
        await type_in_one_packet(stage, "q")
        assert stage.app.return_code == 0

    play(story)


def test_alt_moves_by_words_where_one_types_and_does_what_the_settings_say(
    play: Play, prepared: Services
) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("slash", *"one two")
        await type_in_one_packet(stage, "b")
        await stage.type("x")
        await type_in_one_packet(stage, "f")
        await stage.type("y")
        assert stage.field("#filter").value == "one xtwoy"
        await type_in_one_packet(stage, "\x7f", "backspace")
        assert stage.field("#filter").value == "one "
        await stage.press("escape")
        assert "PORT↑" in stage.text
        await type_in_one_packet(stage, "j")
        assert "PROTO↑" in stage.text

    settings = Settings(keys={"sort": "alt+j"})
    play(story, replace(prepared, settings=settings))


def test_the_first_start_is_explained_and_another_pane_puts_the_note_away(
    play: Play, prepared: Services, tmp_path: Path
) -> None:
    async def first(stage: Stage) -> None:
        assert "? shows all keys, Ctrl-p finds anything" in stage.text
        await stage.press("j")
        assert stage.app.query("Note")
        await stage.press("2")
        assert not stage.app.query("Note")

    async def second(stage: Stage) -> None:
        assert not stage.app.query("Note")

    for story in (first, second):
        play(story, replace(prepared, views=Views(tmp_path / "views.json")))


def test_of_several_settings_that_cannot_be_used_one_is_told_and_where_the_others_are(
    play: Play, prepared: Services
) -> None:
    async def story(stage: Stage) -> None:
        await stage.until(lambda: "Settings:" in stage.told)
        assert "local.sort is none of".replace(" ", "") in stage.told
        assert "it is ignored; --log FILE names 2 more".replace(" ", "") in stage.told

    views = Views(settings={"local.sort": "x", "local.no": "x", "no.thing": "x"})
    play(story, replace(prepared, views=views))


def test_a_defect_is_in_the_log(play: Play, prepared: Services, tmp_path: Path) -> None:
    def broken(_: bool) -> Snapshot:
        raise RuntimeError("a defect of the test")

    async def story(stage: Stage) -> None:
        await stage.until(lambda: "RuntimeError: a defect" in stage.text)
        assert "The details are in" in stage.page.text()

    log.log_to(tmp_path / "portview.log")
    try:
        play(story, replace(prepared, snapshot=broken), wait=False)
    finally:
        handler = log.LOG.handlers[-1]
        log.LOG.removeHandler(handler)
        handler.close()
    text = (tmp_path / "portview.log").read_text()
    assert "Traceback" in text
    assert "RuntimeError: a defect of the test" in text


HOSTILE = ("[/x]", "[red]a[/]", "[@click=app.quit]b[/]", "\x1b]52;c;eA==\x07", "\x9b2J", "a\u202eb")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_wherever_it_is_shown(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket], text: str
) -> None:
    from portview.text import clean

    hostile = replace(socket_like(22, text, service=text), user=text, interface=text)

    async def story(stage: Stage) -> None:
        assert stage.text.count(clean(text)) >= 4
        await stage.press("x")
        assert clean(text) in stage.text
        await stage.press("escape")
        await stage.press("y", "enter")
        for unsafe in ("\x1b", "\x07", "\x9b", "\u202e"):
            assert unsafe not in stage.text
        assert stage.app.is_running

    play(
        story,
        replace(
            prepared,
            snapshot=lambda _: Snapshot((hostile,), prepared.snapshot(False).hidden, "proc"),
            whoami=lambda: (text, text),
        ),
        size=(220, 40),
    )


def test_the_heading_says_when_the_kernel_refused_the_better_source(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        assert "sudo portview shows it; netlink refused: EPERM" in stage.text

    refused = replace(prepared.snapshot(False), source="proc", refused="EPERM")
    play(story, replace(prepared, snapshot=lambda _: refused), size=(120, 40))


@pytest.mark.parametrize(
    ("colours", "environment", "chosen", "name"),
    [
        ("truecolor", {}, "auto", "portview"),
        ("256", {}, "auto", "portview"),
        ("truecolor", {"COLORFGBG": "0;15"}, "auto", "portview-light"),
        ("truecolor", {"COLORFGBG": "0;15"}, "dark", "portview"),
        ("truecolor", {}, "light", "portview-light"),
        ("truecolor", {}, "ansi", "portview-ansi"),
        ("standard", {}, "dark", "portview-ansi"),
        (None, {}, "auto", "portview-ansi"),
        ("truecolor", {"NO_COLOR": "1"}, "dark", "portview-ansi"),
        ("truecolor", {"NO_COLOR": ""}, "dark", "portview"),
    ],
)
def test_the_theme_suits_the_terminal(
    colours: str | None, environment: dict[str, str], chosen: str, name: str
) -> None:
    assert theme.suits(colours, environment, chosen) == name


def test_what_is_said_takes_only_the_line_of_the_keys_and_one_at_a_time(play: Play) -> None:
    async def story(stage: Stage) -> None:
        before = stage.text.splitlines()
        stage.app.notify("[/first] is said")
        await stage.until(lambda: "[/first]" in stage.text)
        stage.app.notify("[/second] is said")
        await stage.until(lambda: "[/second]" in stage.text)
        assert "first" not in stage.text
        assert stage.text.splitlines()[:-1] == before[:-1]
        assert "[/second] is said" in stage.footer
        stage.app.notify("word " + "x" * 73 + "E")
        await stage.until(lambda: stage.told.endswith("xE"))

    play(story)


def test_what_was_said_leaves_nothing_behind(play: Play) -> None:
    async def story(stage: Stage) -> None:
        for turn in range(4):
            stage.app.notify(f"told {turn}")
            await stage.pilot.pause(0.05)
        await stage.until(lambda: len(stage.app.screen.query("Toast")) == 1)
        assert "told 3" in stage.text
        assert len(stage.app.screen.query("ToastHolder")) == 1

    play(story)

import pytest
from textual.binding import Binding

from portview.tui import keys
from portview.tui.app import PortviewApp
from portview.tui.keys import Key
from portview.tui.palette import Palette
from portview.tui.panes.local import LocalPane
from portview.tui.panes.probe import ProbePane
from portview.tui.panes.reference import ReferencePane
from portview.tui.panes.scan import ScanPane
from portview.tui.screens import FileScreen, KeysScreen
from portview.tui.stop_screen import StopScreen
from portview.tui.widgets.field import Field, ProtocolChoice
from portview.tui.widgets.panel import Panel, wrap
from portview.tui.widgets.rows import Rows

OWNERS: list[tuple[tuple[Key, ...], type]] = [
    (keys.APP, PortviewApp),
    (keys.FIELD, Field),
    (keys.CHOICE, ProtocolChoice),
    (keys.ROWS, Rows),
    (keys.PANEL, Panel),
    (keys.LOCAL, LocalPane),
    (keys.PROBE, ProbePane),
    (keys.SCAN, ScanPane),
    (keys.REFERENCE, ReferencePane),
    (keys.PALETTE, Palette),
    (keys.FILE_SCREEN, FileScreen),
    (keys.KEYS_SCREEN, KeysScreen),
    (keys.STOP_SCREEN, StopScreen),
]


@pytest.mark.parametrize(("group", "owner"), OWNERS)
def test_every_key_calls_an_action_that_exists(group: tuple[Key, ...], owner: type) -> None:
    for key in group:
        name = key.action.partition("(")[0]
        place = PortviewApp if name.startswith("app.") else owner
        name = name.removeprefix("app.")
        assert callable(getattr(place, f"action_{name}", None)), f"{place.__name__} has no action {name}"


@pytest.mark.parametrize(("group", "owner"), OWNERS)
def test_no_key_is_given_twice_to_one_place(group: tuple[Key, ...], owner: type) -> None:
    # Two keys may have two meanings: Esc cancels while something runs, and goes back else; Space goes on
    # with what is paused or was cut short, and pauses else; w ends a watch that goes on, and begins one else;
    # Enter does a step while there is one, and leaves else.
    first = ("cancel", "go_on", "end_watch", "do")
    spelt = [one for key in group for one in key.keys.split(",") if key.action not in first]
    assert len(spelt) == len(set(spelt))


def test_the_page_of_keys_tells_every_key() -> None:
    told = keys.page_of_keys({}).text()
    for _, group in keys.GROUPS:
        for key in group:
            assert key.shown in told
            assert key.help in told


def test_bindings_say_in_the_footer_what_the_registry_says() -> None:
    for binding, key in zip(keys.bindings(keys.LOCAL), keys.LOCAL, strict=True):
        assert isinstance(binding, Binding)
        assert (binding.key_display, binding.description, binding.tooltip) == (key.shown, key.label, key.help)
        assert binding.show == bool(key.label)


def test_k_never_ends_anything() -> None:
    assert [key.action for group, _ in OWNERS for key in group if "k" in key.keys.split(",")] == [
        "move(-1)",
        "scroll_up",
    ]


def test_the_page_of_keys_begins_with_those_of_the_current_pane() -> None:
    assert [section.label for section in keys.page_of_keys({}, "scan").sections][:2] == [
        "3 Scan",
        "Everywhere",
    ]


def test_every_key_has_one_line_on_a_small_screen() -> None:
    lines = [*wrap(keys.page_of_keys({}), 75)]
    assert len(lines) == 2 + sum(len(group) for _, group in keys.GROUPS)

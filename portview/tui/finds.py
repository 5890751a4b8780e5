"""What there is for the palette to find: all actions, and whatever stands in the panes."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from portview.tui.keys import APP, PANES, ROWS, shown
from portview.tui.palette import Entry
from portview.tui.panes.roster import TITLES

if TYPE_CHECKING:
    from portview.tui.app import PortviewApp
    from portview.tui.panes.pane import Pane


def entries(app: "PortviewApp", panes: "Sequence[Pane[Any]]", keymap: Mapping[str, str]) -> Iterator[Entry]:
    """The actions of the first pane first, then all others, then what is listed in the panes."""
    here = panes[0]
    yield from _actions(app, here, keymap)
    for key in APP:
        if key.action != "palette":
            yield Entry(key.help, "", shown(key, keymap), partial(app.run_action, key.action, app))
    for pane in panes[1:]:
        yield from _actions(app, pane, keymap)
    for key in ROWS:
        yield Entry(key.help, "", shown(key, keymap), partial(app.run_action, key.action, here.rows))
    for pane in panes:
        for find in pane.finds():
            yield Entry(find.text, _title(pane), "", partial(app.show_row, pane, find.key))


def _actions(app: "PortviewApp", pane: "Pane[Any]", keymap: Mapping[str, str]) -> Iterator[Entry]:
    keys = PANES[pane.id or "local"]
    for key in sorted(keys, key=lambda key: not pane.check_action(key.action, ())):  # what can be done first
        yield Entry(key.help, _title(pane), shown(key, keymap), partial(app.do_in, pane, key.action))


def _title(pane: "Pane[Any]") -> str:
    return TITLES[pane.id or "local"][2:]

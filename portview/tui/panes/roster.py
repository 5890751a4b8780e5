"""The panes that there are, by their ids; each is imported when it is first wanted."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from portview.tui.panes.pane import Pane

TITLES: Final = {"local": "1 Local", "probe": "2 Probe", "scan": "3 Scan", "reference": "4 Reference"}

_CLASSES: Final = {
    "local": "LocalPane",
    "probe": "ProbePane",
    "scan": "ScanPane",
    "reference": "ReferencePane",
}


def pane_class(name: str) -> "type[Pane[Any]]":
    """The pane with this id, from the module of that name beside this one."""
    found: type[Pane[Any]] = getattr(import_module(f"portview.tui.panes.{name}"), _CLASSES[name])
    return found

"""Every key of the program, once: bindings, the footer and the page of all keys come from here."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from portview.knowledge.page import Line, Page, Section


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that call it.

    `keys` is Textual's spelling, `shown` is ours; `label` is the word in the footer, empty for what
    only the page of all keys tells. `priority` keys work while typing, too.
    """

    keys: str
    shown: str
    action: str
    help: str
    label: str = ""
    priority: bool = False


APP = (
    Key("1", "1", "pane('local')", "Local: what is open here, who owns it, who reaches it"),
    Key("2", "2", "pane('probe')", "Probe: knock at a port and read why it ended so"),
    Key("3", "3", "pane('scan')", "Scan: which ports of a host are open, closed, filtered"),
    Key("4", "4", "pane('reference')", "Reference: what ports, outcomes and causes mean"),
    Key("question_mark", "?", "keys", "Show all keys", "keys"),
    Key("ctrl+p", "Ctrl-p", "command_palette", "Find an action by name", priority=True),
    Key("q", "q", "quit", "Quit; whatever runs is cancelled", "quit"),
    Key("tab", "Tab", "focus_next", "Go to the next field or panel", priority=True),
    Key("shift+tab", "Shift-Tab", "focus_previous", "Go to the previous field or panel", priority=True),
    Key("ctrl+l", "Ctrl-l", "redraw", "Draw the whole screen again", priority=True),
    Key("ctrl+z", "Ctrl-z", "suspend_process", "Back to the shell; fg there comes back here", priority=True),
    Key("ctrl+c", "Ctrl-c", "interrupt", "Quit from anywhere, also while typing", "quit", priority=True),
)

FIELD = (Key("enter", "Enter", "submit", "Use what is typed: filter, search, probe or start", "go"),)

CHOICE = (Key("space,left,right", "Space ← →", "other", "Choose the other one", "TCP or UDP"),)

ROWS = (
    Key("j,down", "j ↓", "move(1)", "Next row"),
    Key("k,up", "k ↑", "move(-1)", "Previous row"),
    Key("g,home", "g Home", "edge(False)", "First row"),
    Key("G,end", "G End", "edge(True)", "Last row"),
    Key("ctrl+d", "Ctrl-d", "page(1)", "Half a page down"),
    Key("ctrl+u", "Ctrl-u", "page(-1)", "Half a page up"),
    Key("pagedown", "PgDn", "page(2)", "A page down"),
    Key("pageup", "PgUp", "page(-2)", "A page up"),
)

PANEL = (
    Key("j,down", "j ↓", "scroll_down", "A line down"),
    Key("k,up", "k ↑", "scroll_up", "A line up"),
    Key("g,home", "g Home", "scroll_home", "To the top"),
    Key("G,end", "G End", "scroll_end", "To the end"),
    Key("ctrl+d", "Ctrl-d", "half_page(1)", "Half a page down"),
    Key("ctrl+u", "Ctrl-u", "half_page(-1)", "Half a page up"),
    Key("pagedown", "PgDn", "page_down", "A page down"),
    Key("pageup", "PgUp", "page_up", "A page up"),
)

_TYPE_HELP = "Go to the first field: filter, search or target"
_COPY = Key("y", "y", "copy", "Copy the explanation by OSC 52; tmux needs: set -g set-clipboard on", "copy")
_BACK = Key("escape", "Esc", "back", "Leave a field or the details; clear what is typed", "back")
_CANCEL = Key("escape", "Esc", "cancel", "Cancel what runs; what was found stays", "cancel")
_DETAILS = Key("enter", "Enter", "details", "Go to the explanation, to read and scroll it", "details")


def _type(label: str) -> Key:
    return Key("slash", "/", "type", _TYPE_HELP, label)


LOCAL = (
    _DETAILS,
    _BACK,
    _type("filter"),
    Key("p", "p", "probe", "Probe the selected port from here", "probe it"),
    Key("s", "s", "sort", "Sort by the next column", "sort"),
    Key("S", "S", "reverse", "Reverse the order"),
    Key("a", "a", "everything", "Show all sockets, connections too, or listeners alone", "all"),
    Key("x", "x", "stop", "Stop its owner: shows how, and asks", "stop..."),
    Key("r", "r", "refresh", "Read the sockets again now", "refresh"),
    Key("space", "Space", "pause", "Stop or go on refreshing", "pause"),
    _COPY,
    Key("Y", "Y", "copy_row", "Copy the row as one line"),
    Key("c", "c", "copy_command", "Copy the command line of its owner, secrets and all"),
    Key("i", "i", "copy_pid", "Copy the pid of its owner"),
    Key("e", "e", "report", "Write the evidence about it to a file, secrets masked", "report"),
)
PROBE = (
    _CANCEL,
    _DETAILS,
    _BACK,
    _type("new target"),
    Key("p", "p", "probe", "Knock at the selected target once more", "probe again"),
    _COPY,
)
SCAN = (
    _CANCEL,
    _DETAILS,
    _BACK,
    _type("new target"),
    Key("p", "p", "probe", "Probe the selected port from here", "probe it"),
    Key("space", "Space", "pause", "Pause the scan or go on", "pause"),
    Key("f", "f", "filter", "Show open ports alone, then filtered, closed, all", "filter"),
    Key("n", "n", "skip", "Leave the selected host and scan the others", "skip host"),
    Key("r", "r", "refresh", "Scan again", "scan again"),
    Key("c", "c", "compare", "What is different from the scan before", "compare"),
    Key("e", "e", "export", "Write the results to a file", "export"),
    Key("t", "t", "talk", "Hear the first words of open ports in the next scan, or not"),
    _COPY,
)
REFERENCE = (
    _DETAILS,
    _BACK,
    _type("search"),
    Key("n", "n", "neighbours", "List what is related to the selected entry; Esc leads back", "related"),
    _COPY,
)

FILE_SCREEN = (
    Key("escape", "Esc", "close", "Write nothing", "back"),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", priority=True),
)
KEYS_SCREEN = (
    Key("escape,question_mark", "Esc", "close", "Close this page", "close"),
    Key("q", "q", "app.quit", "Quit; whatever runs is cancelled", "quit"),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", priority=True),
)

STOP_SCREEN = (
    Key("enter", "Enter", "do", "Do the first step that is shown", "do it"),
    Key("escape", "Esc", "close", "Leave everything as it is", "leave it"),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", priority=True),
)

_GROUPS = (
    ("Everywhere", APP),
    ("While typing", (*FIELD, *CHOICE)),
    ("Lists", ROWS),
    ("1 Local", LOCAL),
    ("2 Probe", PROBE),
    ("3 Scan", SCAN),
    ("4 Reference", REFERENCE),
    ("In a panel", PANEL),
)


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """Textual's bindings for these keys; what is described there stands in the footer."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label,
            show=bool(key.label),
            key_display=key.shown,
            priority=key.priority,
            tooltip=key.help,
        )
        for key in keys
    ]


def page_of_keys() -> Page:
    """All keys on one page."""
    sections = (
        Section(label, tuple(Line(f"{key.shown:<10} {key.help}") for key in keys)) for label, keys in _GROUPS
    )
    return Page("Keys", tuple(sections))

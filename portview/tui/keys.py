"""Every key of the program, once: bindings, footer, palette and the page of all keys come from here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from portview.knowledge.page import Line, Page, Section


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that call it.

    `keys` is Textual's spelling, `shown` is ours, empty where each key stands for itself; `label` is the
    word in the footer, empty for what only the page of all keys tells. `priority` keys work while typing,
    too. `name` is what the user's settings call it, one for the same action in several places.
    """

    keys: str
    shown: str
    action: str
    help: str
    label: str = ""
    priority: bool = False
    alias: str = ""

    @property
    def name(self) -> str:
        """What the settings call it."""
        return self.alias or self.action.removeprefix("app.").replace("_", "-")


APP = (
    Key("1", "1", "pane('local')", "Local: what is open here, whose, and who gets at it", alias="local"),
    Key("2", "2", "pane('probe')", "Probe: knock at a port and read why it ended so", alias="probe-pane"),
    Key("3", "3", "pane('scan')", "Scan: which ports of a host are open or filtered", alias="scan-pane"),
    Key("4", "4", "pane('reference')", "Reference: what ports, outcomes and causes mean", alias="reference"),
    Key("backspace", "Bksp", "return", "Back to the pane you came from, to the row you left", "return"),
    Key("question_mark", "?", "keys", "Show all keys", "keys"),
    Key(
        "ctrl+p",
        "Ctrl-p",
        "palette",
        "Find any action, port, process, past knock or scan",
        "find",
        priority=True,
    ),
    Key("q", "q", "quit", "Quit; whatever runs is cancelled", "quit"),
    Key("tab", "Tab", "focus_next", "Go to the next field or panel", priority=True),
    Key("shift+tab", "Shift-Tab", "focus_previous", "Go to the previous field or panel", priority=True),
    Key("comma", ",", "settings", "Say where the settings are; write them if missing"),
    Key("ctrl+l", "Ctrl-l", "redraw", "Draw the whole screen again", priority=True),
    Key("ctrl+z", "Ctrl-z", "suspend_process", "Back to the shell; fg there comes back here", priority=True),
    Key("ctrl+c", "Ctrl-c", "interrupt", "Quit from anywhere, also while typing", "quit", priority=True),
)

_SUBMIT = Key("enter", "Enter", "submit", "Use what is typed: filter, search, probe or start", "go")

FIELD = (
    _SUBMIT,
    Key("right", "→", "complete", "Take the completion that is shown", "complete"),
    Key("alt+b,ctrl+left", "Alt-b", "cursor_left_word", "A word to the left", alias="word-left"),
    Key("alt+f,ctrl+right", "Alt-f", "cursor_right_word", "A word to the right", alias="word-right"),
    Key("alt+backspace,ctrl+w", "Ctrl-w", "delete_left_word", "Delete the word to the left"),
)

CHOICE = (_SUBMIT, Key("space,left,right", "Space ← →", "other", "Choose the other one", "TCP or UDP"))

ROWS = (
    Key("j,down", "j ↓", "move(1)", "Next row", alias="down"),
    Key("k,up", "k ↑", "move(-1)", "Previous row", alias="up"),
    Key("g,home", "g Home", "edge(False)", "First row", alias="top"),
    Key("G,end", "G End", "edge(True)", "Last row", alias="bottom"),
    Key("ctrl+d", "Ctrl-d", "page(1)", "Half a page down", alias="half-down"),
    Key("ctrl+u", "Ctrl-u", "page(-1)", "Half a page up", alias="half-up"),
    Key("pagedown,ctrl+f", "PgDn", "page(2)", "A page down", alias="page-down"),
    Key("pageup,ctrl+b", "PgUp", "page(-2)", "A page up", alias="page-up"),
)

PANEL = (
    Key("j,down", "j ↓", "scroll_down", "A line down", alias="down"),
    Key("k,up", "k ↑", "scroll_up", "A line up", alias="up"),
    Key("g,home", "g Home", "scroll_home", "To the top", alias="top"),
    Key("G,end", "G End", "scroll_end", "To the end", alias="bottom"),
    Key("ctrl+d", "Ctrl-d", "half_page(1)", "Half a page down", alias="half-down"),
    Key("ctrl+u", "Ctrl-u", "half_page(-1)", "Half a page up", alias="half-up"),
    Key("pagedown,ctrl+f", "PgDn", "page_down", "A page down"),
    Key("pageup,ctrl+b", "PgUp", "page_up", "A page up"),
)

_TYPE_HELP = "Go to the first field: filter, search or target"
_COPY = Key("y", "y", "copy", "Copy the explanation: to the clipboard and a file", "copy")
_BACK = Key("escape", "Esc", "back", "Leave a field or the details; clear what is typed", "back")
_CANCEL = Key("escape", "Esc", "cancel", "Cancel what runs; what was found stays", "cancel")
_DETAILS = Key("enter", "Enter", "details", "Go to the explanation, to read and scroll it", "read")
_UNDO = Key("u", "u", "undo", "Take back the last change of the filter", "undo")
_SCAN = Key("n", "n", "scan", "Scan the host of the selected row", "scan")
_ABOUT = Key("i", "i", "about", "What is this port? Its page of the reference", "about")
_HANDBOOK = Key("h", "h", "handbook", "Why it ended so: the page of the handbook", "why")


def _type(label: str) -> Key:
    return Key("slash", "/", "type", _TYPE_HELP, label)


LOCAL = (
    _DETAILS,
    _BACK,
    _type("filter"),
    Key("p", "p", "probe", "Probe the selected port from here", "probe"),
    Key("x", "x", "stop", "Stop its owner: shows how, and asks", "stop..."),
    _SCAN,
    _ABOUT,
    Key("s", "s", "sort", "Sort by the next column", "sort"),
    Key("S", "S", "reverse", "Reverse the order"),
    Key("a", "a", "everything", "Show connections too, or listeners alone", "all"),
    _UNDO,
    Key("r", "r", "refresh", "Read the sockets again now", "refresh"),
    Key("space", "Space", "pause", "Stop or go on refreshing", "pause"),
    _COPY,
    Key("Y", "Y", "copy_row", "Copy the row as one line"),
    Key("c", "c", "copy_command", "Copy the command line of its owner, secrets and all"),
    Key("P", "P", "copy_pid", "Copy the pid of its owner"),
    Key("e", "e", "report", "Write the evidence to a file, secrets masked", "report"),
)
PROBE = (
    _CANCEL,
    _DETAILS,
    _BACK,
    _type("target"),
    Key("p", "p", "probe", "Knock at the selected target once more", "again"),
    Key("w", "w", "watch", "Watch it: knock every few seconds", "watch"),
    Key("w", "w", "end_watch", "End the watch that goes on", "end watch", alias="watch"),
    _HANDBOOK,
    _SCAN,
    _ABOUT,
    _COPY,
)
SCAN = (
    _CANCEL,
    _DETAILS,
    _BACK,
    _type("target"),
    Key("p", "p", "probe", "Probe the selected port from here", "probe"),
    Key("space", "Space", "pause", "Pause the scan", "pause"),
    Key(
        "space",
        "Space",
        "go_on",
        "Go on with a paused scan, or one that was cut short",
        "go on",
        alias="pause",
    ),
    Key("f", "f", "filter", "Show open ports alone, then filtered, closed, all", "filter"),
    Key("x", "x", "skip", "Leave the selected host and scan the others", "skip host"),
    _HANDBOOK,
    _ABOUT,
    Key("r", "r", "refresh", "Scan again", "again"),
    Key("c", "c", "compare", "What is different from the scan before", "compare"),
    Key("e", "e", "export", "Write the results to a file", "export"),
    Key("o", "o", "past", "Past scans: open one again, to read it or go on", "past scans"),
    _COPY,
    Key("t", "t", "talk", "Hear open ports' first words in the next scan", "first words"),
)
REFERENCE = (
    _DETAILS,
    _BACK,
    _type("search"),
    Key("n", "n", "neighbours", "List what is related to it; Esc leads back", "related"),
    _UNDO,
    _COPY,
)

FILE_SCREEN = (
    Key("escape", "Esc", "close", "Write nothing", "back"),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", priority=True),
)
KEYS_SCREEN = (
    Key("escape,q,question_mark", "", "close", "Close this page", "close"),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", priority=True),
)

STOP_SCREEN = (
    Key("enter", "Enter", "do", "Do the first step that is shown", "do it"),
    Key("enter", "Enter", "leave", "Close this page: there is no step left"),
    Key("escape,q", "", "close", "Leave everything as it is", "close"),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", priority=True),
)

PAST_SCREEN = (
    Key("enter", "Enter", "choose", "Open this scan again", "open"),
    Key("escape,q", "", "close", "Close this page", "close"),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", priority=True),
)

PALETTE = (
    Key("down,ctrl+n", "↓", "move(1)", "Next find", alias="next-find"),
    Key("up", "↑", "move(-1)", "Previous find", alias="previous-find"),
    Key("pagedown", "PgDn", "page(2)", "A page down", alias="page-down"),
    Key("pageup", "PgUp", "page(-2)", "A page up", alias="page-up"),
    Key("escape,ctrl+p", "Esc", "close", "Close this page", "close", priority=True),
    Key("ctrl+c", "Ctrl-c", "app.interrupt", "Quit from anywhere, also while typing", "quit", priority=True),
)

PANES = {"local": LOCAL, "probe": PROBE, "scan": SCAN, "reference": REFERENCE}

GROUPS = (
    ("Everywhere", APP),
    ("While typing", tuple(dict.fromkeys((*FIELD, *CHOICE)))),
    ("Lists", ROWS),
    ("1 Local", LOCAL),
    ("2 Probe", PROBE),
    ("3 Scan", SCAN),
    ("4 Reference", REFERENCE),
    ("In a panel", PANEL),
    ("Finding", PALETTE),
)
"""All keys by where they work."""

_SIGNS = {
    "question_mark": "?",
    "comma": ",",
    "slash": "/",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
}


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """Textual's bindings for these keys; what is described there stands in the footer."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label,
            show=bool(key.label),
            key_display=key.shown or None,
            priority=key.priority,
            tooltip=key.help,
            id=key.name,
        )
        for key in keys
    ]


def spelt(keys: str) -> str:
    """How keys that the user chose are shown: `ctrl+n,question_mark` is read as "Ctrl-n ?"."""
    return " ".join(
        _SIGNS.get(key, key.replace("ctrl+", "Ctrl-").replace("shift+", "Shift-")) for key in keys.split(",")
    )


def page_of_keys(keymap: Mapping[str, str], pane: str | None = None) -> Page:
    """All keys on one page, a pane's own first; `keymap` has those that the user chose, by name."""
    own = PANES.get(pane or "")
    sections = (
        Section(label, tuple(Line(f"{shown(key, keymap):<10} {key.help}") for key in keys))
        for label, keys in sorted(GROUPS, key=lambda group: group[1] is not own)
    )
    return Page("Keys", tuple(sections))


def shown(key: Key, keymap: Mapping[str, str]) -> str:
    """How the keys of an action are shown; `keymap` has those that the user chose, by name."""
    return spelt(keymap[key.name]) if key.name in keymap else key.shown


def keymap_complaints(keymap: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each name of a keymap that cannot be used, once, with the reason."""
    names = {key.name for _, keys in GROUPS for key in keys}
    bad: set[str] = set()
    for name, keys in keymap.items():
        if name not in names:
            bad.add(name)
            yield name, "is no action"
        elif not all(key.strip() for key in keys.split(",")):
            bad.add(name)
            yield name, "names no key"
    changed = {
        key.name: keymap[key.name]
        for _, group in GROUPS
        for key in group
        if key.name in keymap and key.name not in bad and keymap[key.name] != key.keys
    }
    for pane in PANES.values():
        for place in (ROWS, PANEL):
            holder: dict[str, str] = {}
            for key in (*APP, *place, *pane):
                for one in changed.get(key.name, key.keys).split(","):
                    other = holder.setdefault(one.strip(), key.name)
                    name, taken = (key.name, other) if key.name in changed else (other, key.name)
                    if other != key.name and name in changed and name not in bad:
                        bad.add(name)
                        yield name, f"is {one.strip()}, the key of {taken}"

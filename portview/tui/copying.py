"""Copying: through the terminal to the clipboard, and into a file: no terminal says whether it did."""

from textual.app import App

from portview.text import clean
from portview.tui.places import replacing, state_folder


def copy(app: App[None], text: str) -> str:
    """Copy, and say where the text is now.

    OSC 52 works over SSH; tmux passes it on with `set -g set-clipboard on`, screen does not.
    """
    app.copy_to_clipboard(text)
    path = state_folder() / "copied.txt"
    try:
        with replacing(path) as fresh:
            fresh.write_text(text, encoding="utf-8")
    except OSError as error:
        return f"Sent to the terminal's clipboard; {clean(str(path))} cannot be written: {error.strerror}"
    return f"Sent to the terminal's clipboard; also in {clean(str(path))}"

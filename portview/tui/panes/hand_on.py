"""Handing a socket on: to the clipboard as a row, a command line or a pid, or to a file as a report."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from portview.sockets.records import LocalSocket
from portview.text import clean
from portview.tui.panes.local_columns import owner
from portview.tui.panes.marks import Mark, Shown
from portview.tui.panes.pane import Pane

if TYPE_CHECKING:
    from portview.diagnose.survey import Survey


class HandOn(Pane[Shown]):
    """A pane of sockets whose selected one can be copied in several forms."""

    def survey(self) -> "Survey | None":
        """What is known of the sockets."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to copy what there is; who has gone cannot be stopped, and its pid may be another's."""
        shown = self.rows.selected
        if action in ("copy_row", "report"):
            return shown is not None
        if action == "stop":
            return shown is not None and shown.mark is not Mark.GONE
        if action in ("copy_command", "copy_pid"):
            return shown is not None and bool(shown.socket.owners)
        return super().check_action(action, parameters)

    def action_copy_row(self) -> None:
        """Copy the selected row as one line of text."""
        self._copy(_row)

    def action_copy_command(self) -> None:
        """Copy the whole command line, with whatever secrets it holds."""
        self._copy(lambda socket: socket.owners[0].command or socket.owners[0].name or "")

    def action_copy_pid(self) -> None:
        """Copy the pids, with spaces between them."""
        self._copy(lambda socket: " ".join(str(one.pid) for one in socket.owners))

    def _copy(self, text_of: Callable[[LocalSocket], str]) -> None:
        shown = self.rows.selected
        if shown is not None:
            text = text_of(shown.socket)
            self.app.copy_to_clipboard(text)
            self.app.notify(f"Sent to the terminal's clipboard: {clean(text, 60)}", timeout=3, markup=False)

    def action_report(self) -> None:
        """Write the evidence about the selected socket to a new file in the current folder."""
        shown, survey = self.rows.selected, self.survey()
        if shown is None or survey is None:
            return
        now, socket = self.services.now(), shown.socket
        path = Path(f"portview-{socket.port}-{socket.protocol}-{now:%Y%m%d-%H%M%S}.txt")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(self.services.socket_report(socket, survey, now))
        except OSError as error:
            self.app.notify(f"{path}: {error.strerror}", severity="error", markup=False)
        else:
            self.app.notify(f"Written to {clean(str(path.absolute()))}", timeout=6, markup=False)


def _row(socket: LocalSocket) -> str:
    peer = f" {socket.peer}" if socket.peer else ""
    pids = " ".join(str(one.pid) for one in socket.owners)
    parts = (
        f"{socket.protocol} {socket.address}:{socket.port}{peer}",
        socket.state,
        socket.user or "?",
        owner(socket),
        pids,
        socket.service or "",
    )
    return "  ".join(part for part in parts if part)

"""The half of the probe pane that remembers: what is kept of each knock, and how it comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from portview.tui.log import LOG
from portview.tui.panes.knocks import Knock
from portview.tui.panes.pane import Pane
from portview.tui.services import Knocked, Services

if TYPE_CHECKING:
    from portview.diagnose.saved import SavedKnock


class ProbeMemory(Pane[Knock]):
    """Keeps knocks on the shelf, and reads them again."""

    @dataclass
    class Recalled(Message):
        """The past knocks have been read, newest first, and the names to complete by."""

        knocks: "Sequence[SavedKnock]"
        hosts: tuple[str, ...]

    @dataclass
    class NotKept(Message):
        """A knock cannot be kept for the next start."""

        why: str

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._forgets = False

    @work(thread=True, exit_on_error=False, group="past")
    def read_past(self) -> None:
        """Read the past knocks."""
        knocks = self.services.knocks.records()
        hosts = self.services.hosts([knock.observation.target.host for knock in knocks])
        self.post_message(self.Recalled(knocks, hosts))

    def keep(self, knocked: Knocked) -> None:
        """Keep a knock for the next start at once: who knows how this one ends."""
        from portview.diagnose.saved import SavedKnock

        try:
            self.services.knocks.keep(SavedKnock(knocked.observation, knocked.listeners))
        except OSError as error:
            LOG.warning("a knock cannot be kept: %s", error)
            self.post_message(self.NotKept(error.strerror or str(error)))

    def on_probe_memory_not_kept(self, message: NotKept) -> None:
        """Say so once: what hinders one knock hinders the next."""
        if not self._forgets:
            self._forgets = True
            told = f"Knocks are not kept for the next start: {message.why}"
            self.app.notify(told, severity="warning", timeout=8, markup=False)

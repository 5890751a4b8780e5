"""What one pane hands to another, so that nobody types it again."""

from typing import NamedTuple

from portview.vocabulary import Protocol


class Subject(NamedTuple):
    """A port, and the host it belongs to; None: no matter which port, or no host in particular.

    `entry` names a page of the handbook that is wanted instead of the port's.
    """

    port: int | None = None
    protocol: Protocol = Protocol.TCP
    host: str | None = None
    entry: str | None = None

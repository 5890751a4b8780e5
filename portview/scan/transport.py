"""What the engine wants of a way to knock: see tcp.py and udp.py."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from portview.probe.errqueue import QueuedError
from portview.scan.knock import Answer, Try
from portview.vocabulary import Protocol as Layer

if TYPE_CHECKING:
    from portview.scan.host import Host

# The kernel happened to give the socket the very port it knocks at: it talks to itself, which looks
# exactly like an open port.
SELF_CONNECT = -1


class AtOnce(NamedTuple):
    """A port whose answer was there at once: an errno as in Answer, and how long that took."""

    port: int
    error_number: int
    rtt_s: float
    queued: QueuedError | None


class Transport(Protocol):
    """Knocks at ports and hears what comes of it; `burst` and `start` raise OSError without a socket."""

    protocol: Layer

    @property
    def places(self) -> int:
        """How many more tries it can keep open now."""

    def burst(self, host: "Host", ports: Sequence[int]) -> list[AtOnce]:
        """Knock at ports of this machine itself, one after the other, while they answer at once.

        Returns the answers of the first of `ports`; the port after those did not answer at once.
        """

    def start(self, one: Try) -> Answer | None:
        """Make a try; return what came of it if that is known at once."""

    def wait(self, timeout_s: float) -> list[Answer]:
        """Hear what has come, or comes within the time."""

    def drop(self, one: Try) -> None:
        """Expect nothing of this try any more."""

    def close(self) -> None:
        """Free everything."""

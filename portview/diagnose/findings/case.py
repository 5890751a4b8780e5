"""What a rule sees, and what it says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portview.sockets.about import About
from portview.sockets.owner.records import Process
from portview.sockets.records import LocalSocket, Snapshot
from portview.sockets.scope import Scope
from portview.vocabulary import Confidence, Protocol

_OUTSIDE = frozenset({Scope.LINK_LOCAL, Scope.PRIVATE, Scope.PUBLIC, Scope.EVERY_ADDRESS})


@dataclass(frozen=True, slots=True)
class Case:
    """One socket with all that a rule may look at.

    `same_port` are the listeners on its port, itself among them, over both transports. `crowd` counts
    the connections on its port by state, empty where connections were not read. `towards` are the
    connections from this machine to the same remote end.
    """

    socket: LocalSocket
    about: About
    snapshot: Snapshot
    same_port: Sequence[LocalSocket] = ()
    crowd: Mapping[str, int] | None = None
    towards: Sequence[LocalSocket] = ()

    @property
    def is_exposed(self) -> bool:
        """Whether strangers can knock: more than this machine, its containers or a VPN."""
        return self.socket.is_listener and self.about.scope in _OUTSIDE and not self.is_client

    @property
    def is_client(self) -> bool:
        """Whether it is a UDP socket that only waits for answers."""
        return self.socket.protocol is Protocol.UDP and self.socket.ephemeral is True

    @property
    def processes(self) -> tuple[Process, ...]:
        """The holders, as far as they are known."""
        return self.about.holders

    @property
    def program(self) -> str | None:
        """The name of the process that holds it."""
        return self.socket.owners[0].name if self.socket.owners else None

    @property
    def known_as(self) -> str:
        """That name as far as the kernel keeps it (TASK_COMM_LEN), which is what programs are known by."""
        return (self.program or "")[:15]


@dataclass(frozen=True, slots=True)
class Concern:
    """What one rule found, before it has words.

    `id` is a key of `findings.toml`, or of `risky.toml` when `risk` is set. `because` is the key of a
    sentence in `sockets.toml`, [because], that tells how it is known. `values` are safe to show.
    """

    id: str
    confidence: Confidence = Confidence.CERTAIN
    values: tuple[tuple[str, str], ...] = ()
    because: str | None = None
    risk: bool = False


Rule = Callable[[Case], Iterable[Concern]]


def concern(finding: str, confidence: Confidence = Confidence.CERTAIN, **values: str) -> Concern:
    """A finding of `findings.toml` with the values that its sentences name."""
    return Concern(finding, confidence, tuple(values.items()))

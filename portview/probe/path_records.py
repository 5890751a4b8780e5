"""The way of a port's packets: records apart, since quick knocks have none."""

from dataclasses import dataclass

from portview.probe.records import Attempt

_MAX_TTL = 255  # one byte of the header (RFC 791, RFC 8200)


@dataclass(frozen=True, slots=True)
class Hop:
    """One TTL of a trace: who reported that it ran out, and after how long; None: nobody did.

    Raises ValueError for a TTL that no packet can have: whoever shows a path counts up to its last one.
    """

    ttl: int
    sender: str | None = None
    rtt_ms: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.ttl <= _MAX_TTL:
            raise ValueError(f"no packet has a TTL of {self.ttl}")


@dataclass(frozen=True, slots=True)
class Trace:
    """One port's way, TTL by TTL.

    `hops` ascend and end before the answer. `answer` is what came back at the lowest TTL that was
    not reported as run out (None: nothing did), at `answer_ttl`.
    """

    port: int
    hops: tuple[Hop, ...]
    answer_ttl: int | None = None
    answer: Attempt | None = None

    @property
    def last_hop(self) -> Hop | None:
        """The farthest hop that reported itself."""
        return next((hop for hop in reversed(self.hops) if hop.sender), None)


@dataclass(frozen=True, slots=True)
class Path:
    """The way to the port that was asked for, and to a port that answers, for comparison.

    `forwarded` are other ports that the address was seen to pass on: it reported their packets as run
    out itself. `on_link` says that no router is between, as far as this machine's routes tell.
    """

    address: str
    target: Trace
    control: Trace | None = None
    forwarded: tuple[int, ...] = ()
    on_link: bool = False

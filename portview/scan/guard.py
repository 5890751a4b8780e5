"""Disbelief when too many ports are open: a proxy or a tarpit may answer for the host.

Then a few ports are asked that are picked at random: on a real host hardly one of them is open. And
where a router is between, one knock is made that must die at it (TTL 1): an answer to that one comes
from no farther than there. No clock, no sockets.
"""

from collections.abc import Collection, Iterator
from random import Random

# More open ports than this are suspicious, or this share of those asked, if there are a few at least.
_MANY = 200
_SHARE = 0.2
_FEW = 10
RANDOM_PORTS = 5
_FIRST_PORT, _LAST_PORT = 1024, 65535


class Guard:
    """The doubts about one host. `asked` random ports were asked, and `open` of them are open."""

    __slots__ = ("asked", "is_answered_nearby", "is_raised", "open", "open_ports")

    def __init__(self) -> None:
        self.is_raised = False
        self.open_ports = 0
        self.asked = 0
        self.open = 0
        self.is_answered_nearby = False

    def is_suspicious(self, done: int) -> bool:
        """Whether so many of the `done` ports are open that it is time to ask, for the first time."""
        if self.is_raised:
            return False
        return self.open_ports > _MANY or self.open_ports > max(_FEW, _SHARE * done)

    def landed(self, *, is_open: bool, is_near: bool) -> None:
        """A knock of doubt has come to its end; `is_near`: the one that cannot pass a router."""
        if is_near:
            self.is_answered_nearby = is_open
        else:
            self.open += is_open

    @property
    def is_everything_open(self) -> bool:
        """Whether every port is, asked for or not; one may have been missed."""
        return self.asked > 1 and self.open >= self.asked - 1


def random_ports(asked_for: Collection[int], seed: int) -> Iterator[int]:
    """A few ports picked at random, not among those that were asked for if that can be avoided."""
    chance = Random(seed)
    for _ in range(RANDOM_PORTS):
        port = chance.randint(_FIRST_PORT, _LAST_PORT)
        for _ in range(100):
            if port not in asked_for:
                break
            port = chance.randint(_FIRST_PORT, _LAST_PORT)
        yield port

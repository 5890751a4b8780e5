"""What a scan still has to do, foretold from how its ports have come out so far. No clock, no sockets."""

import math
from typing import NamedTuple


class Left(NamedTuple):
    """Knocks still to be sent; `staying` of them will keep their places in a router's table (rate.py).

    `rounds` is how often a port will still be asked and waited for, one time after the other.
    """

    sends: float
    staying: float
    rounds: int

    def __add__(self, other: object) -> "Left":
        """Both, side by side."""
        if not isinstance(other, Left):
            return NotImplemented
        return Left(self.sends + other.sends, self.staying + other.staying, max(self.rounds, other.rounds))


NOTHING = Left(0.0, 0.0, 0)


class Outcomes(NamedTuple):
    """How the ports of a host that are known have come out, in shares from 0 to 1.

    `silent` ones are asked `tries` times; `rejected` ones were answered by an ICMP error.
    """

    silent: float
    rejected: float
    tries: int


def left_at(outcomes: Outcomes, unsent: int, flying: tuple[int, float], again: tuple[int, float]) -> Left:
    """What is left at a host with so many ports that were never asked.

    `flying` ports are asked now and `again` ones wait to be asked once more: how many, and how often
    each has been asked so far.
    """
    silent, rejected, tries = outcomes
    repeats = again[0] * max(1.0, tries - again[1]) if again[0] else 0.0
    repeats += flying[0] * silent * max(0.0, tries - flying[1])
    rounds = 0
    if unsent:
        rounds = tries if silent else 1
    elif again[0]:
        rounds = max(1, math.ceil(tries - again[1]))
    elif flying[0]:
        rounds = 1 + math.ceil(max(0.0, tries - flying[1]) if silent else 0.0)
    return Left(
        unsent * (1 + silent * (tries - 1)) + repeats,
        unsent * (silent * tries + rejected) + repeats,
        rounds,
    )

"""How many packets get lost on the way to a host, and how often a silent port must be asked then."""

import math

TRIES_MIN = 2
TRIES_MAX = 8
# How often a port that answers may be missed: where little is lost, and in a whole scan otherwise.
_MISSED_PORT = 1e-4
_MISSED_SCAN = 0.001
_MUCH = 0.01


class Loss:
    """Counts tries at ports that are known to answer: those without an answer got lost.

    A silent port says nothing of loss: it may be filtered.
    """

    def __init__(self) -> None:
        self._tries = 0
        self._lost = 0
        self._withheld = 0

    def answered(self, tries: int) -> None:
        """A port answered the last of `tries` tries, and none of those before."""
        self._tries += tries
        self._lost += tries - 1

    def withheld(self) -> None:
        """A rejection came only when it was asked again: no loss, but a reason to ask more often."""
        self._tries += 1
        self._withheld += 1

    def missed(self) -> None:
        """A port that has answered before did not answer once."""
        self._tries += 1
        self._lost += 1

    @property
    def share(self) -> float | None:
        """The share of tries that got lost, 0 to 1; None when nothing has been answered."""
        return self._lost / self._tries if self._tries > self._lost else None

    def tries_for(self, ports: int) -> int:
        """How often a silent one among `ports` is asked before its silence is believed.

        Where more than 1 % is lost, so often that in 999 of 1,000 scans of as many ports none is missed.
        Few answers say little of loss: then it is taken for a little more than was seen.
        """
        if self.share is None:
            return TRIES_MIN
        unanswered, tries = self._lost + self._withheld, self._tries + self._withheld
        share = (unanswered + 0.5) / (tries + 1)
        wanted = _MISSED_SCAN / ports if unanswered / tries > _MUCH else _MISSED_PORT
        needed = math.ceil(math.log(min(wanted, _MISSED_PORT)) / math.log(share))
        return min(max(needed, TRIES_MIN), TRIES_MAX)

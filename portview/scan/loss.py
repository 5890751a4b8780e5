"""How many packets get lost on the way to a host, and how often a silent port must be asked then.

Who has heard three answers and lost none knows little of a line: its loss is one share out of many, some
likelier than others. Before anything is heard they are taken to be Beta(0.5, 25.5), 2 % in the mean: half of
all lines lose less than 1 % of the tries, one in ten more than 5 %, one in a hundred more than 12 %. That is
on the careful side: most fixed lines of the FCC's "Measuring Broadband America" lose less than 0.4 % when
they are busiest, and wireless ones a few percent. Each try at a port that is known to answer then counts as
one more of those that were assumed, lost or not (the conjugate prior of a binomial), and soon outweighs them.
"""

TRIES_MIN = 2
TRIES_MAX = 8
# How often a port that answers may be missed: where little is lost, and in a whole scan otherwise.
_MISSED_PORT = 1e-4
_MISSED_SCAN = 0.001
_MUCH = 0.01
# What is assumed before anything is heard, in tries.
_PRIOR_LOST = 0.5
_PRIOR_TRIES = 26


class Loss:
    """Counts tries at ports that are known to answer: those without an answer got lost.

    A silent port says nothing of loss: it may be filtered.
    """

    def __init__(self, *, is_repeated: bool = True) -> None:
        """`is_repeated`: the kernel repeats a knock by itself, after 1 s as it does with a SYN."""
        self._is_repeated = is_repeated
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

        So often that, over all lines on which as much would have been heard, a port that answers is missed
        once in 10,000 times; where more than 1 % is lost, so often that in 999 of 1,000 scans of as many
        ports none is. While nothing is heard a try is waited for so long that its repeats count as well.
        """
        if self.share is None and self._is_repeated:
            return TRIES_MIN
        unanswered, tries = self._lost + self._withheld, self._tries + self._withheld
        wanted = min(_MISSED_PORT, _MISSED_SCAN / ports) if unanswered > _MUCH * tries else _MISSED_PORT
        # The chance that all tries get lost: each that was makes a bad line likelier, and so the next loss.
        missed = 1.0
        for number in range(TRIES_MAX):
            missed *= (_PRIOR_LOST + unanswered + number) / (_PRIOR_TRIES + tries + number)
            if missed <= wanted:
                return max(number + 1, TRIES_MIN)
        return TRIES_MAX

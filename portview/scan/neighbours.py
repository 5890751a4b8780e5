"""For which addresses of its own networks the kernel searches without an answer.

The ICMP errors that say so are rate limited, a thousand a second for all addresses together: of a
network full of machines that are off, most would only seem silent. The neighbour table has them all.
"""

from typing import NamedTuple

from portview.netlink.rtnetlink import Neighbour, State, neighbours


class Table(NamedTuple):
    """Addresses that have been found, and those that are searched for or were in vain."""

    found: frozenset[Neighbour]
    lost: frozenset[Neighbour]

    def then(self, now: "Table") -> "Table":
        """What is known with a later table: who was searched for in vain, until found.

        When its table fills, the kernel forgets failed searches at once, but nobody whom it has found
        within five seconds (neigh_forced_gc in net/core/neighbour.c).
        """
        return Table(now.found, (self.lost - now.found) | now.lost)


def read_table() -> Table:
    """The kernel's table of neighbours; empty where it cannot be asked."""
    lost: set[Neighbour] = set()
    found: set[Neighbour] = set()
    for neighbour, state in neighbours():
        (lost if state & (State.INCOMPLETE | State.FAILED) else found).add(neighbour)
    return Table(frozenset(found), frozenset(lost - found))

"""For which addresses of its own networks the kernel searches without an answer.

The ICMP errors that say so are rate limited, a thousand a second for all addresses together: of a
network full of machines that are off, most would only seem silent. The neighbour table has them all.
"""

from portview.probe.rtnetlink import Neighbour, State, neighbours


def unanswered() -> frozenset[Neighbour]:
    """Addresses that are searched for, or were in vain; empty where the kernel cannot be asked."""
    lost: set[Neighbour] = set()
    known: set[Neighbour] = set()
    for neighbour, state in neighbours():
        (lost if state & (State.INCOMPLETE | State.FAILED) else known).add(neighbour)
    return frozenset(lost - known)

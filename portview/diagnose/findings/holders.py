"""What is unusual about who holds a port."""

from collections.abc import Iterable

from portview.diagnose.findings.case import Case, Concern, concern
from portview.sockets.entry import BOUND
from portview.sockets.records import Sharing
from portview.vocabulary import Protocol


def nobody_visible(case: Case) -> Iterable[Concern]:
    """Everybody was asked, and nobody has it."""
    here = case.socket
    if here.is_listener and here.inode is not None and not here.owners and not here.owner_hidden:
        yield concern("nobody_visible")


def bound_only(case: Case) -> Iterable[Concern]:
    """Why a port can be in use though nothing listens on it."""
    if case.socket.state == BOUND:
        yield concern("bound_only")


def reuse_port_strangers(case: Case) -> Iterable[Concern]:
    """UDP is left out: there many programs listen together for multicast on purpose."""
    here = case.socket
    if here.protocol is Protocol.UDP or here.shared is None or here.shared.how is not Sharing.REUSE_PORT:
        return
    group = [one for one in case.same_port if (one.address, one.protocol) == (here.address, here.protocol)]
    names = sorted({owner.name for one in group for owner in one.owners if owner.name})
    if len(names) > 1:
        yield concern("reuse_port_strangers", programs=", ".join(names))


RULES = (nobody_visible, bound_only, reuse_port_strangers)

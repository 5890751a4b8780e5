"""What DNS says of a name that /etc/hosts has already answered: a forgotten line there is hard to see."""

import threading
from dataclasses import replace

from portview.probe.background import Call
from portview.probe.records import NameSource, Resolution
from portview.probe.waiting import CancelledError
from portview.vocabulary import Family

_PATIENCE_S = 1.0
# Names that are no business of DNS (RFC 6761, RFC 6762).
_NOT_DNS = ("localhost", "local", "invalid", "test")


def is_worth_asking(resolution: Resolution) -> bool:
    """Whether the name came from the hosts file, and DNS could know it too."""
    labels = resolution.name.rstrip(".").lower().split(".")
    return resolution.source is NameSource.HOSTS and len(labels) > 1 and labels[-1] not in _NOT_DNS


class SecondOpinion:
    """DNS, asked beside the knocks; it is given a second."""

    def __init__(self, resolution: Resolution, families: tuple[Family, ...]) -> None:
        self._resolution = resolution
        self._families = families
        self._call = Call(self._ask)

    def _ask(self) -> tuple[str, ...]:
        from portview.probe import dns_query  # dnspython costs 80 ms: few names pay for it

        return dns_query.query(self._resolution.name, self._families, _PATIENCE_S).addresses

    def joined(self, until: float, cancel: threading.Event | None) -> Resolution:
        """The resolution with what DNS has said by the monotonic time `until`, or until it is cancelled."""
        try:
            addresses = self._call.value(until, cancel)
        except CancelledError:
            return self._resolution
        return replace(self._resolution, dns_addresses=addresses or None)

"""Which tries are on their way, and which have been silent for their time but may still be answered."""

import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator

from portview.scan.host import Host
from portview.scan.knock import Knock, Try
from portview.scan.transport import Transport

# How long a late answer is waited for. The kernel repeats the SYN each second or so meanwhile: long
# enough for one repeat, short enough not to send more packets than the scan itself.
_LATE_S = 2.0


class Flights:
    """All tries that may be answered; `count` of them take a place in a window."""

    def __init__(self, transport: Transport) -> None:
        self.count = 0
        self._transport = transport
        # Silent tries whose place is given away, with the time when it was; the oldest first.
        self._late: OrderedDict[Try, float] = OrderedDict()

    def start(self, one: Try) -> None:
        """A try is on its way."""
        host = one.knock.host
        one.knock.tries.append(one)
        host.flying.append(one)
        host.in_flight += 1
        self.count += 1

    def next_s(self, hosts: Iterable[Host], latest_s: float) -> float:
        """When the time of the next try is over, `latest_s` at the latest."""
        for host in hosts:
            if one := host.first_flying:
                latest_s = min(latest_s, one.sent_s + host.timing.timeout_s)
        return latest_s

    def overdue(self, host: Host, now: float) -> Iterator[Try]:
        """The tries that have been silent for their time; they give their places away."""
        while (one := host.first_flying) and now - one.sent_s >= host.timing.timeout_s:
            host.flying.popleft()
            one.is_late = True
            self._late[one] = now
            self._land(one)
            yield one

    def forget_old(self, now: float, is_searched_for: Callable[[Host, float], bool]) -> None:
        """Give up those that have been late for long, but not while their host is searched for."""
        while self._late:
            one, since_s = next(iter(self._late.items()))
            if now - since_s <= _LATE_S or is_searched_for(one.knock.host, now):
                return
            self._forget(one)

    def make_room(self) -> None:
        """Give up half of those that are late."""
        for one in list(itertools.islice(self._late, max(1, len(self._late) // 2))):
            self._forget(one)

    def hush(self, knock: Knock) -> None:
        """Expect nothing more of a knock's tries."""
        for one in list(knock.tries):
            self._forget(one)

    def _forget(self, one: Try) -> None:
        self._transport.drop(one)
        if one.is_late:
            del self._late[one]
        else:
            self._land(one)
        one.is_over = True
        one.knock.tries.remove(one)

    def _land(self, one: Try) -> None:
        self.count -= 1
        one.knock.host.in_flight -= 1

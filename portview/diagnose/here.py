"""This machine as the target: who listens on the port here, and whom a knock at the address reaches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from portview.probe.records import Observation
from portview.vocabulary import Family, Outcome

if TYPE_CHECKING:
    from portview.sockets.records import LocalSocket  # only a knock at this machine loads them

_ANY = frozenset({"0.0.0.0", "::"})


class Here:
    """Pure views of this machine's listeners, where they are known."""

    def __init__(self, observation: Observation, listeners: Sequence[LocalSocket] | None) -> None:
        self._observation = observation
        self._all = listeners

    @cached_property
    def listeners(self) -> tuple[LocalSocket, ...] | None:
        """Listeners on this port; None when the target is another machine or nothing was read."""
        target = self._observation.target
        if not self._observation.this_machine or self._all is None:
            return None
        return tuple(
            listener
            for listener in self._all
            if listener.is_listener and listener.port == target.port and listener.protocol is target.protocol
        )

    @cached_property
    def hearing(self) -> LocalSocket | None:
        """The listener that takes knocks at the target's address."""
        return next((listener for listener in self.listeners or () if self._hears(listener)), None)

    @property
    def accepts(self) -> bool:
        """Whether its queue is known to be empty: its program has taken the connection."""
        queue = self.hearing.queue if self.hearing else None
        return queue is not None and queue.waiting == 0 and self._observation.outcome.had_handshake

    def _hears(self, listener: LocalSocket) -> bool:
        """Whether a knock at the target's address reaches this listener.

        Where that is not known, a refusal tells that it does not: of one bound to `::` whose IPV6_V6ONLY is
        not known, and of one bound to an interface.
        """
        primary = self._observation.primary
        if primary is None:
            return False
        if listener.address in _ANY:
            other_family = listener.family is not primary.family
            if other_family and (listener.family is Family.IPV4 or listener.v6only):
                return False
            unknown = listener.interface is not None or (other_family and listener.v6only is None)
            return not (unknown and primary.outcome is Outcome.REFUSED)
        return listener.address.partition("%")[0] == primary.address.partition("%")[0]

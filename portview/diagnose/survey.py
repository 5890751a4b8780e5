"""A snapshot made ready for questions about its sockets: what is known of each, and what is found."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from portview.diagnose.findings.case import Case, Concern
from portview.diagnose.findings.registry import RULES
from portview.diagnose.findings.words import SpokenConcern, spoken, worst
from portview.knowledge.page import Tone
from portview.sockets.about import About, about
from portview.sockets.connections import Direction, Directions
from portview.sockets.records import LocalSocket, Snapshot
from portview.vocabulary import Protocol


class Survey:
    """Answers questions about the sockets of one snapshot; each answer is worked out once."""

    def __init__(self, snapshot: Snapshot, language: str = "en") -> None:
        self.snapshot = snapshot
        self._language = language
        self._about: dict[LocalSocket, About] = {}
        self._concerns: dict[LocalSocket, tuple[Concern, ...]] = {}
        self._said: dict[LocalSocket, tuple[SpokenConcern, ...]] = {}

    def about(self, socket: LocalSocket) -> About:
        """What is known beyond the socket itself."""
        known = self._about.get(socket)
        if known is None:
            known = self._about[socket] = about(socket, self.snapshot.machine)
        return known

    def concerns(self, socket: LocalSocket) -> tuple[Concern, ...]:
        """What the rules find, the gravest rule first."""
        found = self._concerns.get(socket)
        if found is None:
            case = self._case(socket)
            found = self._concerns[socket] = tuple(one for rule in RULES for one in rule(case))
        return found

    def said(self, socket: LocalSocket) -> tuple[SpokenConcern, ...]:
        """The same in words."""
        found = self._said.get(socket)
        if found is None:
            found = self._said[socket] = tuple(spoken(one, self._language) for one in self.concerns(socket))
        return found

    def tone(self, socket: LocalSocket) -> Tone:
        """How grave the gravest is."""
        return worst(self.said(socket))

    def same_port(self, socket: LocalSocket) -> Sequence[LocalSocket]:
        """The listeners on the same port, this one among them, over both transports."""
        return self._by_port.get(socket.port, ())

    def other_ports(self, socket: LocalSocket) -> tuple[str, ...]:
        """What else the holders of a socket listen on, as `443/tcp`, without its own port."""
        found = dict.fromkeys(
            f"{one.port}/{one.protocol}"
            for owner in socket.owners
            for one in self._by_pid.get(owner.pid, ())
            if one.port != socket.port
        )
        return tuple(found)

    def crowd(self, socket: LocalSocket) -> Mapping[str, int]:
        """The connections that a listener has accepted, by state; empty where they were not read."""
        return self._crowds.get(socket.identity, {})

    @cached_property
    def directions(self) -> Directions:
        """Which end of each connection knocked."""
        return Directions(self.snapshot.sockets)

    def _case(self, socket: LocalSocket) -> Case:
        return Case(
            socket,
            self.about(socket),
            self.snapshot,
            self.same_port(socket),
            self.crowd(socket),
            self._towards.get((socket.remote_address, socket.remote_port), ()),
        )

    @cached_property
    def _by_port(self) -> Mapping[int, Sequence[LocalSocket]]:
        found: defaultdict[int, list[LocalSocket]] = defaultdict(list)
        for socket in self.snapshot.sockets:
            if socket.is_listener:
                found[socket.port].append(socket)
        return found

    @cached_property
    def _by_pid(self) -> Mapping[int, Sequence[LocalSocket]]:
        found: defaultdict[int, list[LocalSocket]] = defaultdict(list)
        for socket in self.snapshot.sockets:
            if socket.is_listener:
                for owner in socket.owners:
                    found[owner.pid].append(socket)
        return found

    @cached_property
    def _crowds(self) -> Mapping[tuple[object, ...], Mapping[str, int]]:
        found: defaultdict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
        for socket in self.snapshot.sockets:
            listener = self.directions.listener_of(socket)
            if listener is not None:
                found[listener.identity][socket.state] += 1
        return found

    @cached_property
    def _towards(self) -> Mapping[tuple[str | None, int | None], Sequence[LocalSocket]]:
        found: defaultdict[tuple[str | None, int | None], list[LocalSocket]] = defaultdict(list)
        for socket in self.snapshot.sockets:
            if socket.protocol is Protocol.TCP and self.directions.of(socket) is Direction.OUT:
                found[socket.remote_address, socket.remote_port].append(socket)
        return found

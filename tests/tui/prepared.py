"""What the screen is shown: one machine, one host and six entries, always the same."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from portview.diagnose.live_examples import ThisMachine
from portview.diagnose.survey import Survey
from portview.knowledge.page import Line, Page, Section, Tone
from portview.knowledge.reference import Entry
from portview.probe.records import Attempt, IcmpError, NameSource, Observation, Resolution, Target
from portview.scan.plan import Plan
from portview.scan.records import Batch, HostVerdict, PortResult, Progress, Reason, ScanHost
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Heard, Said
from portview.scan.session import Listener
from portview.sockets.interfaces import InterfaceAddress, Network
from portview.sockets.machine import Machine
from portview.sockets.owner.records import Container, Process, Runtime
from portview.sockets.port_limits import PortLimits
from portview.sockets.records import (
    Hidden,
    HiddenReason,
    LocalSocket,
    Owner,
    PortKind,
    Queue,
    Reach,
    Snapshot,
)
from portview.tui.services import Explained, Knocked, Services
from portview.tui.transcript import Evidence
from portview.vocabulary import Family, Outcome, Protocol, SenderClass, State


def make_socket(
    port: int,
    name: str | None,
    address: str = "0.0.0.0",
    *,
    protocol: Protocol = Protocol.TCP,
    service: str | None = None,
    pid: int = 812,
    hidden: bool = False,
) -> LocalSocket:
    return LocalSocket(
        protocol=protocol,
        family=Family.IPV6 if ":" in address else Family.IPV4,
        address=address,
        port=port,
        state="LISTEN" if protocol is Protocol.TCP else "UNCONN",
        reach=Reach.LOOPBACK if address.startswith(("127.", "::1")) else Reach.NETWORK,
        kind=PortKind.SYSTEM if port < 1024 else PortKind.USER,
        uid=0,
        user="root",
        owners=(Owner(pid, name, f"/usr/sbin/{name} -D", "root", 1_700_000_000.0),) if name else (),
        owner_hidden=hidden,
        service=service,
        queue=Queue(0, 128) if protocol is Protocol.TCP else None,
        inode=10_000 + port,
    )


SOCKETS = (
    make_socket(22, "sshd", service="ssh"),
    make_socket(22, "sshd", "::", service="ssh", pid=813),
    make_socket(53, "systemd-resolve", "127.0.0.53", protocol=Protocol.UDP, service="domain", pid=640),
    make_socket(53, "systemd-resolve", "127.0.0.53", service="domain", pid=640),
    make_socket(80, "nginx", service="http", pid=1204),
    make_socket(443, "nginx", service="https", pid=1204),
    replace(
        make_socket(631, None, "127.0.0.1", service="ipp", hidden=True), cgroup="/system.slice/cups.service"
    ),
    make_socket(3306, "mariadbd", "127.0.0.1", service="mysql", pid=990),
    make_socket(5353, "avahi-daemon", "0.0.0.0", protocol=Protocol.UDP, service="mdns", pid=702),
    make_socket(6379, "redis-server", service="redis", pid=1333),
    make_socket(8080, "docker-proxy", "2001:db8:1234:5678:9abc:def0:1234:5678", service="http-alt", pid=2001),
    make_socket(51820, None, "::", protocol=Protocol.UDP),
)
CONNECTION = LocalSocket(
    protocol=Protocol.TCP,
    family=Family.IPV4,
    address="192.0.2.7",
    port=22,
    state="ESTABLISHED",
    reach=Reach.NETWORK,
    kind=PortKind.SYSTEM,
    remote_address="198.51.100.4",
    remote_port=51514,
    owners=(Owner(4711, "sshd"),),
    inode=20_000,
)
NEXTCLOUD = Container(
    Runtime.DOCKER, "c0ffee" * 10 + "2024", "nextcloud", "nextcloud:29", addresses=("172.17.0.2",)
)
DOOR = "docker-proxy -proto tcp -host-port 8080 -container-ip 172.17.0.2 -container-port 80"
MACHINE = Machine(
    processes={
        1: Process(1, None, "systemd", 1),
        701: Process(701, 1, "cupsd", 90, cgroup="/system.slice/cups.service"),
        1333: Process(1333, 1, "redis-server", 400, cgroup="/system.slice/redis-server.service"),
        2001: Process(2001, 1, "docker-proxy", 500, tuple(DOOR.split())),
    },
    residents={"/system.slice/cups.service": (701,)},
    containers={NEXTCLOUD.id: NEXTCLOUD},
    addresses=(
        InterfaceAddress("lo", "127.0.0.1", 8, Network.LOOPBACK),
        InterfaceAddress("eth0", "192.168.1.7", 24, Network.OTHER),
        InterfaceAddress("eth0", "2001:db8:1234:5678:9abc:def0:1234:5678", 64, Network.OTHER),
        InterfaceAddress("wg0", "10.8.0.7", 24, Network.VPN),
    ),
)
HIDDEN = Hidden(1, HiddenReason.NOT_ROOT, "sudo portview")


def explain_socket(socket: LocalSocket, survey: Survey) -> Page:
    owner = socket.owners[0] if socket.owners else None
    risk = (
        Line("A database without a password on the network is found within hours.", Tone.WARN),
        Line("It may be protected by a firewall that portview cannot read.", Tone.GUESS),
    )
    risky = socket.service == "redis"
    return Page(
        f"{socket.port}/{socket.protocol}  {owner.name if owner else 'owner unknown'}",
        (
            Section("", (Line(f"Listens on {socket.address}: whoever reaches this machine can knock."),)),
            Section(
                "Owner",
                (Line(f"pid {owner.pid}, user {owner.user}" if owner else "hidden: not root", Tone.FACT),),
            ),
            Section("Queue", (Line("0 of 128 connections wait to be accepted", Tone.FACT),)),
            *([Section("Risk", risk)] if risky else []),
            Section("Check", (Line(f"ss -ltnp 'sport = :{socket.port}'", Tone.COMMAND),)),
        ),
        Tone.WARN if risky else Tone.PLAIN,
    )


def refused_page(target: Target) -> Page:
    return Page(
        f"Connection refused by {target.host}",
        (
            Section("", (Line(f"Trying 192.0.2.7 port {target.port} ... refused after 0.4 ms"),)),
            Section("Most likely", (Line("A firewall rule on 192.0.2.7 rejects it.", Tone.BAD),)),
            Section(
                "Because",
                (
                    Line(
                        "ICMP port unreachable came from 192.0.2.7 itself; a closed port answers RST.",
                        Tone.FACT,
                    ),
                    Line("22/tcp on the same host connects.", Tone.FACT),
                    Line("Only a rule with REJECT sends this.", Tone.INFERENCE),
                ),
            ),
            Section("Against", (Line("Other ports of the host answer as usual.", Tone.AGAINST),)),
            Section("Check", (Line("sudo nft list ruleset | grep 445", Tone.COMMAND),)),
            Section("Fix", (Line("sudo ufw allow 445/tcp", Tone.COMMAND),)),
        ),
        Tone.BAD,
    )


def knock(
    target: Target, *, timeout_s: float, cancel: threading.Event, on_event: Callable[[Evidence], None]
) -> Knocked:
    resolution = Resolution(target.host, ("192.0.2.7",), NameSource.HOSTS, elapsed_ms=0.2)
    on_event(resolution)
    connects = target.port == 22
    attempt = Attempt(
        "192.0.2.7",
        Family.IPV4,
        target.port,
        Outcome.CONNECTED if connects else Outcome.REFUSED,
        0.4,
        errno=None if connects else "ECONNREFUSED",
        icmp=None if connects else IcmpError(3, 3, "192.0.2.7", SenderClass.TARGET),
    )
    on_event(attempt)
    page = Page(f"Connected to {target.host}", (), Tone.GOOD) if connects else refused_page(target)
    explained = Explained(page, "share-a-port" if connects else "no_listener")
    return Knocked(Observation(target, resolution, (attempt,), elapsed_ms=12.0), explained)


def results_of_scan(address: str = "192.0.2.7") -> tuple[PortResult, ...]:
    def state(port: int) -> tuple[State, Reason]:
        if port in (22, 80, 443):
            return State.OPEN, Reason.SYN_ACK
        if 135 <= port <= 139:
            return State.FILTERED, Reason.NO_RESPONSE
        return State.CLOSED, Reason.CONN_REFUSED

    def result(port: int) -> PortResult:
        one = PortResult(address, port, Protocol.TCP, *state(port))
        return replace(one, tries=3, loss=0.0) if one.reason is Reason.NO_RESPONSE else one

    return tuple(map(result, range(1, 1025)))


def progress_of(results: Sequence[PortResult], total: int) -> Progress:
    counts = {state: sum(result.state is state for result in results) for state in State}
    return Progress(total, len(results), 0, 1.2, 853.0, 0.0 if len(results) == total else 1.0, counts, 64)


class PreparedScan:
    """A scan of a plan that finds the same each time, at once."""

    def __init__(self, plan: Plan, talk: bool = False) -> None:
        self.plan = plan
        self.talk = talk
        self.asked: list[str] = []

    results = results_of_scan()

    def run(self, listener: Listener, cancel: threading.Event) -> Totals:
        results = self.results
        listener.on_batch(Batch(results, progress_of(results, len(results)), finished=True))
        if self.talk:
            listener.on_heard(Heard(results[21], Said("SSH-2.0-OpenSSH_9.6")))
        return self.end(listener)

    def end(self, listener: Listener, **more: Any) -> Totals:
        for host in self.plan.hosts:
            own = tuple(one for one in self.results if one.address == host.address)
            listener.on_host(HostReport(host, own, self.plan.ports_each, HostVerdict.UP))
        done = len(self.results)
        return Totals("2024-05-01T14:03:00+00:00", 1.2, more.pop("requested", done), done, **more)

    def pause(self) -> None:
        self.asked.append("pause")

    def go_on(self) -> None:
        self.asked.append("go on")

    def skip(self, address: str) -> None:
        self.asked.append(f"skip {address}")


def plan(targets: str, ports: str, protocol: Protocol, cancel: threading.Event) -> Plan:
    return Plan((ScanHost("192.0.2.7", "nas.lan"),), {protocol: tuple(range(1, 1025))})


def explain_result(result: PortResult, host: ScanHost, others: Sequence[PortResult]) -> Explained:
    page = Page(
        f"{result.port}/{result.protocol} is {result.state} on {host.name}",
        (Section("Because", (Line(f"The answer was {result.reason}.", Tone.FACT),)),),
        Tone.GOOD if result.state is State.OPEN else Tone.PLAIN,
    )
    return Explained(page, "fw_drop_host" if result.state is State.FILTERED else "no_listener")


ENTRIES = (
    Entry("refused", "outcome", "Connection refused"),
    Entry("timed_out", "outcome", "No answer at all"),
    Entry("fw_drop_host", "cause", "A firewall on the target drops it"),
    Entry("no_listener", "cause", "Nothing listens on that port"),
    Entry("share-a-port", "question", "Can two processes share one port?"),
    Entry("22/tcp", "port", "22/tcp: ssh"),
)


def search(query: str) -> tuple[Entry, ...]:
    return tuple(entry for entry in ENTRIES if query.lower() in f"{entry.id} {entry.title}".lower())


def named(query: str) -> Entry | None:
    return next((entry for entry in ENTRIES if entry.id == query), None)


def neighbours(entry: Entry) -> tuple[Entry, ...]:
    """The two that follow it in the list."""
    place = ENTRIES.index(entry)
    return (*ENTRIES, *ENTRIES)[place + 1 : place + 3]


def entry_page(entry: Entry, machine: ThisMachine | None, host: str | None) -> Page:
    here = f"{len(machine.snapshot.sockets)} sockets are open here." if machine else "not read yet"
    return Page(
        entry.title,
        (
            Section("", (Line("The target said no: a packet came back at once."),)),
            Section("Here", (Line(here, Tone.FACT),)),
            Section("By hand", (Line("nc -vz nas.lan 445", Tone.COMMAND),)),
        ),
    )


def machine() -> ThisMachine:
    return ThisMachine(take_snapshot(True), PortLimits((32768, 60999), 1024, ""))


def take_snapshot(everything: bool) -> Snapshot:
    return Snapshot((*SOCKETS, CONNECTION) if everything else SOCKETS, HIDDEN, "netlink", machine=MACHINE)


def prepared_services() -> Services:
    """Services that know all of the above."""
    return Services(
        snapshot=take_snapshot,
        explain_socket=explain_socket,
        knock=knock,
        plan=plan,
        session=PreparedScan,
        explain_result=explain_result,
        now=lambda: datetime(2024, 5, 1, 14, 3),
        whoami=lambda: ("nas-01", "alice"),
        hosts=lambda past: (*past, "nas.lan", "nas-backup.lan", "vps.example"),
        search=search,
        entry=named,
        entry_page=entry_page,
        neighbours=neighbours,
        machine=machine,
    )

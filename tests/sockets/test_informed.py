"""What stands around real sockets, also for a user who may not look into their owners."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from portview.sockets import informed
from portview.sockets.about import About, about
from portview.sockets.assemble import local_socket, snapshot_of
from portview.sockets.entry import Entry
from portview.sockets.informed import Informed
from portview.sockets.machine import Machine
from portview.sockets.owner.records import Activation, Container, How, Process, Runtime
from portview.sockets.records import LocalSocket, Owner, Snapshot
from portview.sockets.source import best_source
from portview.vocabulary import Family, Protocol


@pytest.mark.parametrize("number", range(4))
def test_what_takes_descriptors_is_passed_over_where_none_are_to_spare(
    forked: Callable[..., tuple[int, object]], spare: Callable[[int], None], number: int
) -> None:
    """As beside a large scan."""

    def look() -> object:
        Informed(best_source()).snapshot(everything=True)  # all is imported by now
        spare(number)
        return Informed(best_source()).snapshot(everything=True)

    assert isinstance(forked(look)[1], Snapshot)


class Seen(NamedTuple):
    """What one reader saw of the socket in the cgroup."""

    unit: str | None
    holders: list[int]
    suspects: list[int]
    cgroup_told: bool


HEXES = "0123456789abcdef" * 4


@pytest.fixture
def cgroup(root: None) -> Iterator[Path]:
    """An empty cgroup of version 2 that looks like a unit."""
    tops = map(Path, ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"))
    top = next((one for one in tops if (one / "cgroup.procs").exists()), None)
    if top is None:
        pytest.skip("takes a version 2 hierarchy")
    path = top / f"portview-test-{os.getpid()}.slice" / "knock.service"
    try:
        path.mkdir(parents=True)
    except OSError:
        pytest.skip("the hierarchy cannot be written")
    yield path
    for pid in path.joinpath("cgroup.procs").read_text().split():
        with suppress(OSError):
            (top / "cgroup.procs").write_text(pid)
    path.rmdir()
    path.parent.rmdir()


def of_port(snapshot: Snapshot, port: int) -> tuple[LocalSocket, About]:
    (found,) = (each for each in snapshot.sockets if each.port == port)
    return found, about(found, snapshot.machine)


def test_a_real_listener_with_its_holder_and_parents(bound: Callable[..., socket.socket]) -> None:
    port = bound("127.0.0.1").getsockname()[1]
    found, known = of_port(Informed(best_source()).snapshot(), port)
    (holder,) = known.holders
    assert holder.pid == os.getpid() == found.owners[0].pid
    assert holder.executable == os.readlink("/proc/self/exe")
    assert known.parents[0].pid == os.getppid()
    assert known.suspects == ()


def test_a_steady_refresh_reads_no_process_again(
    bound: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    bound("127.0.0.1")
    sockets = best_source().snapshot()

    class Still:
        name = "still"

        def snapshot(self, *, everything: bool = False) -> Snapshot:
            return sockets

    source = Informed(Still())
    machine = source.snapshot().machine
    monkeypatch.setattr(informed, "with_ancestors", lambda *_: pytest.fail("read again"))
    assert source.snapshot().machine.processes == machine.processes


def test_the_unit_is_told_and_the_holder_suspected_where_it_is_hidden(
    forked: Callable[..., tuple[int, object]], cgroup: Path
) -> None:
    def serve() -> int:
        (cgroup / "cgroup.procs").write_text(str(os.getpid()))
        forked_socket = socket.create_server(("127.0.0.1", 0))
        os.dup(forked_socket.fileno())  # kept open when the object goes
        return int(forked_socket.getsockname()[1])

    holder, port = forked(serve)
    assert isinstance(port, int)

    def look() -> Seen:
        found, known = of_port(Informed(best_source()).snapshot(), port)
        holders, suspects = ([one.pid for one in many] for many in (known.holders, known.suspects))
        return Seen(known.unit, holders, suspects, found.cgroup is not None)

    _, as_root = forked(look)
    assert isinstance(as_root, Seen)
    assert as_root[:3] == ("knock.service", [holder], [])
    _, as_nobody = forked(look, 65534)
    assert isinstance(as_nobody, Seen)
    assert as_nobody.holders == []
    if as_nobody.cgroup_told:  # by sock_diag alone
        assert as_nobody[:3] == ("knock.service", [], [holder])


# --- what follows from what was read ---------------------------------------------------------------

PROXY = Process(
    7,
    1,
    "docker-proxy",
    5,
    ("docker-proxy", "-host-port", "8080", "-container-ip", "172.17.0.2", "-container-port", "80"),
    cgroup="/system.slice/docker.service",
)
WEB = Container(Runtime.DOCKER, HEXES, "web", addresses=("172.17.0.2",))


def one(port: int = 8080, *owners: Owner, **more: Any) -> LocalSocket:
    entry = Entry(Protocol.TCP, Family.IPV4, "0.0.0.0", port, None, None, "LISTEN")
    return local_socket(entry, None, owners, **more)


def test_a_forwarder_leads_to_its_container() -> None:
    known = about(one(8080, Owner(7)), Machine({7: PROXY}, containers={HEXES: WEB}))
    assert known.forward is not None
    assert known.forward.how is How.CONTAINER
    assert known.target == WEB
    assert known.unit == "docker.service"


def test_of_hidden_processes_the_one_that_claims_the_port_is_suspected() -> None:
    dockerd = Process(2, 1, "dockerd", 1)
    machine = Machine({2: dockerd, 7: PROXY}, {"/system.slice/docker.service": (2, 7)})
    hidden = one(owner_hidden=True, cgroup="/system.slice/docker.service")
    assert about(hidden, machine).suspects == (PROXY,)
    other = one(9, owner_hidden=True, cgroup="/system.slice/docker.service")
    assert about(other, machine).suspects == (dockerd, PROXY)
    assert about(other, machine).unit == "docker.service"


def test_a_holder_in_a_container_is_named_as_the_runtime_names_it() -> None:
    inside = Process(9, 1, "nginx", 1, cgroup=f"/system.slice/docker-{HEXES}.scope")
    assert about(one(8080, Owner(9)), Machine({9: inside}, containers={HEXES: WEB})).container == WEB
    unnamed = about(one(8080, Owner(9)), Machine({9: inside})).container
    assert unnamed is not None
    assert unnamed.label == HEXES[:12]


def test_systemd_holds_a_port_for_a_service() -> None:
    machine = Machine(
        {1: Process(1, None, "systemd", 1), 9: PROXY},
        activations={(Protocol.TCP, 8080): Activation("a.socket", "a.service")},
    )
    assert about(one(8080, Owner(1)), machine).activation == Activation("a.socket", "a.service")
    assert about(one(8080, Owner(9)), machine).activation is None


def test_nothing_known_is_no_error() -> None:
    snapshot = snapshot_of([one()], source="x", ephemeral_range=None, reason=None)
    assert about(snapshot.sockets[0], snapshot.machine).holders == ()


def test_a_binary_deleted_meanwhile_is_noticed_when_it_is_time_to_look_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "server"
    shutil.copy(os.path.realpath(sys.executable), copy)
    serve = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1])"
    with subprocess.Popen(
        [copy, "-S", "-c", f"{serve}; sys.stdout.flush(); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONHOME": sys.base_prefix},
    ) as program:
        assert program.stdout is not None
        port = int(program.stdout.readline())
        source = Informed(best_source())
        before = of_port(source.snapshot(), port)[1]
        copy.unlink()
        at_once = of_port(source.snapshot(), port)[1]
        monkeypatch.setattr(informed, "RENEWED_AFTER_S", -1.0)
        later = of_port(source.snapshot(), port)[1]
        program.kill()
    assert [known.holders[0].deleted for known in (before, at_once, later)] == [False, False, True]

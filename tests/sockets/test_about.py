"""What stands behind a forwarder that does not tell it itself."""

import pytest

from portview.sockets.about import about
from portview.sockets.machine import Machine
from portview.sockets.owner.records import Container, Forward, How, Process, Published, Runtime
from portview.sockets.records import LocalSocket, Owner, PortKind, Reach
from portview.vocabulary import Family, Protocol

ID, OTHER = "ab" * 32, "cd" * 32
WEB = Container(Runtime.PODMAN, ID, "web", published=(Published("127.0.0.1", 8080, Protocol.TCP, 80),))
MAIL = Container(Runtime.PODMAN, OTHER, "mail", published=(Published("0.0.0.0", 8025, Protocol.TCP, 25),))
PLACE = f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container"


def at(port: int, address: str = "127.0.0.1", protocol: Protocol = Protocol.TCP) -> LocalSocket:
    return LocalSocket(
        protocol, Family.IPV4, address, port, "LISTEN", Reach.NETWORK, PortKind.USER, owners=(Owner(7),)
    )


def machine(cgroup: str | None = None, above: str | None = None, name: str = "rootlessport") -> Machine:
    door = Process(7, 6, name, 1, cgroup=cgroup)
    parent = Process(6, None, "conmon", 1, cgroup=above)
    return Machine({7: door, 6: parent}, containers={ID: WEB, OTHER: MAIL})


@pytest.mark.parametrize(
    ("socket", "target", "told"),
    [
        (at(8080), WEB, "web:80"),
        (at(8025), MAIL, "mail:25"),
        (at(8080, "10.0.0.1"), None, None),
        (at(8080, protocol=Protocol.UDP), None, None),
        (at(9000), None, None),
    ],
)
def test_the_runtime_tells_its_published_ports(
    socket: LocalSocket, target: Container | None, told: str | None
) -> None:
    known = about(socket, machine())
    assert known.target == target
    assert known.forward == Forward(
        How.CONTAINER, "rootlessport", (told,) if told else (), "podman" if told else None
    )


@pytest.mark.parametrize("where", [machine(PLACE), machine("/user.slice", PLACE)])
def test_else_where_the_forwarder_runs_tells_the_container_and_no_port(where: Machine) -> None:
    known = about(at(9000), where)
    assert known.target == WEB
    assert known.forward == Forward(How.CONTAINER, "rootlessport")


def test_a_forwarder_of_something_else_is_not_asked_about_containers() -> None:
    known = about(at(8080), machine(PLACE, name="frps"))
    assert (known.target, known.forward) == (None, Forward(How.FRP, "frps"))

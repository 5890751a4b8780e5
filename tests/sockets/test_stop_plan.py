"""Which door a socket's owner is stopped by, who is protected, and who may do it."""

from dataclasses import replace
from typing import Any

import pytest

from portview.sockets.about import About
from portview.sockets.assemble import local_socket
from portview.sockets.entry import Entry
from portview.sockets.owner.records import Activation, Container, Home, Process, Runtime
from portview.sockets.records import LocalSocket, Owner
from portview.sockets.scope import Scope
from portview.sockets.stop_plan import Myself, Obstacle, Protection, StopPlan, Way, myself, stop_plan
from portview.vocabulary import Family, Protocol

ROOT = Myself(0, (500, 400), (400,))
ALICE = Myself(1000, (500, 400), (400,))
ID = "ab" * 32
NGINX = Process(70, 1, "nginx", 10)


def held(by: str = "nginx", uid: int = 0, pid: int = 70) -> LocalSocket:
    entry = Entry(Protocol.TCP, Family.IPV4, "0.0.0.0", 80, None, None, "LISTEN", uid)
    return local_socket(entry, None, (Owner(pid, by),))


HIDDEN = replace(held(), owners=(), owner_hidden=True)


def known(*holders: Process, **more: Any) -> About:
    return replace(About(Scope.EVERY_ADDRESS, holders=holders or (NGINX,)), **more)


def plan(about: About, socket: LocalSocket | None = None, me: Myself = ROOT) -> StopPlan:
    return stop_plan(socket or held(), about, me)


@pytest.mark.parametrize(
    ("about", "way", "typed"),
    [
        (known(), Way.TERM, "kill -TERM 70"),
        (known(home=Home("nginx.service")), Way.UNIT, "systemctl stop nginx.service"),
        (
            known(home=Home("sync.service", manager_uid=0, user_uid=0)),
            Way.UNIT,
            "systemctl --user stop sync.service",
        ),
        (known(home=Home("--now.service")), Way.TERM, "kill -TERM 70"),
        (known(home=Home("session-3.scope", user_uid=1000, session="3")), Way.TERM, "kill -TERM 70"),
        (known(home=Home("user@1000.service", user_uid=1000)), Way.TERM, "kill -TERM 70"),
        (known(home=Home("init.scope")), Way.TERM, "kill -TERM 70"),
        (
            known(home=Home("x.service"), container=Container(Runtime.DOCKER, ID, "web")),
            Way.CONTAINER,
            "docker stop web",
        ),
        (known(container=Container(Runtime.PODMAN, ID)), Way.CONTAINER, f"podman stop {ID}"),
        (known(container=Container(Runtime.DOCKER, ID, "-x; y")), Way.CONTAINER, f"docker stop {ID}"),
        (known(target=Container(Runtime.DOCKER, ID, "web")), Way.CONTAINER, "docker stop web"),
        (known(container=Container(Runtime.CONTAINERD, ID, pod="p")), Way.TERM, "kill -TERM 70"),
        (
            known(Process(1, None, "systemd", 1), activation=Activation("ssh.socket", "ssh.service")),
            Way.SOCKET_UNIT,
            "systemctl stop ssh.socket",
        ),
    ],
)
def test_the_proper_door(about: About, way: Way, typed: str) -> None:
    made = plan(about)
    first, *others = made.steps
    assert (first.way, first.typed()) == (way, typed)
    assert [one.way for one in others] == [Way.KILL]


@pytest.mark.parametrize("container", [None, Container(Runtime.DOCKER, ID, "web")])
def test_names_that_another_user_has_chosen_open_no_door(container: Container | None) -> None:
    theirs = Home("ssh.service", manager_uid=1000, user_uid=1000)
    made = plan(known(home=theirs, container=container))
    assert made.first is not None
    assert made.first.typed() == "kill -TERM 70"


def test_of_several_holders_the_one_that_forked_the_others() -> None:
    made = plan(known(Process(72, 71, "nginx", 12), Process(71, 1, "nginx", 11)))
    assert made.first is not None
    assert made.first.process is not None
    assert made.first.process.pid == 71
    assert ("inherited", (("count", "2"), ("pid", "71"))) in made.warnings


@pytest.mark.parametrize(
    ("holder", "protection"),
    [
        (Process(1, None, "systemd", 1), Protection.INIT),
        (Process(500, 400, "python3", 9), Protection.SELF),
        (Process(400, 1, "sshd", 8), Protection.LOGIN),
        (NGINX, None),
    ],
)
def test_who_is_protected(holder: Process, protection: Protection | None) -> None:
    assert plan(known(holder), held(pid=holder.pid)).protection is protection


def test_the_socket_that_carries_the_login_is_protected_whoever_holds_it() -> None:
    systemd = known(Process(1, None, "systemd", 1), activation=Activation("ssh.socket", "ssh.service"))
    assert plan(systemd).protection is None
    assert stop_plan(held(), systemd, ROOT, carries_login=True).protection is Protection.LOGIN


def test_this_process_knows_its_login_by_its_parents() -> None:
    line = (Process(9, 8, "python3", 4), Process(8, 7, "bash", 3), Process(7, 1, "sshd-session", 2))
    me = myself((*line, Process(1, None, "systemd", 1)), 1000)
    assert me == Myself(1000, (9, 8, 7), (7,))


@pytest.mark.parametrize(("stopped", "way"), [(True, Way.CONT), (False, Way.TERM), (None, Way.TERM)])
def test_a_stopped_process_may_only_want_to_be_continued(stopped: bool | None, way: Way) -> None:
    socket = held()
    asleep = replace(socket, owners=(replace(socket.owners[0], stopped=stopped),))
    made = plan(known(), asleep)
    assert made.first is not None
    assert (made.first.way, made.warnings) == (way, ())


def test_root_is_not_told_to_become_root() -> None:
    nobody = replace(known(), holders=())
    made = plan(nobody, HIDDEN, ROOT)
    assert (made.obstacle, made.instead, made.steps) == (Obstacle.OUT_OF_SIGHT, (), ())
    assert plan(nobody, held(), ROOT).instead == ("kill -TERM 70",)
    assert plan(nobody, held(), Myself(None, ())).instead == ("taskkill /PID 70",)  # Windows
    assert plan(nobody, HIDDEN, Myself(None, ())).instead == ()


@pytest.mark.parametrize(
    ("about", "socket", "obstacle", "instead"),
    [
        (known(), held(uid=0), Obstacle.NOT_YOURS, ("sudo kill -TERM 70",)),
        (known(), replace(held(uid=0), owner_hidden=True), Obstacle.NOT_YOURS, ("sudo kill -TERM 70",)),
        (known(home=Home("n.service")), held(), Obstacle.NOT_YOURS, ("sudo systemctl stop n.service",)),
        (
            replace(known(), holders=(), home=Home("n.service")),
            HIDDEN,
            Obstacle.HIDDEN,
            ("sudo systemctl stop n.service",),
        ),
        (replace(known(), holders=()), HIDDEN, Obstacle.HIDDEN, ("sudo portview ls :80",)),
        (replace(known(), holders=()), replace(held(), owners=()), Obstacle.NO_PROCESS, ()),
        (replace(known(), holders=()), held(), Obstacle.UNSURE, ("sudo kill -TERM 70",)),
    ],
)
def test_without_the_right_it_says_what_to_type(
    about: About, socket: LocalSocket, obstacle: Obstacle, instead: tuple[str, ...]
) -> None:
    made = plan(about, socket, ALICE)
    assert (made.obstacle, made.instead, made.steps) == (obstacle, instead, ())


@pytest.mark.parametrize(
    ("about", "socket"),
    [
        (known(), held(uid=1000)),
        (known(home=Home("s.service", manager_uid=1000, user_uid=1000)), held()),
        (known(container=Container(Runtime.DOCKER, ID, "web")), held()),
    ],
)
def test_what_is_ones_own_may_be_stopped(about: About, socket: LocalSocket) -> None:
    assert plan(about, socket, ALICE).obstacle is None


def test_what_follows_is_said_before() -> None:
    about = known(home=Home("web.service"))
    made = stop_plan(held(), about, ROOT, restarts="always", clients=3, other_ports=("443/tcp",))
    assert [key for key, _ in made.warnings] == ["restarts", "clients", "others"]


def test_a_stopped_process_goes_on_before_it_is_asked_to_end() -> None:
    owner = Owner(70, "nginx", stopped=True)
    made = plan(known(), replace(held(), owners=(owner,)))
    assert [step.typed() for step in made.steps] == ["kill -CONT 70", "kill -TERM 70", "kill -KILL 70"]
    made = plan(known(home=Home("nginx.service")), replace(held(), owners=(owner,)))
    assert made.first is not None
    assert made.first.way is Way.UNIT

"""Paths of cgroups as systemd, container runtimes and Kubernetes make them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.sockets.owner.cgroup import home_of
from portview.sockets.owner.records import Container, Home, Runtime

ID = "0123456789abcdef" * 4
POD = "8e1c0d2f-3a4b-4c5d-9e6f-0a1b2c3d4e5f"
POD_SLICE = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{POD.replace('-', '_')}.slice"


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("/", Home()),
        ("/init.scope", Home("init.scope")),
        ("/system.slice/ssh.service", Home("ssh.service")),
        ("/system.slice/ssh.socket", Home("ssh.socket")),
        ("/system.slice/system-getty.slice/getty@tty1.service", Home("getty@tty1.service")),
        (
            "/user.slice/user-1000.slice/session-3.scope",
            Home("session-3.scope", user_uid=1000, session="3"),
        ),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/syncthing.service",
            Home("syncthing.service", manager_uid=1000, user_uid=1000),
        ),
        (
            "/user.slice/user-1000.slice/user@1000.service/init.scope",
            Home("init.scope", manager_uid=1000, user_uid=1000),
        ),
        ("/user.slice/user-7.slice/user@7.service", Home("user@7.service", user_uid=7)),
    ],
)
def test_units_sessions_and_users(path: str, home: Home) -> None:
    assert home_of(path) == home


@pytest.mark.parametrize(
    ("path", "container"),
    [
        (f"/system.slice/docker-{ID}.scope", Container(Runtime.DOCKER, ID)),
        (f"/docker/{ID}", Container(Runtime.DOCKER, ID)),
        (f"/docker/{ID}/nested/unit.service", Container(Runtime.DOCKER, ID)),
        (
            f"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{ID}.scope",
            Container(Runtime.DOCKER, ID),
        ),
        (f"/machine.slice/libpod-{ID}.scope/container", Container(Runtime.PODMAN, ID)),
        (f"/libpod_parent/libpod-{ID}", Container(Runtime.PODMAN, ID)),
        (f"/machine.slice/libpod-conmon-{ID}.scope", None),
        (f"{POD_SLICE}/cri-containerd-{ID}.scope", Container(Runtime.CONTAINERD, ID, pod=POD)),
        (f"{POD_SLICE}/crio-{ID}.scope", Container(Runtime.CRI_O, ID, pod=POD)),
        (f"/kubepods/besteffort/pod{POD}/{ID}", Container(Runtime.CONTAINERD, ID, pod=POD)),
        ("/lxc.payload.web/system.slice/nginx.service", Container(Runtime.LXC, "web", "web")),
        ("/lxc/web", Container(Runtime.LXC, "web", "web")),
        ("/lxc.monitor.web", None),
        (r"/machine.slice/machine-my\x2dbox.scope", Container(Runtime.NSPAWN, "my-box", "my-box")),
        (r"/machine.slice/machine-qemu\x2d1\x2dvm.scope", None),
        (r"/machine.slice/machine-a\x1bb.scope", Container(Runtime.NSPAWN, r"a\x1bb", r"a\x1bb")),
        (f"/system.slice/{ID}", None),
    ],
)
def test_containers(path: str, container: Container | None) -> None:
    assert home_of(path).container == container


def test_a_container_without_a_name_shows_the_short_id() -> None:
    assert Container(Runtime.DOCKER, ID).label == ID[:12]
    assert Container(Runtime.DOCKER, ID, "web").label == "web"


@given(st.text())
def test_any_path_is_read(path: str) -> None:
    home_of(path)

"""What the path of a cgroup tells: unit, session, user, container.

systemd's layout (systemd.slice(5), org.freedesktop.systemd1), the names that container runtimes give
(runc's systemd and cgroupfs drivers, libpod, CRI-O, LXC) and Kubernetes' pod slices.
"""

import re
from functools import lru_cache

from portview.sockets.owner.records import Container, Home, Runtime
from portview.text import clean

_ID = r"(?P<id>[0-9a-f]{64})"
_BY_ID = (
    (re.compile(rf"docker-{_ID}\.scope"), Runtime.DOCKER),
    (re.compile(rf"libpod-{_ID}(\.scope)?"), Runtime.PODMAN),
    (re.compile(rf"(cri-containerd|nerdctl)-{_ID}(\.scope)?"), Runtime.CONTAINERD),
    (re.compile(rf"crio-{_ID}(\.scope)?"), Runtime.CRI_O),
)
_BARE_ID = re.compile(_ID)
_POD = re.compile(
    r"(?:kubepods.*-)?pod(?P<uid>[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})(?:\.slice)?"
)
_LXC = re.compile(r"lxc\.payload\.(?P<name>.+)")
_MACHINE = re.compile(r"machine-(?P<name>.+)\.scope")
_UNIT = re.compile(r".+\.(service|socket|scope|mount|swap)")
_MANAGER = re.compile(r"user@(?P<uid>[0-9]+)\.service")
_USER_SLICE = re.compile(r"user-(?P<uid>[0-9]+)\.slice")
_SESSION = re.compile(r"session-(?P<id>.+)\.scope")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


@lru_cache(maxsize=4096)
def home_of(path: str) -> Home:
    """Read a path such as `/system.slice/ssh.service`; of nested units the innermost counts."""
    unit = session = None
    manager_uid = user_uid = None
    parts = [part for part in path.split("/") if part]
    for part in parts:
        if user := _USER_SLICE.fullmatch(part):
            user_uid = int(user["uid"])
        if manager := _MANAGER.fullmatch(part):
            manager_uid = int(manager["uid"])
        elif login := _SESSION.fullmatch(part):
            session = login["id"]
        if _UNIT.fullmatch(part):
            unit = part
    if unit is not None and _MANAGER.fullmatch(unit):
        manager_uid = None  # the manager itself, a unit of the system
    return Home(unit, manager_uid, user_uid, session, _container(parts))


def _container(parts: list[str]) -> Container | None:
    pod = next((match["uid"].replace("_", "-") for part in parts if (match := _POD.fullmatch(part))), None)
    for before, part in zip(["", *parts], parts, strict=False):
        for pattern, runtime in _BY_ID:
            if match := pattern.fullmatch(part):
                return Container(runtime, match["id"], pod=pod)
        if _BARE_ID.fullmatch(part) and (before == "docker" or pod):
            # The cgroupfs driver below a pod does not say which runtime it was.
            return Container(Runtime.DOCKER if before == "docker" else Runtime.CONTAINERD, part, pod=pod)
        if name := _LXC.fullmatch(part):
            return _named(Runtime.LXC, name["name"])
        if before in ("lxc", "lxc.payload"):
            return _named(Runtime.LXC, part)
        if (machine := _MACHINE.fullmatch(part)) and not machine["name"].startswith("qemu"):
            return _named(Runtime.NSPAWN, _unescaped(machine["name"]))
    return None


def _named(runtime: Runtime, name: str) -> Container:
    return Container(runtime, name, name)


def _unescaped(name: str) -> str:
    r"""Undo `\x2d` and its like (systemd-escape(1))."""
    return clean(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), name))

"""Ports that are only doors: what stands behind docker-proxy, ssh -L, socat and their like.

Only what a process's own arguments or its readable configuration say is told; the rest is unknown.
"""

import re
from collections.abc import Callable, Sequence

from portview.sockets.owner.frp import frp_forward
from portview.sockets.owner.proxy_configs import configured_targets
from portview.sockets.owner.records import Forward, How, Process

_ARGUMENTS = "arguments"
_SSH_WITH_VALUE = frozenset("BbcDEeFIiJLlmOoPpQRSWw")
_KUBE_PROXYS_OWN = (10249, 10256)  # metrics and health
_SOCAT_LISTENS = re.compile(r"(?:TCP|UDP|OPENSSL|SSL)[46]?-(?:LISTEN|L|RECVFROM)(?:\d)?:(?P<port>\d+)", re.I)


def forward_of(process: Process, port: int) -> Forward | None:
    """What stands behind a port that this process holds; None: it is no forwarder that is known."""
    read = _READERS.get(process.name) or _READERS.get(process.name.partition(":")[0])
    return read(process, port) if read else None


def _docker_proxy(process: Process, port: int) -> Forward | None:
    """`-host-port 8080 -container-ip 172.17.0.2 -container-port 80` (moby, cmd/docker-proxy)."""
    said = dict(zip(process.arguments[1:], process.arguments[2:], strict=False))
    address, inner = said.get("-container-ip"), said.get("-container-port")
    if said.get("-host-port") != str(port) or not address or not inner:
        return None
    return Forward(How.CONTAINER, process.name, (_joined(address, inner),), _ARGUMENTS)


def _rootless(process: Process, port: int) -> Forward:
    """It is told on its standard input what it forwards: nothing of its own says, the runtime may."""
    return Forward(How.CONTAINER, process.name)


def _kube_proxy(process: Process, port: int) -> Forward | None:
    """It holds node ports open and forwards by rules of the kernel, which say where to."""
    return None if port in _KUBE_PROXYS_OWN else Forward(How.KUBERNETES, process.name)


def _ssh(process: Process, port: int) -> Forward | None:
    """The client's -L and -D in its arguments (ssh(1)); options in a configuration file stay unknown."""
    for letter, value in _ssh_options(process.arguments[1:]):
        if letter == "D" and value.rpartition(":")[2] == str(port):
            return Forward(How.SSH_DYNAMIC, process.name, (), _ARGUMENTS)
        if letter == "L" and (target := _ssh_target(value, port)):
            return Forward(How.SSH_LOCAL, process.name, (target,), _ARGUMENTS)
    return None


def _ssh_options(arguments: Sequence[str]) -> list[tuple[str, str]]:
    found, ahead = [], iter(arguments)
    for argument in ahead:
        if not argument.startswith("-"):
            continue
        for place, letter in enumerate(argument[1:], 1):
            if letter in _SSH_WITH_VALUE:
                found.append((letter, argument[place + 1 :] or next(ahead, "")))
                break
    return found


_SSH_LOCAL = re.compile(r"(?:(?:\[[^]]*\]|[^:\[\]]*):)?(?P<port>\d+):(?P<target>(?:\[[^]]+\]|[^:]+):\d+)")


def _ssh_target(value: str, port: int) -> str | None:
    match = _SSH_LOCAL.fullmatch(value)
    return match["target"] if match and match["port"] == str(port) else None


def _sshd(process: Process, port: int) -> Forward | None:
    """A session of sshd that listens does so for the client's -R; the master has no user in its title."""
    title = process.arguments[0] if process.arguments else ""
    session = re.match(r"sshd(?:-session)?: (?P<user>[^\s\[]+)", title)
    if session is None or session["user"].startswith("/"):
        return None
    return Forward(How.SSH_REMOTE, process.name, (), _ARGUMENTS)


def _socat(process: Process, port: int) -> Forward | None:
    ends = [one for one in process.arguments[1:] if ":" in one and not one.startswith("-")]
    if len(ends) != 2:
        return None
    for end, other in ((ends[0], ends[1]), (ends[1], ends[0])):
        if (listens := _SOCAT_LISTENS.match(end)) and listens["port"] == str(port):
            return Forward(How.RELAY, process.name, (other.partition(",")[0],), _ARGUMENTS)
    return None


def _configured(process: Process, port: int) -> Forward | None:
    path, targets = configured_targets(process, port)
    return Forward(How.PROXY, process.name, targets, path) if targets else None


_Reader = Callable[[Process, int], Forward | None]
_OF_CONTAINERS: dict[str, _Reader] = {
    "docker-proxy": _docker_proxy,
    "rootlesskit-doc": _docker_proxy,  # rootlesskit-docker-proxy: the kernel keeps 15 letters of a name
    "rootlessport": _rootless,
    "rootlesskit": _rootless,
    "slirp4netns": _rootless,
    "pasta": _rootless,
    "pasta.avx2": _rootless,
}
CONTAINER_FORWARDERS = frozenset(_OF_CONTAINERS)
_READERS: dict[str, _Reader] = {
    **_OF_CONTAINERS,
    "kube-proxy": _kube_proxy,
    "ssh": _ssh,
    "sshd": _sshd,
    "sshd-session": _sshd,
    "socat": _socat,
    "frps": frp_forward,
    "frpc": frp_forward,
    "haproxy": _configured,
    "nginx": _configured,
}


def _joined(address: str, port: str) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

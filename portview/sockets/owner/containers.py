"""The names of containers: from the runtime's own socket, or from its files, where they may be read."""

import json
import os
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from portview.sockets.owner.config_files import config_text
from portview.sockets.owner.records import Container, Published, Runtime
from portview.sockets.users import own_uid
from portview.text import clean
from portview.vocabulary import Protocol

_TIMEOUT_S = 0.5
_ANSWER_LIMIT = 8 * 1024 * 1024
_DOCKER_FILES = Path("/var/lib/docker/containers")
_PODMAN_FILES = Path("/var/lib/containers/storage/overlay-containers/containers.json")
_PODMAN_FILES_AT_HOME = Path("~/.local/share/containers/storage/overlay-containers/containers.json")
_KUBERNETES_LOGS = Path("/var/log/containers")
# kubelet names each log <pod>_<namespace>_<container>-<id>.log
_LOG = re.compile(r"(?P<pod>.+)_(?P<space>.+)_(?P<name>.+)-(?P<id>[0-9a-f]{64})\.log")


def runtime_sockets() -> tuple[tuple[Path, Runtime], ...]:
    """Where a runtime may answer, root's before this user's own; Podman speaks Docker's language."""
    mine = Path(f"/run/user/{own_uid()}")
    return (
        (Path("/var/run/docker.sock"), Runtime.DOCKER),
        (mine / "docker.sock", Runtime.DOCKER),
        (Path("/run/podman/podman.sock"), Runtime.PODMAN),
        (mine / "podman/podman.sock", Runtime.PODMAN),
    )


def known_containers(sockets: Iterable[tuple[Path, Runtime]] | None = None) -> dict[str, Container]:
    """Every container that can be told, by id. What may not be read is passed over."""
    found: dict[str, Container] = {}
    for one in (*_from_files(), *_from_sockets(runtime_sockets() if sockets is None else sockets)):
        found[one.id] = one
    return found


def _from_sockets(sockets: Iterable[tuple[Path, Runtime]]) -> Iterator[Container]:
    for path, runtime in sockets:
        for entry in _ask(path):
            names = entry.get("Names")
            networks = _inside(_inside(entry, "NetworkSettings"), "Networks")
            yield Container(
                runtime,
                _text(entry.get("Id")) or "",
                _text(names[0]) if isinstance(names, list) and names else None,
                _text(entry.get("Image")),
                addresses=_addresses(networks),
                published=tuple(_published(entry.get("Ports"))),
            )


def _published(ports: object) -> Iterator[Published]:
    """The entries with both numbers; one without `PublicPort` is open inside only."""
    for one in ports if isinstance(ports, list) else ():
        match one:
            case {"PublicPort": int(port), "PrivatePort": int(inner), "Type": "tcp" | "udp" as transport}:
                yield Published(_text(one.get("IP")) or "0.0.0.0", port, Protocol(transport), inner)


def _ask(path: Path) -> list[dict[str, object]]:
    """GET /containers/json of Docker's Engine API."""
    if sys.platform == "win32" or not os.path.exists(path):  # pipes with names stand in for sockets there
        return []
    import http.client

    connection = http.client.HTTPConnection("localhost", timeout=_TIMEOUT_S)
    try:
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(_TIMEOUT_S)
        connection.sock.connect(str(path))
        connection.request("GET", "/containers/json")
        return _dicts(connection.getresponse().read(_ANSWER_LIMIT))
    except (OSError, http.client.HTTPException):
        return []
    finally:
        connection.close()


def _from_files() -> Iterator[Container]:
    for path in _listed(_DOCKER_FILES):
        for entry in _dicts(config_text(path / "config.v2.json"), alone=True):
            networks = _inside(_inside(entry, "NetworkSettings"), "Networks")
            image = _text(_inside(entry, "Config").get("Image"))
            yield Container(
                Runtime.DOCKER, path.name, _text(entry.get("Name")), image, addresses=_addresses(networks)
            )
    for path in (_PODMAN_FILES, Path(os.path.expanduser(_PODMAN_FILES_AT_HOME))):
        for entry in _dicts(config_text(path)):
            names = entry.get("names")
            name = _text(names[0]) if isinstance(names, list) and names else None
            yield Container(Runtime.PODMAN, _text(entry.get("id")) or "", name)
    for path in _listed(_KUBERNETES_LOGS):
        if log := _LOG.fullmatch(path.name):
            yield Container(
                Runtime.CONTAINERD, log["id"], clean(f"{log['space']}/{log['pod']}/{log['name']}")
            )


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _dicts(data: bytes | str, *, alone: bool = False) -> list[dict[str, object]]:
    """The objects in a JSON list, or the one that stands alone; nothing where it is something else."""
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return []
    entries = [read] if alone else read
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _inside(entry: dict[str, object], key: str) -> dict[str, object]:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _addresses(networks: dict[str, object]) -> tuple[str, ...]:
    ends = (
        _inside(networks, name).get(key) for name in networks for key in ("IPAddress", "GlobalIPv6Address")
    )
    return tuple(text for end in ends if (text := _text(end)))


def _text(value: object) -> str | None:
    """A name as it may be shown; Docker's begin with a slash."""
    return clean(value.removeprefix("/"), 256) or None if isinstance(value, str) else None

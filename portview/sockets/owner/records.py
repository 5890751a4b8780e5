"""What is known about the holders of sockets: frozen records. All text is already safe to show."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from portview.vocabulary import Protocol


class Runtime(StrEnum):
    """What runs a container."""

    DOCKER = "docker"
    PODMAN = "podman"
    CONTAINERD = "containerd"
    CRI_O = "cri-o"
    LXC = "lxc"
    NSPAWN = "nspawn"


class Published(NamedTuple):
    """A port of this machine, at an address or the wildcard, that a runtime passes on into a container."""

    address: str
    port: int
    protocol: Protocol
    inner: int


@dataclass(frozen=True, slots=True)
class Container:
    """A container. `id` is the runtime's own, whole; `name` is None where nothing readable tells it.

    `pod` is the uid of the Kubernetes pod that it belongs to; `addresses` are its own, inside;
    `published` are its ports, as far as the runtime answers.
    """

    runtime: Runtime
    id: str
    name: str | None = None
    image: str | None = None
    pod: str | None = None
    addresses: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()

    @property
    def label(self) -> str:
        """The name, or what `docker ps` would show of the id."""
        return self.name or self.id[:12]


@dataclass(frozen=True, slots=True)
class Home:
    """What a path in the cgroup tree says about the processes there.

    `unit` is the systemd unit, one of a user's own manager when `manager_uid` is set. `session` is
    the number of a login session (loginctl), `user_uid` the user whose slice it is.
    """

    unit: str | None = None
    manager_uid: int | None = None
    user_uid: int | None = None
    session: str | None = None
    container: Container | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A process as /proc tells of it, also to an ordinary user; None: not readable.

    `started_ticks` is the start in clock ticks since boot: with `pid` it names one process for ever.
    `executable` is the path behind the name; `deleted` says that the file there is gone or another by
    now. `network` is the inode of its network namespace.
    """

    pid: int
    parent: int | None
    name: str
    started_ticks: int
    arguments: tuple[str, ...] = ()
    executable: str | None = None
    deleted: bool = False
    cgroup: str | None = None
    network: int | None = None


class How(StrEnum):
    """What a forwarder does with what arrives."""

    CONTAINER = "container"
    KUBERNETES = "kubernetes"
    PROXY = "proxy"
    SSH_LOCAL = "ssh_local"
    SSH_DYNAMIC = "ssh_dynamic"
    SSH_REMOTE = "ssh_remote"
    FRP = "frp"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Forward:
    """A port that is only a door: `targets` are what stands behind it, as far as it can be read.

    `told_by` is where that stands: the process's own arguments, the path of its configuration, or the
    container's runtime.
    """

    how: How
    program: str
    targets: tuple[str, ...] = ()
    told_by: str | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """Systemd listens for a service: the `.socket` unit that names the port, and what it starts."""

    socket_unit: str
    service: str


@dataclass(frozen=True, slots=True)
class Namespace:
    """Another network namespace, whose sockets are not listed here. `pid` is a process inside it."""

    inode: int
    name: str
    pid: int | None = None

"""Programs of this machine that take connections for something else, by their listeners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portview.sockets.records import LocalSocket, Owner  # only a knock at this machine loads them

# The cause that follows when nothing is behind one (rootless containers use the three after docker-proxy).
_BY_NAME = {
    "docker-proxy": "docker_proxy_dead_backend",
    "rootlessport": "docker_proxy_dead_backend",
    "slirp4netns": "docker_proxy_dead_backend",
    "pasta": "docker_proxy_dead_backend",
    "ssh": "ssh_forward_dead_target",
    "sshd-session": "ssh_forward_dead_target",
    "haproxy": "lb_no_backend",
    "nginx": "backend_down",
    "frps": "backend_down",
    "frpc": "backend_down",
    "socat": "backend_down",
    "stunnel": "backend_down",
    "traefik": "backend_down",
    "envoy": "backend_down",
    "kubectl": "backend_down",
}
_DOCKER = "docker.service"
# What listens for a client's `ssh -R` before OpenSSH 9.8; the server's own title has a path there.
_SSH_SESSION = r"sshd: [^\s/[]"


def cause_behind(listener: LocalSocket) -> str | None:
    """The cause when nothing is behind this listener; None: it is not known to be a go-between.

    Docker's own are root's, and so hidden from others; the unit that made the socket tells them.
    """
    found = next(filter(None, map(_cause_of, listener.owners)), None)
    return found or (_BY_NAME["docker-proxy"] if unit_of_hidden(listener) == _DOCKER else None)


def _cause_of(owner: Owner) -> str | None:
    if re.match(_SSH_SESSION, owner.command or ""):
        return _BY_NAME["ssh"]
    return _BY_NAME.get(owner.name or "")


def unit_of_hidden(listener: LocalSocket) -> str | None:
    """The systemd unit in which a listener without a readable owner was made; None: not known."""
    if listener.owners or listener.cgroup is None:
        return None
    from portview.sockets.owner.cgroup import home_of  # few listeners are hidden

    return home_of(listener.cgroup).unit

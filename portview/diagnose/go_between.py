"""Programs of this machine that take connections for something else, by their listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portview.sockets.records import LocalSocket  # only a knock at this machine loads them

# The cause that follows when nothing is behind one (rootless containers use the three after docker-proxy).
_BY_NAME = {
    "docker-proxy": "docker_proxy_dead_backend",
    "rootlessport": "docker_proxy_dead_backend",
    "slirp4netns": "docker_proxy_dead_backend",
    "pasta": "docker_proxy_dead_backend",
    "ssh": "ssh_forward_dead_target",
    "sshd": "ssh_forward_dead_target",
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


def cause_behind(listener: LocalSocket) -> str | None:
    """The cause when nothing is behind this listener; None: it is not known to be a go-between.

    Docker's own are root's, and so hidden from others; the unit that made the socket tells them.
    """
    causes = (_BY_NAME.get(owner.name or "") for owner in listener.owners)
    found = next((cause for cause in causes if cause), None)
    return found or (_BY_NAME["docker-proxy"] if unit_of_hidden(listener) == _DOCKER else None)


def unit_of_hidden(listener: LocalSocket) -> str | None:
    """The systemd unit in which a listener without a readable owner was made; None: not known."""
    if listener.owners or listener.cgroup is None:
        return None
    from portview.sockets.owner.cgroup import home_of  # few listeners are hidden

    return home_of(listener.cgroup).unit

"""One port, several holders: how that can be, told by this machine's own example."""

from collections.abc import Iterator, Mapping

from portview.diagnose.survey import Survey
from portview.knowledge.load import phrases
from portview.knowledge.template import fill
from portview.sockets.records import LocalSocket, Sharing

_MOST = 4
_MOST_PORTS = 12
_Words = Mapping[str, str]


def shared_lines(socket: LocalSocket, survey: Survey, language: str = "en") -> Iterator[str]:
    """How several processes hold this very address and port: inherited, or dealt out by the kernel."""
    if socket.shared is None:
        return
    words = phrases("sockets", language)["sharing"]
    pids = ", ".join(f"pid {pid}" for pid in socket.shared.pids) or words["nobody"]
    family = _family(socket, survey)
    if socket.shared.how is Sharing.INHERITED and family is not None:
        parent, children = family
        named = ", ".join(f"pid {pid}" for pid in children)
        values = {"count": str(len(children) + 1), "parent": str(parent), "pids": named}
        yield fill(words["children"], values)
    else:
        yield fill(words[socket.shared.how.value], {"pids": pids})


def also_lines(socket: LocalSocket, survey: Survey, language: str = "en") -> Iterator[str]:
    """Who else has the port number without sharing the socket, and what else the process listens on."""
    if not socket.is_listener:
        return
    words = phrases("sockets", language)["sharing"]
    others = [one for one in survey.same_port(socket) if _place(one) != _place(socket)]
    for one in others[:_MOST]:
        values = {
            "port": str(one.port),
            "protocol": one.protocol.value,
            "address": one.address,
            "family": {"ipv4": "IPv4", "ipv6": "IPv6"}[one.family.value],
            "owner": _owner(one, words),
        }
        if one.protocol is not socket.protocol:
            yield fill(words["other_protocol"], values)
        elif one.family is not socket.family:
            yield fill(words["other_family"], values)
        else:
            yield fill(words["other_address"], values)
    if ports := survey.other_ports(socket):
        more = ", ..." if len(ports) > _MOST_PORTS else ""
        yield fill(words["many_ports"], {"ports": ", ".join(ports[:_MOST_PORTS]) + more})


def _family(socket: LocalSocket, survey: Survey) -> tuple[int, list[int]] | None:
    """The holder whose children all the others are, and those; None where they are not so related."""
    holders = {one.pid: one for one in survey.about(socket).holders}
    if len(holders) != len(socket.owners):
        return None
    for pid in holders:
        children = [one.pid for one in holders.values() if one.parent == pid]
        if len(children) == len(holders) - 1 and children:
            return pid, children
    return None


def _owner(socket: LocalSocket, words: _Words) -> str:
    if socket.owners:
        first = socket.owners[0]
        return f"{first.name or '?'}, pid {first.pid}"
    return words["hidden_owner" if socket.owner_hidden else "kernel_owner"]


def _place(socket: LocalSocket) -> tuple[object, ...]:
    return socket.protocol, socket.family, socket.address

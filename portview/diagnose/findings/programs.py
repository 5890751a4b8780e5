"""What is unusual about the process that holds a socket."""

import re
from collections.abc import Iterable

from portview.diagnose.findings.case import Case, Concern, concern
from portview.sockets.owner.records import How
from portview.sockets.scope import Scope
from portview.vocabulary import Confidence

_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/shm/")
_FROM_MEMORY = "/memfd:"
_INTERPRETER = re.compile(r"(python|node|deno|bun|ruby|perl|php|java)[\d.]*")
_PUBLISHERS = frozenset({"docker-proxy"})


def stopped_process(case: Case) -> Iterable[Concern]:
    """Every holder is stopped: nobody can accept."""
    owners = case.socket.owners
    if owners and all(owner.stopped for owner in owners):
        yield concern("stopped_process", pid=str(owners[0].pid))


def deleted_binary(case: Case) -> Iterable[Concern]:
    """The file that runs is not the one that lies there."""
    for process in case.processes:
        path = process.executable
        if path and process.deleted and path.startswith(_FROM_MEMORY):
            yield concern("memory_binary", Confidence.LIKELY, pid=str(process.pid))
            return
        if path and process.deleted and case.socket.is_listener:
            yield concern("deleted_binary", executable=path)
            return


def temporary_binary(case: Case) -> Iterable[Concern]:
    """A server that was started from where everybody may write."""
    for process in case.processes:
        if case.socket.is_listener and process.executable and process.executable.startswith(_TEMPORARY):
            yield concern("temporary_binary", executable=process.executable)
            return


def root_interpreter(case: Case) -> Iterable[Concern]:
    """A script with all rights, open to strangers; root inside a container is another matter."""
    owners = case.socket.owners
    if not case.is_exposed or case.about.container or not owners or owners[0].user != "root":
        return
    if owners[0].name and _INTERPRETER.fullmatch(owners[0].name):
        yield concern("root_interpreter", program=owners[0].name)


def container_published(case: Case) -> Iterable[Concern]:
    """Docker's own rules come before those of ufw and firewalld."""
    forward = case.about.forward
    if forward and forward.program in _PUBLISHERS and case.about.scope is Scope.EVERY_ADDRESS:
        yield concern("container_published", port=str(case.socket.port))


def reverse_tunnel(case: Case) -> Iterable[Concern]:
    """What comes in here leaves through somebody's SSH login."""
    if case.is_exposed and case.about.forward and case.about.forward.how is How.SSH_REMOTE:
        user = case.socket.owners[0].user if case.socket.owners else case.socket.user
        yield concern("reverse_tunnel", user=user or "?")


RULES = (
    stopped_process,
    deleted_binary,
    temporary_binary,
    reverse_tunnel,
    root_interpreter,
    container_published,
)

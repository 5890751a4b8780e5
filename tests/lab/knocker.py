"""Knocks of the lab, made side by side, each by an ordinary user inside a namespace.

Reads a JSON list of knocks from stdin and prints the list of what was seen. Each knock is a fork
that enters its namespace, puts its own name server in place and gives up every privilege. All that
it needs is imported before: the user it becomes may not be able to read this checkout.
"""

import ctypes
import dataclasses
import importlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from portview.diagnose.document import document
from portview.diagnose.engine import diagnose
from portview.probe.knock import observe
from portview.probe.records import Observation, Resolution, Target
from portview.sockets.source import best_source
from portview.vocabulary import Protocol

NOBODY = 65534
_CLONE_NEWNS = 0x00020000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18  # linux/mount.h
_PR_SET_DUMPABLE = 4  # linux/prctl.h: /proc/self stays ours, as in any program that was not root before

# What portview and dnspython import in the middle of a knock.
_LATE = (
    "portview.probe.arrivals",
    "portview.probe.controls",
    "portview.probe.conversation",
    "portview.probe.dns_query",
    "portview.probe.hosts",
    "portview.probe.mtu",
    "portview.probe.overflows",
    "portview.probe.parting",
    "portview.probe.route",
    "portview.probe.scout",
    "portview.probe.second_opinion",
    "portview.probe.surroundings",
    "portview.probe.tls",
    "portview.probe.udp",
    "portview.sockets.linux_source",
    "portview.sockets.netlink.dump",
    "portview.sockets.proc_tables",
    "encodings.ascii",
    "dns.rdtypes.IN.A",
    "dns.rdtypes.IN.AAAA",
    "dns.rdtypes.ANY.CNAME",
    "dns.rdtypes.ANY.SOA",
)

# A knock makes dozens of others beside it: too many at once, and a small machine answers late.
_AT_ONCE = 24

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def _enter(namespace: str) -> None:
    with open(f"/run/netns/{namespace}") as handle:
        _call("setns", handle.fileno(), _CLONE_NEWNET)


def _replace_files(files: dict[str, str]) -> None:
    """Put files in place of the system's, for this process alone."""
    _call("unshare", _CLONE_NEWNS)
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    for path, text in files.items():
        with tempfile.NamedTemporaryFile("w", delete=False) as replacement:
            replacement.write(text)
        os.chmod(replacement.name, 0o644)
        _call("mount", replacement.name.encode(), path.encode(), None, _MS_BIND, None)
        os.unlink(replacement.name)


def _drop_privileges() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    _call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)
    status = Path("/proc/self/status").read_text()
    if "CapEff:\t0000000000000000" not in status:
        raise PermissionError("the knock still has capabilities")


def _knock(order: dict[str, Any]) -> dict[str, Any]:
    _enter(order["namespace"])
    _replace_files(order.get("files", {}))
    _drop_privileges()
    target = Target(order["host"], order["port"], Protocol(order["protocol"]), order.get("service"))
    observation = observe(target, timeout_s=order["timeout_s"])
    listeners = best_source().snapshot().sockets if observation.this_machine else None
    diagnosis = diagnose(observation, listeners)
    said = document(observation, diagnosis)
    return {
        "observation": dataclasses.asdict(observation),
        "diagnosis": said,
        "path": said["path"],
    }


def _fork(order: dict[str, Any]) -> tuple[int, int]:
    """Start one knock; return its pid and where its answer can be read."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    status = 1
    try:
        answer = json.dumps(_knock(order), default=lambda value: value.decode("latin-1"))
        with open(writer, "w") as pipe:
            pipe.write(answer)
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


def main() -> None:
    for module in _LATE:
        importlib.import_module(module)
    # The words of the causes are read when they are first needed.
    diagnose(Observation(Target("192.0.2.1", 1), Resolution("192.0.2.1"), ()))
    orders = json.load(sys.stdin)
    children = [_fork(order) for order in orders[:_AT_ONCE]]
    answers = []
    for place in range(len(orders)):
        pid, reader = children[place]
        with open(reader) as pipe:
            text = pipe.read()
        os.waitpid(pid, 0)
        answers.append(json.loads(text) if text else None)
        children += [_fork(order) for order in orders[place + _AT_ONCE :][:1]]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()

"""A client and a server in network namespaces of their own, and listeners on loopback."""

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.lab.network import remove_leftovers

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PREFIX = "pvscan-"
_NUMBERS = itertools.count(1)
# The kernel bounds ICMP errors and neighbours for all namespaces together: more would be in each other's way.
_SIDE_BY_SIDE = 3

Listen = Callable[..., list[int]]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Make TCP listeners, or silent UDP sockets, on loopback; returns their ports, ascending."""
    with ExitStack() as stack:

        def make(
            count: int,
            *,
            family: socket.AddressFamily = socket.AF_INET,
            kind: socket.SocketKind = socket.SOCK_STREAM,
        ) -> list[int]:
            ports = []
            for _ in range(count):
                sock = stack.enter_context(socket.socket(family, kind))
                sock.bind(("::1" if family is socket.AF_INET6 else "127.0.0.1", 0))
                if kind is socket.SOCK_STREAM:
                    sock.listen(16)
                ports.append(sock.getsockname()[1])
            return sorted(ports)

        yield make


@pytest.fixture
def silent_ports() -> Iterator[Callable[[int], list[int]]]:
    """Make ports of 127.0.0.1 that do not answer a SYN: their accept queues are full."""
    with ExitStack() as stack:

        def make(count: int) -> list[int]:
            ports = []
            for _ in range(count):
                listener = stack.enter_context(socket.socket())
                listener.bind(("127.0.0.1", 0))
                listener.listen(0)
                for _ in range(2):
                    client = stack.enter_context(socket.socket())
                    client.setblocking(False)
                    client.connect_ex(listener.getsockname())
                ports.append(listener.getsockname()[1])
            return sorted(ports)

        yield make


def scan_apart(
    hosts: Sequence[str],
    ports: Sequence[int],
    protocol: str = "tcp",
    *,
    prefix: Sequence[str] = (),
    **more: int,
) -> dict[str, Any]:
    """Scan as an ordinary user in a process of its own, started with `prefix`."""
    wanted = {"hosts": list(hosts), "ports": list(ports), "protocol": protocol, **more}
    done = subprocess.run(
        [*prefix, sys.executable, str(_HERE / "scan_as_json.py")],
        input=json.dumps(wanted).encode() + b"\n",
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=50,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Running:
    """A scan in a process of its own that tells its progress and takes orders (see scan_as_json.py)."""

    def __init__(self, wanted: dict[str, Any], prefix: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            [*prefix, sys.executable, str(_HERE / "scan_as_json.py")],
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.order(json.dumps({"protocol": "tcp", **wanted, "tell": True}))

    def order(self, text: str) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def until(self, is_enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read on until the progress is such, or the answer has come."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if "results" in told or is_enough(told):
                return told
        raise AssertionError("the scan ended without an answer")

    def answer(self) -> dict[str, Any]:
        """Wait for the end."""
        told = self.until(lambda told: False)
        self.finish()
        return told

    def finish(self) -> None:
        """Let the process end, whose answer has come."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert self._process.wait(timeout=10) == 0


@pytest.fixture
def apart() -> Callable[..., dict[str, Any]]:
    """The scan in another process."""
    return scan_apart


def _run(*command: str, text: str | None = None) -> None:
    subprocess.run(command, input=text, text=True, check=True, timeout=20)


class Lab:
    """Two network namespaces joined by a pair of virtual Ethernet ends; nothing leaves them."""

    v4 = "10.66.0.2"
    v6 = "fd66::2"

    def __init__(self) -> None:
        name = f"{_PREFIX}{os.getpid()}-{next(_NUMBERS)}"
        self.client, self.server = f"{name}-c", f"{name}-s"
        self._servers: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "Lab":
        for namespace in (self.client, self.server):
            _run("ip", "netns", "add", namespace)
            self.ip(namespace, "link", "set", "lo", "up")
        self.ip(self.client, "link", "add", "pv0", "type", "veth", "peer", "pv0", "netns", self.server)
        for namespace, host in ((self.client, 1), (self.server, 2)):
            self.ip(namespace, "address", "add", f"10.66.0.{host}/24", "dev", "pv0")
            self.ip(namespace, "address", "add", f"fd66::{host}/64", "dev", "pv0", "nodad")
            self.ip(namespace, "link", "set", "pv0", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.communicate(timeout=10)
        for namespace in (self.client, self.server):
            subprocess.run(["ip", "netns", "delete", namespace], check=False, timeout=10)

    @staticmethod
    def ip(namespace: str, *words: str) -> None:
        """Run ip(8) for a namespace."""
        _run("ip", "-netns", namespace, *words)

    def sysctl(self, namespace: str, *settings: str) -> None:
        """Set kernel parameters of a namespace."""
        for setting in settings:
            name, _, value = setting.partition("=")
            path = "/proc/sys/" + name.replace(".", "/")
            _run("ip", "netns", "exec", namespace, "dd", f"of={path}", "status=none", text=value)

    def unlimit_icmp(self) -> None:
        """Let the server send as many ICMP errors as it likes."""
        self.sysctl(self.server, "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")

    def firewall(self, *rules: str) -> None:
        """Give the server these rules for what comes in."""
        chain = "\n".join(("type filter hook input priority 0", *rules))
        self.rules(self.server, f"table inet filter {{\nchain input {{\n{chain}\n}}\n}}\n")

    @staticmethod
    def rules(namespace: str, ruleset: str) -> None:
        """Load a whole ruleset."""
        _run("ip", "netns", "exec", namespace, "nft", "-f", "-", text=ruleset)

    def scan_at_server(self, hosts: Sequence[str], ports: Sequence[int]) -> dict[str, Any]:
        """Scan from the server: its own addresses."""
        return scan_apart(hosts, ports, prefix=("ip", "netns", "exec", self.server))

    def start_scan(self, **wanted: Any) -> Running:
        """Start a scan from the client."""
        return Running(wanted, prefix=("ip", "netns", "exec", self.client))

    def serve(self, **ports: Sequence[int]) -> None:
        """Listen in the server (see serve.py)."""
        server = subprocess.Popen(
            [
                *("ip", "netns", "exec", self.server),
                *(sys.executable, str(_HERE / "serve.py"), json.dumps(ports)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._servers.append(server)
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"

    def scan(
        self, hosts: Sequence[str], ports: Sequence[int], protocol: str = "tcp", **more: int
    ) -> dict[str, Any]:
        """Scan from the client."""
        return scan_apart(hosts, ports, protocol, prefix=("ip", "netns", "exec", self.client), **more)


@pytest.fixture(scope="session")
def _tools() -> None:
    """All that a lab takes, and nothing left of earlier ones."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root on Linux")
    for tool in ("ip", "nft"):
        assert shutil.which(tool), f"{tool} is missing"
    remove_leftovers(_PREFIX)


@pytest.fixture
def lab(_tools: None) -> Iterator[Lab]:
    """A fresh pair of namespaces."""
    with Lab() as made:
        yield made


Scene = Callable[[Lab], Any]
Played = Callable[[Scene], Any]


def _play(scene: Scene) -> Any:
    with Lab() as lab:
        return scene(lab)


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, _tools: None) -> Played:
    """What a scene of the module's SCENES led to.

    They are scans that wait far more than they work, for one error a second: all are played side by
    side, each in a lab of its own, and have come to their end when the first is asked for.
    """
    scenes: Sequence[Scene] = request.module.SCENES
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        ended = {scene: pool.submit(_play, scene) for scene in scenes}
    return lambda scene: ended[scene].result() if scene in ended else _play(scene)

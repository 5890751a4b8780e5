"""A lab of network namespaces: client - router1 - router2 - server, with real firewalls.

Nothing in it leads outside. The link between the routers takes packets of 1280 bytes; `deaf` is a
second server behind them, with rules of its own. `lone` is a namespace with a loopback interface and a
single ephemeral port. Only root can build the lab; the knocks are an ordinary user's.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PREFIX = "portview-lab-"
NOBODY = 65534

LINKS = (("client", "router1"), ("router1", "router2"), ("router2", "server"), ("router2", "deaf"))
# What ip(8) is told in each namespace; said again for IPv6, where 10.77.N.H is fd77:N::H.
ADDRESSES = {
    "client": """
        addr add 10.77.1.2/24 dev to-router1
        route add 10.77.0.0/16 via 10.77.1.1
        route add unreachable 10.77.101.0/24
        route add prohibit 10.77.102.0/24
        route add blackhole 10.77.103.0/24""",
    "router1": """
        addr add 10.77.1.1/24 dev to-client
        addr add 10.77.2.1/24 dev to-router2
        link set to-router2 mtu 1280
        route add 10.77.5.0/24 via 10.77.2.2
        route add 10.77.3.0/24 via 10.77.2.2
        route add 10.77.105.0/24 via 10.77.2.2
        route add blackhole 10.77.106.0/24
        route add 10.77.107.0/24 via 10.77.2.2""",
    "router2": """
        link set to-router1 mtu 1280
        addr add 10.77.2.2/24 dev to-router1
        addr add 10.77.5.1/24 dev to-deaf
        addr add 10.77.3.1/24 dev to-server
        route add 10.77.1.0/24 via 10.77.2.1
        route add 10.77.105.0/24 via 10.77.2.1
        route add prohibit 10.77.107.0/24""",
    "server": """
        addr add 10.77.3.2/24 dev to-router2
        addr add 10.77.3.3/24 dev to-router2 preferred_lft 0
        route add 10.77.0.0/16 via 10.77.3.1""",
    "deaf": """
        addr add 10.77.5.2/24 dev to-router2
        route add 10.77.0.0/16 via 10.77.5.1""",
    "lone": "",
}
# Every ICMP error is sent (a limit of 0 would do so too, and empty the bucket that routes' errors come
# from), and IPv6 addresses serve at once (no search for duplicates).
SETTINGS = (
    "net.ipv4.icmp_ratemask=0",
    "net.ipv4.icmp_msgs_per_sec=100000",
    "net.ipv4.icmp_msgs_burst=100000",
    "net.ipv6.icmp.ratelimit=0",
    "net.ipv6.conf.all.accept_dad=0",
    "net.ipv6.conf.default.accept_dad=0",
)


class Lab:
    """The namespaces, the services in them, and knocks made from inside."""

    def __init__(self) -> None:
        self._services: list[subprocess.Popen[str]] = []

    @staticmethod
    def as_ipv6(text: str) -> str:
        """The same addresses or commands for IPv6: 10.77.N.H is fd77:N::H, 93.184.N.H is 2a0e:184:N::H."""
        text = re.sub(r"10\.(7\d)\.(\d+)\.(\d+)", r"fd\1:\2::\3", text)
        text = re.sub(r"93\.184\.(\d+)\.(\d+)", r"2a0e:184:\1::\2", text)
        return text.replace("/24", "/64").replace("/32", "/128")

    def name(self, namespace: str) -> str:
        return f"{PREFIX}{os.getpid()}-{namespace}"

    def build(self) -> None:
        for namespace in ADDRESSES:
            _run(["ip", "netns", "add", self.name(namespace)])
            self.run(namespace, ["ip", "link", "set", "lo", "up"])
            self._set(namespace, *SETTINGS)
        for near, far in LINKS:
            ends = ["dev", f"to-{far}", "type", "veth", "peer", f"to-{near}", "netns", self.name(far)]
            self.run(near, ["ip", "link", "add", *ends])
            self.run(near, ["ip", "link", "set", f"to-{far}", "up"])
            self.run(far, ["ip", "link", "set", f"to-{near}", "up"])
        for router in ("router1", "router2"):
            self._set(router, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for namespace, commands in ADDRESSES.items():
            self.run(namespace, ["ip", "-batch", "-"], commands + self.as_ipv6(commands))
        self._set("lone", "net.ipv4.ip_local_port_range=40000 40000")

    def close(self) -> None:
        for service in self._services:
            service.kill()
            service.communicate()
        for namespace in ADDRESSES:
            subprocess.run(["ip", "netns", "del", self.name(namespace)], capture_output=True, check=False)

    def run(self, namespace: str, argv: Sequence[str], stdin: str | None = None) -> str:
        """Run a command as root inside a namespace; its output."""
        return _run(["ip", "netns", "exec", self.name(namespace), *argv], stdin)

    def _set(self, namespace: str, *settings: str) -> None:
        # -e: a kernel that does not have one of them in a namespace of its own goes without.
        self.run(namespace, ["sysctl", "-qew", *settings])

    def filter(self, namespace: str, hook: str, rules: Sequence[str]) -> None:
        """Replace the firewall of a namespace by nftables rules at one hook (input, forward, output)."""
        chain = "\n".join([f"type filter hook {hook} priority 0;", *rules])
        table = f"table inet lab {{\nchain {hook} {{\n{chain}\n}}\n}}\n"
        self.run(namespace, ["nft", "-f", "-"], f"add table inet lab\ndelete table inet lab\n{table}")

    def serve(self, namespace: str, services: Sequence[tuple[str, int]]) -> None:
        """Start services (a role of services.py and its port) and wait until they listen."""
        script = [sys.executable, str(HERE / "services.py"), json.dumps(services)]
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.name(namespace), *script],
            stdin=subprocess.PIPE,  # services end with it, and it ends with this process
            stdout=subprocess.PIPE,
            text=True,
        )
        self._services.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    def knock(self, orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make knocks side by side as an ordinary user: see knocker.py for an order's keys."""
        named = [{**order, "namespace": self.name(order["namespace"])} for order in orders]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        answers = _run([sys.executable, str(HERE / "knocker.py")], json.dumps(named), environment)
        found: list[dict[str, Any]] = json.loads(answers)
        return found

    def run_in_client(self, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command in the client namespace, without privileges.

        The user is the owner of this checkout, who can read it; nobody's when that is root.
        """
        owner = ROOT.stat().st_uid or NOBODY
        drop = ["setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups", "--inh-caps=-all"]
        return subprocess.run(
            ["ip", "netns", "exec", self.name("client"), *drop, "--", *argv],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _run(argv: Sequence[str], stdin: str | None = None, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        argv, input=stdin, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"
    return done.stdout


def cannot_build() -> str | None:
    """Why the lab cannot be built here; None when it can."""
    if sys.platform != "linux":
        return "the lab needs network namespaces: Linux only"
    if os.geteuid() != 0:
        return "the lab needs root: it builds network namespaces and firewalls"
    return None


@contextmanager
def built() -> Iterator[Lab]:
    """The lab for as long as it is needed."""
    missing = [tool for tool in ("ip", "nft", "sysctl", "setpriv") if shutil.which(tool) is None]
    assert not missing, f"root without {', '.join(missing)}: install iproute2, nftables, procps, util-linux"
    remove_leftovers(PREFIX)
    lab = Lab()
    try:
        lab.build()
        yield lab
    finally:
        lab.close()


def remove_leftovers(prefix: str) -> None:
    """Delete the namespaces, named by prefix and pid, of runs that were killed before they could."""
    for path in Path("/run/netns").glob(f"{prefix}*"):
        if not Path("/proc", path.name.removeprefix(prefix).partition("-")[0]).exists():
            # Another run may do the same just now.
            subprocess.run(["ip", "netns", "del", path.name], capture_output=True, check=False)

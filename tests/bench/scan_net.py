"""The networks of the scan benchmark: a client, a server, and what is between them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

_HERE = Path(__file__).parent
SERVER, CLIENT = "10.66.0.2", "10.66.0.1"
BLOCK = "10.66.1.0/24"


def run(*command: str, text: str | None = None) -> None:
    subprocess.run(command, input=text, text=True, check=True, timeout=20)


class Net:
    """Two network namespaces; `inside` starts a command in the client's."""

    def __init__(self) -> None:
        self.client, self.server = (f"pvbench-{os.getpid()}-{end}" for end in ("c", "s"))

    def inside(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.client, *command]

    def firewall(self, *rules: str, outgoing: Sequence[str] = ()) -> None:
        """Rules for what comes in at the server, and for what leaves it."""
        chains = [("input", rules), ("output", outgoing)]
        text = "".join(
            f"chain {hook} {{ type filter hook {hook} priority 0\n" + "\n".join(lines) + "\n}\n"
            for hook, lines in chains
        )
        run("ip", "netns", "exec", self.server, "nft", "-f", "-", text=f"table inet bench {{\n{text}}}\n")


@contextmanager
def network(
    link: dict[str, float] | None = None, ports: dict[str, Sequence[int]] | None = None
) -> Iterator[Net]:
    """Both namespaces, joined by a virtual cable or by the relay, with a server for `ports`."""
    net = Net()
    with ExitStack() as stack:
        for namespace in (net.client, net.server):
            run("ip", "netns", "add", namespace)
            stack.callback(run, "ip", "netns", "delete", namespace)
            run("ip", "-netns", namespace, "link", "set", "lo", "up")
        if link is None:
            run("ip", "-netns", net.client, "link", "add", "link0", "type", "veth",
                "peer", "link0", "netns", net.server)  # fmt: skip
        else:
            settings = json.dumps({"near": net.client, "far": net.server, **link})
            stack.enter_context(helper([sys.executable, str(_HERE / "scan_relay.py"), settings]))
        for namespace, address in ((net.client, CLIENT), (net.server, SERVER)):
            run("ip", "-netns", namespace, "address", "add", f"{address}/24", "dev", "link0")
            run("ip", "-netns", namespace, "link", "set", "link0", "txqueuelen", "10000", "up")
        # A whole network on the server: it answers for each of its addresses.
        run("ip", "-netns", net.server, "route", "add", "local", BLOCK, "dev", "lo")
        run("ip", "-netns", net.client, "route", "add", BLOCK, "dev", "link0")
        serve = _HERE.parent / "scan" / "serve.py"
        started = ["ip", "netns", "exec", net.server, sys.executable, str(serve), json.dumps(ports or {})]
        stack.enter_context(helper(started))
        yield net


@contextmanager
def helper(command: list[str]) -> Iterator[None]:
    """A process that says when it is ready and ends with its stdin."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"did not start: {' '.join(command)}")
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(timeout=10)

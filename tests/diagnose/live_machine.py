"""A machine of its own with real processes on real ports; run it in a new network namespace, as root.

It prints as JSON what is found about each of its sockets: {"port/protocol/address": {...}}.
"""

import array
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from portview.diagnose.survey import Survey
from portview.diagnose.together import also_lines, shared_lines
from portview.sockets.informed import Informed
from portview.sockets.source import best_source

PYTHON = os.path.realpath(sys.executable)
SERVE = """
import os, socket, sys
address, port, protocol, options = sys.argv[1:5]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
opened = socket.socket(family, socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
if "reuse" in options:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
if "v6only" in options:
    opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
opened.bind((address, int(port)))
if protocol == "tcp" and "taken" not in options:
    opened.listen(64)
for _ in range(2 if "fork" in options else 0):
    if os.fork() == 0:
        break
else:
    print("ready", flush=True)
sys.stdin.read()
"""

# program, port, protocol, and the risk that is to be found there
RISKS = (
    ("vsftpd", 2121, "tcp", "cleartext_login"),
    ("server", 23, "tcp", "cleartext_login"),
    ("exim4", 25, "tcp", "smtp_relay"),
    ("rpcbind", 111, "udp", "nfs"),
    ("smbd", 445, "tcp", "windows_sharing"),
    ("dnsmasq", 53, "udp", "dns_amplification"),
    ("ntpd", 123, "udp", "ntp_amplification"),
    ("snmpd", 161, "udp", "snmp"),
    ("slapd", 389, "tcp", "ldap"),
    ("server", 623, "udp", "ipmi"),
    ("server", 873, "tcp", "rsync"),
    ("postgres", 5432, "tcp", "database"),
    ("mariadbd", 13306, "tcp", "database"),
    ("server", 1900, "udp", "ssdp"),
    ("dockerd", 2375, "tcp", "docker"),
    ("etcd", 2379, "tcp", "coordination"),
    ("x11vnc", 5900, "tcp", "remote_desktop"),
    ("xrdp", 3389, "tcp", "remote_desktop"),
    ("server", 5001, "tcp", "nas_panel"),
    ("adbd", 5555, "tcp", "adb"),
    ("java", 9200, "tcp", "elasticsearch"),
    ("server", 15672, "tcp", "message_queue"),
    ("redis-server", 6379, "tcp", "redis"),
    ("kubelet", 10250, "tcp", "kubernetes"),
    ("server", 7547, "tcp", "cwmp"),
    ("server", 8006, "tcp", "admin_panel"),
    ("mihomo", 9090, "tcp", "proxy_controller"),
    ("memcached", 11211, "tcp", "memcached"),
    ("memcached", 11211, "udp", "memcached"),
    ("mongod", 27017, "tcp", "mongodb"),
    ("squid", 3128, "tcp", "open_proxy"),
    ("Xorg", 6000, "tcp", "x11"),
    ("mosquitto", 1883, "tcp", "mqtt"),
    ("aria2c", 6800, "tcp", "download_control"),
    ("in.tftpd", 69, "udp", "tftp"),
    ("server", 13, "tcp", "small_servers"),
    ("server", 19, "udp", "amplification"),
    ("php-fpm", 9001, "tcp", "php_fpm"),
)


class Machine:
    """Starts programs and keeps what they need until the end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack

    def program(self, name: str, *, copy: bool = False) -> Path:
        path = self.folder / name
        if not path.exists():
            (shutil.copy if copy else os.symlink)(PYTHON, path)
        return path

    def serve(
        self,
        name: str,
        port: int,
        protocol: str = "tcp",
        address: str = "0.0.0.0",
        options: str = "-",
        *more: str,
        title: str | None = None,
        copy: bool = False,
    ) -> subprocess.Popen[bytes]:
        path = self.program(name, copy=copy)
        return self.start(path, title or str(path), address, str(port), protocol, options, *more)

    def start(self, executable: Path, title: str, *where: str) -> subprocess.Popen[bytes]:
        """Run a Python that serves, under any name, and wait until it does."""
        arguments = [title, "-S", "-c", SERVE, *where]
        program = subprocess.Popen(
            arguments,
            executable=executable,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONHOME": sys.base_prefix},
        )
        self.stack.callback(program.wait)
        self.stack.callback(program.kill)
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n", arguments
        return program

    def keep(self, opened: socket.socket) -> socket.socket:
        return self.stack.enter_context(opened)


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True)


def network() -> None:
    ip("link", "set", "lo", "up")
    ip("link", "add", "eth7", "type", "veth", "peer", "name", "eth8")
    ip("link", "set", "eth7", "up")
    ip("link", "set", "eth8", "up")
    ip("address", "add", "192.168.77.2/24", "dev", "eth7")
    ip("address", "add", "2a00:1450:7::2/64", "dev", "eth7", "nodad")
    ip("address", "add", "192.168.78.2/24", "dev", "eth7")


def risky_services(machine: Machine) -> None:
    for name, port, protocol, _ in RISKS:
        machine.serve(name, port, protocol)


def unusual_programs(machine: Machine) -> None:
    machine.serve("sshd", 3307)
    machine.serve("sshd", 3306)
    machine.serve("left-over", 20001, copy=True)
    os.unlink(machine.folder / "left-over")
    machine.serve("from-tmp", 20002, copy=True)
    os.kill(machine.serve("halted", 20003).pid, signal.SIGSTOP)
    machine.serve("python3", 20004, "tcp", "0.0.0.0", "-", "-m", "http.server")
    machine.serve("node", 20005, "tcp", "0.0.0.0", "-", "--inspect=0.0.0.0:9229")
    proxied = ("-host-port", "20006", "-container-ip", "172.17.0.2", "-container-port", "6379")
    machine.serve("docker-proxy", 20006, "tcp", "0.0.0.0", "-", *proxied)
    machine.serve("sshd", 20007, title="sshd: alice@pts/0")
    from_memory(machine)


def from_memory(machine: Machine) -> None:
    file = os.memfd_create("hidden")
    os.write(file, Path(PYTHON).read_bytes())
    machine.start(Path(f"/proc/{os.getpid()}/fd/{file}"), "hidden", "0.0.0.0", "20008", "tcp", "-")


def holders(machine: Machine) -> None:
    machine.serve("old-app", 20010, options="reuse")
    machine.serve("new-app", 20010, options="reuse")
    machine.serve("worker", 20011, options="fork")
    machine.serve("split", 20012, address="127.0.0.1")
    machine.serve("split", 20012, address="::", options="v6only")
    machine.serve("twice", 20013, address="192.168.77.2")
    machine.serve("twice", 20013, address="192.168.78.2")
    machine.serve("both", 20014)
    machine.serve("both", 20014, "udp")
    machine.serve("every", 20015, address="::")
    many = [machine.keep(socket.create_server(("127.0.0.1", port))) for port in (20016, 20017)]
    assert many
    machine.serve("taker", 20025, options="taken")
    in_flight(machine)
    ip("address", "add", "192.168.79.2/24", "dev", "eth7")
    machine.serve("stranded", 20019, address="192.168.79.2")
    ip("address", "del", "192.168.79.2/24", "dev", "eth7")


def in_flight(machine: Machine) -> None:
    """A listener on its way between two processes: no process has it."""
    here, there = (machine.keep(end) for end in socket.socketpair())
    assert there
    with socket.create_server(("0.0.0.0", 20018)) as opened:
        here.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [opened.fileno()]))])


def pressure(machine: Machine) -> None:
    slow = machine.keep(socket.create_server(("0.0.0.0", 20020), backlog=0))
    for _ in range(3):
        client = machine.keep(socket.socket())
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", 20020))
    assert slow
    machine.keep(socket.create_server(("0.0.0.0", 20021), backlog=5))

    deaf = machine.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    deaf.bind(("127.0.0.1", 20026))
    for _ in range(2000):
        deaf.sendto(bytes(1000), deaf.getsockname())

    leaky = machine.keep(socket.create_server(("0.0.0.0", 20022), backlog=64))
    for _ in range(12):
        with socket.create_connection(("127.0.0.1", 20022)):
            machine.keep(leaky.accept()[0])

    Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("41000 41019")
    busy = machine.keep(socket.create_server(("127.0.0.1", 20023), backlog=64))
    assert busy
    for _ in range(12):
        machine.keep(socket.create_connection(("127.0.0.1", 20023)))
    over = machine.keep(socket.create_server(("127.0.0.1", 20024), backlog=64))
    for _ in range(12):
        with socket.create_connection(("127.0.0.1", 20024)):
            accepted = over.accept()[0]
        accepted.close()


def read() -> dict[str, dict[str, object]]:
    survey = Survey(Informed(best_source()).snapshot(everything=True))
    found: dict[str, dict[str, object]] = {}
    for one in survey.snapshot.sockets:
        remote = f">{one.remote_port}" if one.remote_port else ""
        place = f"{one.port}/{one.protocol}/{one.address}{remote}"
        told = found.setdefault(place, {"findings": {}, "shared": [], "also": [], "state": one.state})
        findings, shared, also = told["findings"], told["shared"], told["also"]
        assert isinstance(findings, dict)
        assert isinstance(shared, list)
        assert isinstance(also, list)
        findings.update({each.id: [each.confidence, each.because] for each in survey.concerns(one)})
        shared += shared_lines(one, survey)
        also += also_lines(one, survey)
    return found


def main() -> None:
    # Whatever happens to the test, the programs end with this one.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        machine = Machine(Path(folder), stack)
        network()
        risky_services(machine)
        unusual_programs(machine)
        holders(machine)
        pressure(machine)
        time.sleep(0.2)  # the last FINs are on their way
        sys.stdout.write(json.dumps(read()))


if __name__ == "__main__":
    main()

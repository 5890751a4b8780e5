"""What the screen costs while nothing happens, on a crowded machine, refreshing every 2 s.

    python tests/bench/idle.py [--seconds N]

Takes root: it makes the crowd of sockets_bench.py in a network namespace of its own. Prints JSON: the
share of a core that the program took, in percent; how many bytes it sent to the terminal, and the
largest write: the clock's is well below 200 bytes.
"""

import argparse
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.sockets_bench import crowd

_SETTLED_S = 10.0
_LISTENERS = b"1500 listening"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        argv = ["unshare", "--net", sys.executable, __file__, "--inside", "--seconds", str(arguments.seconds)]
        sys.exit(subprocess.run(argv, check=False).returncode)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with crowd():
        answer = idle(arguments.seconds)
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


def idle(seconds: float) -> dict[str, object]:
    """Let the program settle, then watch it."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
        os.chdir(Path(__file__).parents[2])
        os.execv(sys.executable, [sys.executable, "-m", "portview"])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    try:
        shown = b"".join(read_for(master, _SETTLED_S))
        before, start = cpu_s(pid), time.monotonic()
        writes = [len(data) for data in read_for(master, seconds)]
        spent, passed = cpu_s(pid) - before, time.monotonic() - start
    finally:
        os.kill(pid, signal.SIGTERM)
        os.close(master)
        os.waitpid(pid, 0)
    return {
        "seconds": round(passed, 1),
        "shows_all": _LISTENERS in shown,
        "load": os.getloadavg(),
        "percent_of_a_core": round(100 * spent / passed, 2),
        "bytes": sum(writes),
        "writes": len(writes),
        "largest_write": max(writes, default=0),
    }


def read_for(master: int, seconds: float) -> list[bytes]:
    """All that is written meanwhile, write by write."""
    end = time.monotonic() + seconds
    writes = []
    while (left := end - time.monotonic()) > 0:
        if select.select([master], [], [], left)[0]:
            writes.append(os.read(master, 65536))
    return writes


def cpu_s(pid: int) -> float:
    """User and system time of a process (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()

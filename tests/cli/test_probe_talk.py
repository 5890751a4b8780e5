"""What somebody who watches is told on stderr while a knock goes on."""

import os
import subprocess
import sys


def test_controls_are_told_as_they_end(closed_port: int) -> None:
    terminal, stderr = os.openpty()
    argv = [sys.executable, "-m", "portview", "probe", "127.0.0.1", str(closed_port), "--json"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=stderr)
    os.close(stderr)
    assert process.wait(30) == 1
    told = os.read(terminal, 10_000).decode().splitlines()
    os.close(terminal)
    assert told[0] == "Trying 127.0.0.1 ..."
    assert any(line.startswith("127.0.0.1: refused after ") for line in told)
    assert any("port 443, to compare: " in line for line in told)


def test_a_short_wait_is_warned_of() -> None:
    terminal, stderr = os.openpty()
    argv = [sys.executable, "-m", "portview", "probe", "127.0.0.1", "9", "--timeout", "3.4"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=stderr)
    os.close(stderr)
    process.wait(30)
    told = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert told.startswith("note: below 3.5 s a host that is off looks like a firewall")

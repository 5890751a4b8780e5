"""Record a short tour of the screen as assets/demo.cast, for `asciinema play` (asciicast v2).

    unshare --net --uts sh -c 'hostname nas; ip link set lo up; python assets/record.py'

The program runs in a pseudo terminal; a namespace of its own shows none of this machine's sockets.
"""

import codecs
import fcntl
import json
import os
import pty
import select
import socket
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

SIZE = 100, 30
TOUR = (
    (2.0, "j"), (1.0, "j"), (1.0, "p"), (3.0, "2"), (0.5, "/"), (0.5, "localhost:81\r"), (3.0, "\x1b"),
    (0.5, "3"), (0.5, "\x1b"), (0.5, "r"), (3.0, "j"), (1.0, "j"), (1.5, "h"), (3.0, "q"),
)  # fmt: skip
"""Seconds to wait, then keys to press."""
PORTS = (22, 80, 5432, 6379)


def main() -> None:
    """Open some ports, take the tour, and write down what is drawn when."""
    held = [socket.create_server(("127.0.0.1" if port > 1024 else "", port)) for port in PORTS]
    started, events = time.monotonic(), []
    decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a read may end within a character
    with tempfile.TemporaryDirectory() as folder:
        pid, terminal = pty.fork()
        if pid == 0:
            homes = {f"XDG_{kind}_HOME": folder for kind in ("CONFIG", "DATA", "STATE")}
            environment = {**os.environ, **homes, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, "-m", "portview"], {**environment, "LANG": "C.UTF-8"})
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        for wait, keys in (*TOUR, (1.0, "")):
            end = time.monotonic() + wait
            while (left := end - time.monotonic()) > 0 and select.select([terminal], [], [], left)[0]:
                try:
                    data = os.read(terminal, 65536)
                except OSError:  # the program has ended
                    break
                now = round(time.monotonic() - started, 2)
                events.append([now, "o", decoder.decode(data)])
            if keys:
                os.write(terminal, keys.encode())
        os.waitpid(pid, 0)
    for one in held:
        one.close()
    header = {"version": 2, "width": SIZE[0], "height": SIZE[1], "title": "portview"}
    lines = [json.dumps(line, ensure_ascii=False) for line in (header, *events)]
    Path(__file__).with_name("demo.cast").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

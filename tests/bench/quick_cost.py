"""What `portview probe --quick --json` costs as a whole process, against the least that any knock costs.

    python tests/bench/quick_cost.py [RUNS]

The knocks are at a closed port, at one that greets at once, and at one that stays silent, where the
knock itself listens for 4 ms. Prints JSON: medians in milliseconds over alternating runs, and their
ratios to the bare interpreter; the goal is 4 at most.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

GOAL = 4.0
_RUNS = 15
_ROOT = Path(__file__).parents[2]
# What the installed script does.
_SCRIPT = "import sys; from portview.__main__ import main; sys.exit(main())"


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else _RUNS
    with (
        socket.create_server(("127.0.0.1", 0)) as greeter,
        socket.create_server(("127.0.0.1", 0), backlog=128) as silent,
        socket.socket() as closed,
    ):
        closed.bind(("127.0.0.1", 0))
        threading.Thread(target=_greet, args=(greeter,), daemon=True).start()
        commands = {
            "python": [sys.executable, "-c", "import socket, select"],
            "closed": _knock(closed),
            "greeting": _knock(greeter),
            "silent": _knock(silent),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(runs + 1):
            for name, argv in commands.items():
                elapsed = _elapsed_ms(argv)
                if number:  # the first run fills the caches
                    times[name].append(elapsed)
    medians = {name: statistics.median(values) for name, values in times.items()}
    report = {
        "runs": runs,
        "median_ms": {name: round(value, 1) for name, value in medians.items()},
        "ratio": {name: round(value / medians["python"], 2) for name, value in medians.items()},
        "goal": GOAL,
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


def _greet(greeter: socket.socket) -> None:
    while True:
        connection, _ = greeter.accept()
        connection.sendall(b"SSH-2.0-x\r\n")
        connection.close()


def _knock(sock: socket.socket) -> list[str]:
    port = str(sock.getsockname()[1])
    return [sys.executable, "-c", _SCRIPT, "probe", "--quick", "--json", "127.0.0.1", port]


def _elapsed_ms(argv: list[str]) -> float:
    # An installed program has its bytecode; a run that may not write it would compile each time.
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, env=environment, cwd=_ROOT, check=False)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()

"""What the reference costs: searches over all entries, its first loading, and the knowledge of a probe.

Prints JSON; times are milliseconds, medians of several runs. `search_ms` is what one pressed key costs
on the screen (a frame has 16 ms), the typed texts letter by letter; `first_search_ms` is paid once.
Run: PYTHONPATH=. python tests/bench/reference_bench.py
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial

from portview.knowledge.entries import entries
from portview.knowledge.search import search

TYPED = (
    "5244",
    "8000-8100",
    "risk:high udp",
    "postgresql",
    "no route to host",
    "can two programs share a port?",
    "why does my server time out when i connect from outside",
    "curl: (28) failed to connect to nas.lan port 443",
    "\u7aef\u53e3\u88ab\u5360\u7528",  # Chinese: the port is in use
    "zzzz qqqq",
)
RUNS = 15


def _ms(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def _search() -> dict[str, float]:
    prefixes = [text[:end] for text in TYPED for end in range(1, len(text) + 1)]
    search("")  # what opening the pane does
    times = [_ms(partial(search, prefix)) for prefix in prefixes for _ in range(3)]
    return {
        "median": round(statistics.median(times), 2),
        "p99": round(statistics.quantiles(times, n=100)[98], 2),
        "most": round(max(times), 2),
    }


def _fresh(code: str) -> float:
    """The median time that `code` measures of itself in fresh interpreters."""
    script = f"import time\nstart = time.perf_counter()\n{code}\nprint((time.perf_counter() - start) * 1000)"
    argv = [sys.executable, "-c", script]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as compiled:  # as where portview is installed
        environment["PYTHONPYCACHEPREFIX"] = compiled
        runs = [
            subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
            for _ in range(RUNS)
        ]
    return round(statistics.median(float(run.stdout) for run in runs), 2)


# What `probe --quick --json` reads of the knowledge; modules that it needs anyway are in memory before.
_PROBE = """
import tomllib, socket, enum, typing, functools, string
start = time.perf_counter()
from portview.knowledge.services import service_name
from portview.knowledge.speech import usual_speech
from portview.knowledge import load
from portview.vocabulary import Protocol
usual_speech(service_name(22, Protocol.TCP))
load.pattern("tcp_refused_rst"); load.cause("no_listener"); load.cause("bound_loopback"); load.facts()
load.phrases("words")
from portview.knowledge.provider_blocks import blocking
blocking(25, Protocol.TCP, "out")
"""
_FIRST = "from portview.knowledge.search import search; search('why is my port refused')"


_TABLE = "from portview.knowledge.services import services\nstart = time.perf_counter()\nservices()"


def main() -> None:
    """Measure and print."""
    figures = {
        "entries": len(entries()),
        "load_average": os.getloadavg()[0],
        "search_ms": _search(),
        "first_search_ms": _fresh(_FIRST),
        "probe_knowledge_ms": _fresh(_PROBE),
        "services_table_ms": _fresh(_TABLE),
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

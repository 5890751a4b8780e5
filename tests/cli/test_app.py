import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_version(portview: Run) -> None:
    done = portview("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("portview ")


@pytest.mark.parametrize("arguments", [("--help",), ("ls", "-h"), ("probe", "--help"), ("scan", "--help")])
def test_help(portview: Run, arguments: tuple[str, ...]) -> None:
    done = portview(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: portview")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-such-option",),
        ("no-such-command",),
        ("ls", "--surplus"),
        ("probe",),
        ("probe", "127.0.0.1"),
        ("probe", "127.0.0.1", "80", "--timeout", "soon"),
        ("probe", "127.0.0.1", "80", "--timeout", "0"),
        ("probe", "127.0.0.1", "80", "--timeout", "nan"),
        ("probe", "127.0.0.1", "0"),
        ("probe", "127.0.0.1", "70000"),
        ("probe", "127.0.0.1", "-1"),
        ("probe", "127.1", "80"),
        ("probe", "a..b", "80"),
        ("probe", "x" * 64 + ".lan", "80"),
        ("probe", "", "80"),
        ("probe", "nas lan", "80"),
        ("probe", "[::1", "80"),
        ("probe", "\x1b[31mnas", "80"),
        ("x" * 100_000,),
        ("probe", "127.0.0.1", "80", "--timeout", "x" * 100_000),
        ("ls", "--" + "x" * 100_000),
        ("scan",),
        ("scan", "127.0.0.1", "--rate", "abc"),
        ("scan", "127.0.0.1", "--rate", "0"),
        ("scan", "127.0.0.1", "--rate", "nan"),
        ("scan", "127.0.0.1", "-p", ""),
        ("scan", "127.0.0.1", "-p", "1,,x"),
        ("scan", "127.0.0.1", "-p", "100-1"),
        ("scan", "127.0.0.1", "-p", "0"),
        ("scan", "127.0.0.1", "-p", "70000"),
        ("scan", "127.0.0.1", "-p", "U:"),
        ("scan", "127.0.0.1", "-p", "22", "-p", "80"),
        ("scan", "127.0.0.1", "--exclude-ports", "22", "--exclude-ports", "80"),
        ("scan", "127.0.0.1", "-p", "22", "--json", "-o", "-"),
        ("scan", "127.0.0.1", "--top", "0"),
        ("scan", "127.0.0.1", "-p", "80", "--top", "5"),
        ("scan", "127.0.0.1", "--json", "--jsonl"),
        ("explain", "no such thing at all"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(portview: Run, arguments: tuple[str, ...]) -> None:
    done = portview(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("portview: ")
    assert done.stderr.count("\n") == 1
    assert done.stderr.rstrip("\n").isprintable()
    assert len(done.stderr) < 1100


def test_who_types_a_host_for_a_command_is_told_how_to_knock(portview: Run) -> None:
    done = portview("127.0.0.1", "22")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("portview: no command '127.0.0.1': there are ls, probe, scan and explain;")
    assert done.stderr.endswith("; portview probe HOST PORT knocks\n")


def test_the_screen_needs_a_terminal(portview: Run) -> None:
    done = portview()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "terminal" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("explain",), ("explain", "22"), ("scan", "127.0.0.1", "--jsonl"), ("scan", "127.0.0.1"), ("ls",)],
)
def test_a_reader_that_leaves_early_ends_it_like_sigpipe(arguments: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "portview", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (141, b"")


def test_interrupting_a_knock_exits_130(portview: Run) -> None:
    with socket.socket() as full:
        # One connection fills the queue of a listener that never accepts; the next one hangs.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            waiting.append(filler)
        process = subprocess.Popen(
            [sys.executable, "-m", "portview", "probe", "127.0.0.1", str(port), "--timeout", "30"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        _wait_until_knocking(process.pid)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
        for filler in waiting:
            filler.close()
    assert process.returncode == 130
    assert (stdout.splitlines()[0], stderr) == ("Cancelled before 127.0.0.1 had answered", "")


@pytest.mark.parametrize("module", ["portview.cli.app", "portview.cli.commands", "portview.cli.ls"])
def test_interrupting_it_while_it_is_loaded_exits_130_without_a_traceback(module: str) -> None:
    code = (
        "import os, signal, sys; from portview.__main__ import main\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code, "ls"], capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr.strip() in (b"", b"portview: interrupted")


def _wait_until_knocking(pid: int) -> None:
    """Until the process holds a socket, which it opens only to knock."""
    for _ in range(200):
        if any(file.startswith("socket:") for file in _open_files(pid)):
            return
        time.sleep(0.05)
    pytest.fail("the knock did not begin")


def _open_files(pid: int) -> Iterator[str]:
    """What a process has open; what it closes meanwhile is passed over."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(descriptor)


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (("probe", "--quick", "--json", "127.0.0.1", "9"), {"textual", "rich", "dns", "psutil"}),
        (("ls", "--json"), {"textual", "rich", "dns"}),
        (("scan", "127.0.0.1", "-p", "9", "--json"), {"textual", "rich", "dns", "psutil"}),
        (("explain", "refused"), {"textual", "rich", "dns", "psutil"}),
        (("explain", "443"), {"textual", "rich", "dns"}),  # it looks who holds the port here
    ],
)
def test_commands_load_only_what_they_need(arguments: tuple[str, ...], forbidden: set[str]) -> None:
    code = (
        "import sys; from portview.cli.app import run;"
        "run(sys.argv[1:], open_screen=lambda: 0);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=30, check=True
    )
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "portview" in loaded
    assert not loaded & forbidden


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("ls",), ("ls", "--json"), ("probe", "127.0.0.1", "9", "--quick"), ("explain",)],
)
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_is_told_in_one_line(
    arguments: tuple[str, ...], redirection: str
) -> None:
    command = shlex.join([sys.executable, "-m", "portview", *arguments])
    done = subprocess.run(
        ["sh", "-c", f"{command} {redirection}"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 74
    assert done.stderr.startswith("portview: cannot write output: ")
    assert done.stderr.count("\n") == 1


def test_families_exclude_each_other(portview: Run) -> None:
    done = portview("probe", "-4", "-6", "localhost", "9")
    assert (done.returncode, done.stdout) == (2, "")


def test_both_protocols_are_no_restriction(portview: Run, listener: socket.socket) -> None:
    done = portview("ls", "--tcp", "--udp")
    assert str(listener.getsockname()[1]) in done.stdout


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("portview sc", ["plain,scan"]),
        ("portview ls --j", ["plain,--json"]),
        ("portview scan -o", ["file,"]),
        ("portview scan --resume", ["file,"]),
        ("portview scan --targets", ["file,"]),
        ("portview probe --save", ["file,"]),
        ("portview explain --from", ["file,"]),
    ],
)
def test_a_shell_can_complete_commands_options_and_files(
    portview: Run, words: str, completions: list[str]
) -> None:
    at = str(len(words.split()) - ("file," not in completions))
    done = portview(_PORTVIEW_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=at)
    assert (done.returncode, done.stdout.split()) == (0, completions)

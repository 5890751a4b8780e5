import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from portview.text import clean
from tests.cli.conftest import Run


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_explain_says_what_probe_said(
    portview: Run, closed_port: int, tmp_path: Path, form: tuple[str, ...], quick: tuple[str, ...]
) -> None:
    file = str(tmp_path / "knock.json")
    probed = portview("probe", "127.0.0.1", str(closed_port), "--save", file, *form, *quick)
    assert (probed.returncode, probed.stderr) == (1, "")
    explained = portview("explain", "--from", file, *form)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert explained.stdout == probed.stdout


def test_the_file_says_what_wrote_it(portview: Run, listener: socket.socket, tmp_path: Path) -> None:
    file = tmp_path / "knock.json"
    assert portview("probe", "--save", str(file), f"127.0.0.1:{listener.getsockname()[1]}").returncode == 0
    saved = json.loads(file.read_text())
    assert (saved["schema"], type(saved["portview"])) == (1, str)
    assert [one["address"] for one in saved["listeners"]] == ["127.0.0.1"]


def test_a_place_that_cannot_be_written_is_told_before_the_knock(
    portview: Run, listener: socket.socket, tmp_path: Path
) -> None:
    file = str(tmp_path / "missing" / "knock.json")
    done = portview("probe", "--save", file, f"127.0.0.1:{listener.getsockname()[1]}")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "No such file" in done.stderr
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_loses_only_the_file(portview: Run, closed_port: int) -> None:
    done = portview("probe", "--quick", "--json", "--save", "/dev/full", f"127.0.0.1:{closed_port}")
    assert done.returncode == 74
    assert json.loads(done.stdout)["outcome"] == "refused"
    assert done.stderr == "portview: cannot save to /dev/full: No space left on device\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the limit's signal is ignored as on Linux")
def test_nothing_is_left_of_a_knock_that_could_not_be_kept(
    portview: Run, closed_port: int, tmp_path: Path
) -> None:
    file = tmp_path / "knock.json"
    limited = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); sys.argv[0] = 'portview';"
    limited += "from portview.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", limited, "probe", "--quick", "--save", file, f"127.0.0.1:{closed_port}"],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 74
    assert f"cannot save to {clean(str(file), 60)}: File too large" in done.stderr
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x1b", b'{"schema": 9, "observation": 1}'])
def test_a_foreign_file_is_one_line(portview: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "foreign"
    file.write_bytes(content)
    done = portview("explain", "--from", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.removesuffix("\n").isprintable()


def test_a_saved_knock_stands_alone(portview: Run, tmp_path: Path) -> None:
    done = portview("explain", "--from", str(tmp_path), "refused")
    assert (done.returncode, done.stdout) == (2, "")

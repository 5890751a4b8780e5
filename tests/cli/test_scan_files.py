"""`portview scan` with files: what goes in by --targets, and what stays by -o and --resume."""

import csv
import json
import os
import re
import resource
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Run

COMMAND = [sys.executable, "-m", "portview", "scan"]
# Long enough that it never ends by itself within a test.
LONG = ("127.0.1.1-60", "-p", "-", "--yes")


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_lines(file: Path, lines: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if file.exists() and file.read_bytes().count(b"\n") >= lines:
            return
        time.sleep(0.02)
    raise AssertionError(f"{file} never had {lines} lines")


def shorten(journal: Path, hosts: int) -> None:
    """Keep a long scan's journal for its first hosts alone, so that the rest of it takes no time."""
    first, *lines = journal.read_text().splitlines(keepends=True)
    header = json.loads(first)
    kept = header["scan"]["hosts"][:hosts]
    header["scan"]["hosts"] = kept
    header["scan"]["ports"] = {"tcp": "1-300"}
    own = [
        line
        for line in lines
        if line.endswith("\n")
        and json.loads(line)["address"] in {host for host, _ in kept}
        and json.loads(line)["port"] <= 300
    ]
    journal.write_text(json.dumps(header) + "\n" + "".join(own))


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "xml", "gnmap"])
def test_the_ending_of_the_file_is_its_format(
    portview: Run, listener: socket.socket, closed_port: int, tmp_path: Path, ending: str
) -> None:
    port = listener.getsockname()[1]
    file = tmp_path / f"scan.{ending}"
    done = portview("scan", "127.0.0.1", "-p", f"{port},{closed_port}", "-o", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{port}/tcp" in done.stdout
    assert list(tmp_path.iterdir()) == [file]
    text = file.read_text()
    match ending:
        case "json":
            assert json.loads(text)["hosts"][0]["counts"]["open"] == 1
        case "jsonl":
            assert [json.loads(line).get("state") for line in text.splitlines()].count("open") == 1
        case "csv":
            assert {row["state"] for row in csv.DictReader(text.splitlines())} == {"open", "closed"}
        case "xml":
            [state] = ElementTree.fromstring(text).findall(f".//port[@portid='{port}']/state")
            assert state.get("state") == "open"
        case _:
            assert f"{port}/open/tcp" in text


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("--csv", "address,name,port"), ("--xml", "<?xml"), ("--grepable", "# portview"), ("--json", "{")],
)
def test_a_format_without_a_file_goes_to_stdout(
    portview: Run, closed_port: int, form: str, beginning: str
) -> None:
    done = portview("scan", "127.0.0.1", "-p", str(closed_port), form)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(beginning)


def test_a_text_file_is_not_taken_for_a_format(portview: Run, tmp_path: Path) -> None:
    done = portview("scan", "127.0.0.1", "-p", "9", "-o", str(tmp_path / "scan.txt"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "scan.txt does not end in .json" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_chosen_format_counts_more_than_the_ending(portview: Run, closed_port: int, tmp_path: Path) -> None:
    file = tmp_path / "scan.txt"
    done = portview("scan", "127.0.0.1", "-p", str(closed_port), "--csv", "-o", str(file))
    assert done.returncode == 0
    assert file.read_text().startswith("address,name,port")
    assert "1 port closed" in done.stdout


def test_a_scan_that_was_killed_loses_nothing_and_goes_on(portview: Run, tmp_path: Path) -> None:
    file = tmp_path / "scan.json"
    journal = tmp_path / "scan.json.part"
    with start(*LONG, "-o", str(file)) as process:
        wait_for_lines(journal, 5000)
        process.kill()
        process.communicate()
    shorten(journal, 2)
    known = journal.read_text().splitlines()[1:]
    journal.write_text(journal.read_text() + '{"schema": 1, "addr')
    done = portview("scan", "--resume", str(file))
    assert done.returncode == 0
    assert "the last line of" in done.stderr
    document = json.loads(file.read_text())
    assert [sum(host["counts"].values()) for host in document["hosts"]] == [300, 300]
    assert list(tmp_path.iterdir()) == [file]
    assert 0 < len(known) < 600


def test_ctrl_c_writes_the_file_and_keeps_what_is_needed_to_go_on(portview: Run, tmp_path: Path) -> None:
    file = tmp_path / "scan.csv"
    journal = tmp_path / "scan.csv.part"
    with start(*LONG, "-o", str(file)) as process:
        wait_for_lines(journal, 2000)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=40)
    assert process.returncode == 130
    assert "(interrupted: " in stdout
    assert stderr == f"portview: to go on: portview scan --resume {file}\n"
    rows = file.read_text().splitlines()
    assert len(rows) == len(journal.read_text().splitlines())
    shorten(journal, 1)
    assert portview("scan", "--resume", str(file), "127.0.1.1").returncode == 0
    assert len(file.read_text().splitlines()) == 301


def test_an_unfinished_scan_is_not_written_over(portview: Run, closed_port: int, tmp_path: Path) -> None:
    file, journal = tmp_path / "v.json", tmp_path / "v.json.part"
    with start(*LONG, "-o", str(file)) as process:
        wait_for_lines(journal, 100)
        process.kill()
        process.communicate()
    before = journal.read_bytes()
    other = ("scan", "127.0.0.1", "-p", str(closed_port), "-o", str(file))
    refused = portview(*other)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "portview: an unfinished scan is in v.json.part:"
        f" --resume {file} goes on with it, --yes begins anew\n"
    )
    assert journal.read_bytes() == before
    assert portview(*other, "--yes").returncode == 0
    assert not journal.exists()


def test_a_scan_goes_on_as_it_was_made_unless_told_otherwise(portview: Run, tmp_path: Path) -> None:
    file = tmp_path / "slow.jsonl"
    with start("127.0.0.1", "-p", "1-3000", "--rate", "20", "-o", str(file)) as process:
        wait_for_lines(file, 3)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=40)
    begun = file.read_bytes().count(b"\n")
    with start("--resume", str(file)) as process:
        wait_for_lines(file, begun + 1)
        time.sleep(1)  # enough for all that is left, were the rate forgotten
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=40)
    assert "(interrupted: " in stdout
    assert portview("scan", "--resume", str(file), "--rate", "100000").returncode == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_scan_that_goes_on_tells_the_time_of_all_its_parts(
    portview: Run, tmp_path: Path, how: signal.Signals
) -> None:
    file, journal = tmp_path / "slow.json", tmp_path / "slow.json.part"
    with start("127.0.0.1", "-p", "1-3000", "--rate", "20", "-o", str(file)) as process:
        wait_for_lines(journal, 25)  # after a second and more
        process.send_signal(how)
        process.communicate(timeout=40)
    before = json.loads(journal.read_text().splitlines()[0])
    assert before["elapsed_s"] > 1
    done = portview("scan", "--resume", str(file), "--rate", "100000")
    after = json.loads(file.read_text())
    assert after["started"] == before["started"]
    assert after["elapsed_s"] > before["elapsed_s"]
    told = re.search(r"3000 ports in ([\d.]+) s", done.stdout)
    assert told
    assert float(told[1]) == pytest.approx(after["elapsed_s"], abs=0.051)


def test_what_cannot_be_resumed_is_told_in_one_line(portview: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    portview("scan", "127.0.0.1", "-p", "1-3", "-o", str(mine))
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"some": "thing"}\n')
    over = tmp_path / "over.json"
    portview("scan", "127.0.0.1", "-p", "1-3", "-o", str(over))
    for arguments, words in (
        ((str(mine), "127.0.0.2"), "is a scan of 127.0.0.1, not of what is named here"),
        ((str(mine), "-p", "22"), "leave that out"),
        ((str(foreign),), "cannot be resumed"),
        ((str(over),), "nothing to resume"),
        ((str(tmp_path / "none.json"),), "No such file"),
        ((str(tmp_path / "none.doc"),), "does not end in"),
    ):
        done = portview("scan", "--resume", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_full_disk_is_told_and_the_results_are_on_stdout_still(
    closed_port: int, listener: socket.socket, tmp_path: Path
) -> None:
    port = listener.getsockname()[1]
    done = subprocess.run(
        [*COMMAND, "127.0.0.1", "-p", f"1-2000,{port}", "-o", str(tmp_path / "scan.csv")],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 74
    assert "File too large; the scan goes on" in done.stderr
    assert "portview: the result is not in " in done.stderr
    assert done.stderr.endswith(f"portview: to go on: portview scan --resume {tmp_path}/scan.csv\n")
    assert f"{port}/tcp" in done.stdout
    assert "2001 ports in" in done.stdout


def test_a_scan_that_was_cut_before_the_words_goes_on_with_them(portview: Run, tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    with ExitStack() as stack:
        # Silent servers are waited for, and the scan of them is over at once.
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(60)]
        ports = ",".join(str(server.getsockname()[1]) for server in servers)
        with start("127.0.0.1", "-p", ports, "--talk", "-o", str(file)) as process:
            for _ in ("knocked at", "spoken to"):
                servers[0].accept()[0].close()
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=40)
        assert (process.returncode, stderr) == (130, f"portview: to go on: portview scan --resume {file}\n")
        assert "(interrupted before all had spoken)" in stdout
        assert len(file.read_text().splitlines()) == 61
        stack.pop_all().close()
    done = portview("scan", "--resume", str(file))
    assert done.returncode == 0
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert len({row["port"] for row in rows}) == len(rows) == 60
    assert "closed" in {row["state"] for row in rows}  # they were asked again, and are gone by now


@pytest.mark.parametrize(("is_full", "status"), [(True, 74), (False, 141)])
def test_a_file_is_whole_though_nobody_takes_the_text(tmp_path: Path, is_full: bool, status: int) -> None:
    file = tmp_path / "scan.json"
    # Every second address has a section of its own: more text than is written at once.
    hosts = [f"127.0.{one}.{number}" for one in range(2, 8) for number in range(1, 255, 2)]
    with ExitStack() as stack:
        if is_full:
            stdout = stack.enter_context(open("/dev/full", "wb")).fileno()
        else:
            reader, stdout = os.pipe()
            os.close(reader)
            stack.callback(os.close, stdout)
        arguments = [*COMMAND, *hosts, "-p", "1-20", "-o", str(file)]
        done = subprocess.run(arguments, stdout=stdout, stderr=subprocess.PIPE, timeout=50, check=False)
    assert done.returncode == status
    assert len(json.loads(file.read_text())["hosts"]) == len(hosts)
    assert list(tmp_path.iterdir()) == [file]


def test_targets_come_from_files_and_from_stdin(portview: Run, closed_port: int, tmp_path: Path) -> None:
    file = tmp_path / "targets"
    file.write_text("# mine\n127.0.0.1-5  # five\n127.0.0.9 !127.0.0.4\n!127.0.0.5/32\n")
    done = portview(
        "scan", "--targets", str(file), "--exclude", "127.0.0.2", "-p", f"{closed_port},1,!1", "--json"
    )
    addresses = [host["address"] for host in json.loads(done.stdout)["hosts"]]
    assert addresses == ["127.0.0.1", "127.0.0.3", "127.0.0.9"]
    piped = subprocess.run(
        [*COMMAND, "--targets", "-", "-p", str(closed_port), "--grepable"],
        input="127.0.0.4\n",
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    assert "Host: 127.0.0.4" in piped.stdout
    for arguments, words in (
        (("--targets", str(tmp_path / "none")), "cannot read"),
        (("--targets", os.devnull), "no target given"),
        (("127.0.0.1", "--exclude", "127.0.0.0/8"), "nothing is left of 127.0.0.1 without 127.0.0.0/8"),
        (
            ("127.0.0.1", "-p", "80", "--exclude-ports", "1-100"),
            "nothing is left of 80/tcp without 1-100/tcp",
        ),
        (("127.0.0.1", "-p", "80,!80"), "nothing is left of 80/tcp without 80/tcp"),
        (("127.0.0.1", "!127.0.0.1"), "nothing is left of 127.0.0.1 without 127.0.0.1"),
    ):
        wrong = portview("scan", *arguments)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert words in wrong.stderr


def test_targets_from_a_stdin_that_is_closed_are_wrong_usage() -> None:
    command = shlex.join([*COMMAND, "--targets", "-", "-p", "9"])
    done = subprocess.run(
        ["sh", "-c", f"{command} <&-"], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "portview: cannot read targets from stdin: it is closed\n"


def test_several_lists_of_targets_are_all_read(portview: Run, closed_port: int, tmp_path: Path) -> None:
    for last in (1, 2):
        (tmp_path / f"{last}").write_text(f"127.0.0.{last}\n")
    lists = ("--targets", str(tmp_path / "1"), "--targets", str(tmp_path / "2"))
    done = portview("scan", *lists, "-p", str(closed_port), "--json")
    assert [host["address"] for host in json.loads(done.stdout)["hosts"]] == ["127.0.0.1", "127.0.0.2"]


def test_millions_of_knocks_are_not_sent_unasked(portview: Run) -> None:
    done = portview("scan", "10.0.0.0/16", "-p", "1-153")
    assert (done.returncode, done.stdout) == (2, "")
    assert "65,534 hosts x 153 TCP ports = 10,026,702 knocks are many: add --yes" in done.stderr


def test_ports_of_both_transports_can_be_left_out_and_mixed(portview: Run, closed_port: int) -> None:
    done = portview(
        "scan", "127.0.0.1", "-p", f"T:{closed_port},1,U:9,53", "--exclude-ports", "1,U:53", "--json"
    )
    document = json.loads(done.stdout)
    assert document["protocol"] == "tcp,udp"
    ports = [(port["port"], port["protocol"]) for port in document["hosts"][0]["ports"]]
    assert ports == [(closed_port, "tcp"), (9, "udp")]


def test_open_ports_are_heard_where_that_is_asked_for(portview: Run, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    done = portview("scan", "127.0.0.1", "-p", str(port), "--talk", "--json")
    [found] = json.loads(done.stdout)["hosts"][0]["ports"]
    assert found["said"] == {"banner": None, "tls": None, "http": None, "closed_by": None}
    lines = portview("scan", "127.0.0.1", "-p", str(port), "--talk", "--jsonl").stdout.splitlines()
    assert [json.loads(line)["said"] for line in lines] == [found["said"]]
    assert json.loads(portview("scan", "127.0.0.1", "-p", str(port), "--jsonl").stdout)["said"] is None

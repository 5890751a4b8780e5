"""The commands by hand: real values, safe for the shell."""

import shlex
import shutil
import socket
import subprocess

import pytest

from portview.knowledge.by_hand import by_hand_page, commands, tool_page
from portview.knowledge.load import phrases, tools
from portview.knowledge.page import Tone
from portview.knowledge.template import placeholders
from portview.text import clean
from portview.vocabulary import Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


def test_every_tool_is_complete() -> None:
    for tool in tools().values():
        assert set(tool.protocols) <= set(Protocol)
        assert tool.at in phrases("words")["where"]
        assert placeholders(tool.command) <= {"host", "port", "protocol", "scheme"}
        assert tool.traps
        for text in (tool.title, tool.command, tool.look, *tool.traps):
            assert clean(text) == text
        assert tool_page(tool.id).title == tool.title


@pytest.mark.parametrize("protocol", [TCP, UDP])
def test_all_the_usual_programs_are_there(protocol: Protocol) -> None:
    names = {command.removeprefix("sudo ").split()[0] for command in commands("nas.lan", 443, protocol)}
    assert {"ss", "netstat", "lsof", "nc", "nmap", "dig"} <= names
    assert ({"telnet", "curl", "openssl"} <= names) is (protocol is TCP)


def test_the_real_values_are_filled_in() -> None:
    filled = commands("nas.lan", 5432, TCP)
    assert "nc -zv -w 5 nas.lan 5432" in filled
    assert "sudo ss --tcp -lnp 'sport = :5432'" in filled
    assert "sudo lsof -nP -i tcp:5432" in filled
    assert "nc -zvu -w 3 nas.lan 53" in commands("nas.lan", 53, UDP)


def test_a_tls_port_is_spoken_to_in_https_and_ipv6_in_brackets() -> None:
    found = "\n".join(commands("2001:db8::7", 443, TCP))
    assert "https://'[2001:db8::7]':443/" in found or "https://[2001:db8::7]:443/" in found
    assert "nc -zv -w 5 2001:db8::7 443" in found
    assert "http://nas:8080/" in "\n".join(commands("nas", 8080, TCP))


@pytest.mark.parametrize("host", ["a b", "x;reboot", "$(reboot)", "'", '"', "`id`"])
def test_a_hostile_host_stays_one_word(host: str) -> None:
    for command in commands(host, 80, TCP):
        assert any(host in word for word in shlex.split(command)) or "{host}" not in command
    (knock,) = [command for command in commands(host, 80, TCP) if command.startswith("nc ")]
    assert shlex.split(knock) == ["nc", "-zv", "-w", "5", host, "80"]


def test_the_page_says_what_to_read_and_where_it_misleads() -> None:
    page = by_hand_page("nas.lan", 53, UDP)
    assert page.title == "53/udp of nas.lan by hand"
    lines = [line for section in page.sections for line in section.lines]
    assert {line.tone for line in lines} == {Tone.COMMAND, Tone.PLAIN}
    assert any(line.text.startswith("Trap: It prints succeeded for every port") for line in lines)
    labels = [section.label for section in page.sections]
    assert labels[0] == "nc -zvu"
    assert labels[-1] == "tcpdump, on the target"


def test_the_filter_on_netstat_keeps_the_port_and_nothing_else() -> None:
    (command,) = [command for command in commands("nas", 53, TCP) if "netstat" in command]
    table = "tcp 0 0 0.0.0.0:53 0.0.0.0:* LISTEN\ntcp6 0 0 :::5353 :::* LISTEN\n"
    pattern = shlex.split(command.partition("|")[2])
    done = subprocess.run(pattern, input=table, capture_output=True, text=True, check=True, timeout=10)
    assert done.stdout == table.splitlines(keepends=True)[0]


@pytest.mark.skipif(shutil.which("ss") is None, reason="ss is not installed")
def test_ss_shows_a_listener_by_the_command() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (command,) = [one for one in commands("nas", port, TCP) if one.startswith("sudo ss")]
        argv = shlex.split(command)[1:]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=10)
    assert f"127.0.0.1:{port}" in done.stdout

import json
import socket

import pytest

from tests.cli.conftest import Run


def test_alone_it_lists_the_topics(portview: Run) -> None:
    done = portview("explain")
    assert done.returncode == 0
    assert {"refused", "fw_reject_host", "timed_out"} <= {
        line.split()[0] for line in done.stdout.splitlines() if line
    }
    topics = json.loads(portview("explain", "--json").stdout)["topics"]
    assert {"id", "kind", "title"} == set(topics[0])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("5244",), "Alist"),
        (("refused",), "Connection refused"),
        (("fw_reject_host",), "reject"),
        (("ssh",), "22"),
        (("No", "route", "to", "host"), "ICMP"),
        (("70000",), "65535"),
        (("0",), "reserved"),
    ],
)
def test_what_people_ask(portview: Run, words: tuple[str, ...], expected: str) -> None:
    done = portview("explain", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected.lower() in done.stdout.lower()
    assert json.loads(portview("explain", *words, "--json").stdout)["schema"] == 1


def test_near_misses_are_suggested(portview: Run) -> None:
    done = portview("explain", "refusd")
    assert (done.returncode, done.stdout) == (2, "")
    assert "refused" in done.stderr


@pytest.mark.parametrize("words", ["pizza recipe", "how do I reset my password", "water"])
def test_what_only_shares_a_word_is_no_answer(portview: Run, words: str) -> None:
    done = portview("explain", words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"portview: nothing fits '{words}'; nearest: ")


@pytest.mark.parametrize("words", [("22,80",), ("22", "80"), ("22/tcp,", "80")])
def test_several_ports_are_explained_each(portview: Run, words: tuple[str, ...]) -> None:
    done = portview("explain", *words)
    assert (done.returncode, done.stderr) == (0, "")
    titles = [line for line in done.stdout.splitlines() if line.startswith("Port ")]
    assert [title.split()[1] for title in titles] == ["22:", "80:"]
    pages = json.loads(portview("explain", *words, "--json").stdout)["pages"]
    assert [page["id"] for page in pages] == ["22/tcp", "80/tcp"]


def test_a_question_in_plain_words_gets_the_page_that_fits_best(portview: Run) -> None:
    question = ("why", "is", "my", "port", "refused")
    done = portview("explain", *question)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Connection refused")
    assert "Also: " in done.stdout
    document = json.loads(portview("explain", *question, "--json").stdout)
    assert document["title"] == "Connection refused"
    assert "refused" not in document["also"]
    assert len(document["also"]) > 1
    assert json.loads(portview("explain", "refused", "--json").stdout)["also"] == []


def test_a_range_a_provider_and_a_tool(portview: Run) -> None:
    assert "8006/tcp  proxmox" in portview("explain", "8000-8010").stdout
    assert "25" in portview("explain", "tencent cloud").stdout
    nc = portview("explain", "nc -zvu").stdout
    assert "nc -zvu -w 3 HOST PORT" in nc
    assert "Trap: " in nc


def test_the_commands_by_hand_for_a_host(portview: Run) -> None:
    done = portview("explain", "443", "--host", "nas.lan")
    assert (done.returncode, done.stderr) == (0, "")
    assert "$ nc -zv -w 5 nas.lan 443" in done.stdout
    assert "$ curl -v --connect-timeout 5 https://nas.lan:443/" in done.stdout
    document = json.loads(portview("explain", "53/udp", "--host", "nas.lan", "--json").stdout)
    assert document["title"] == "53/udp of nas.lan by hand"


@pytest.mark.parametrize("words", [(), ("refused",), ("70000",), ("nonsense",)])
def test_a_host_without_a_port_is_wrong_usage(portview: Run, words: tuple[str, ...]) -> None:
    done = portview("explain", *words, "--host", "nas.lan")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--host needs a port" in done.stderr


def test_a_port_is_shown_with_who_holds_it_here(portview: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        held = portview("explain", str(port)).stdout
    assert f"listens on 127.0.0.1 port {port}/tcp." in held
    assert f"Nothing listens on {port} here." in portview("explain", str(port)).stdout


def test_a_document_tells_what_it_is_and_what_is_related(portview: Run) -> None:
    document = json.loads(portview("explain", "fw_reject_host", "--json").stdout)
    assert (document["id"], document["kind"]) == ("fw_reject_host", "cause")
    assert {"refused", "fail2ban_ban", "tcp_refused_icmp_target"} <= set(document["see"])
    assert "Related: " in portview("explain", "fw_reject_host").stdout

"""The table of services, TCP and UDP apart."""

import socket
from pathlib import Path

import pytest

from portview.knowledge.files import KnowledgeError
from portview.knowledge.load import risk_texts
from portview.knowledge.services import (
    Likelihood,
    claimants,
    claimants_of,
    port_of,
    read_claimants,
    registered,
    sentence,
    service_name,
    service_words,
    services,
    speaks,
)
from portview.text import clean
from portview.vocabulary import Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


@pytest.mark.parametrize(
    ("port", "protocol", "name"),
    [
        (22, TCP, "ssh"),
        (53, UDP, "domain"),
        (443, TCP, "https"),
        (6379, TCP, "redis"),
        (51820, UDP, "wireguard"),
    ],
)
def test_names_and_ports_fit(port: int, protocol: Protocol, name: str) -> None:
    assert service_name(port, protocol) == name
    assert port_of(name.upper(), protocol) == port


def test_tcp_and_udp_are_apart() -> None:
    assert port_of("wireguard", TCP) is None
    assert (514, TCP) in services()
    assert services()[514, TCP].name != services()[514, UDP].name


@pytest.mark.parametrize("port", [-1, 61999, 65536, 10**12])
def test_no_service(port: int) -> None:
    assert service_name(port, TCP) is None


@pytest.mark.parametrize("name", ["", "no such service", "a\0b", "\udc80", "\x1b[2J"])
def test_no_port(name: str) -> None:
    assert port_of(name, TCP) is None


def test_the_table_is_sorted_and_clean() -> None:
    table = claimants()
    assert len(table) >= 700
    assert list(table) == sorted(table)
    order = list(Likelihood)
    for (port, protocol), all_of in table.items():
        assert 0 < port <= 65535
        assert len({claimant.name for claimant in all_of}) == len(all_of)
        assert list(all_of) == sorted(all_of, key=lambda claimant: order.index(claimant.likelihood))
        for claimant in all_of:
            assert (claimant.port, claimant.protocol) == (port, protocol)
            for text in (claimant.name, *claimant.aliases):
                assert text == text.strip().lower()
                assert text.isprintable()
            assert " " not in claimant.name


def test_a_port_read_alone_is_the_same() -> None:
    assert {key: claimants_of(*key) for key in claimants()} == claimants()
    assert claimants_of(61999, TCP) == ()
    spoken: dict[str, str] = {}
    for all_of in claimants().values():
        for claimant in all_of:
            if claimant.speaks:
                spoken.setdefault(claimant.name, claimant.speaks)
    assert {name: speaks(name) for name in spoken} == spoken
    assert speaks("no such service") is None
    assert speaks("chargen") is None


def test_each_service_has_one_sentence_and_no_sentence_is_left_over() -> None:
    names = {claimant.name for all_of in claimants().values() for claimant in all_of}
    assert {key.partition("/")[0] for key in service_words()} == names
    for all_of in claimants().values():
        for claimant in all_of:
            text = sentence(claimant)
            assert text.endswith(".")
            assert len(text) <= 140
            assert clean(text) == text


def test_a_sentence_may_differ_by_transport() -> None:
    (tcp,) = claimants()[443, TCP]
    (udp,) = claimants()[443, UDP]
    assert tcp.name == udp.name == "https"
    assert "QUIC" in sentence(udp)
    assert "QUIC" not in sentence(tcp)


def test_several_claim_one_port_and_the_usual_one_names_it() -> None:
    names = [claimant.name for claimant in claimants()[8080, TCP]]
    assert names[0] == service_name(8080, TCP) == "http-alt"
    assert {"qbittorrent", "qnap", "jenkins"} <= set(names)
    assert port_of("gitea", TCP) == 3000
    product = services()[3000, TCP].product
    assert product is not None
    assert product.startswith("Node.js development, Grafana")


def test_risks_and_speech_of_the_table_are_known() -> None:
    everybody = [claimant for all_of in claimants().values() for claimant in all_of]
    by_port = {claimant.risk for claimant in everybody if claimant.risk}
    by_program = {risk.id for risk in risk_texts().values() if risk.programs or risk.commands}
    assert by_port | by_program == set(risk_texts())
    assert by_port <= set(risk_texts())
    assert {claimant.speaks for claimant in everybody if claimant.speaks} == {
        *("SSH", "VNC", "SMTP", "FTP", "POP3", "IMAP", "MySQL", "rsync", "Telnet"),
        *("Redis", "PostgreSQL", "RDP", "SMB", "HTTP", "HTTPS", "TLS", "waits"),
    }
    assert {risk.level for risk in risk_texts().values()} == {"high", "medium"}


def test_iana_has_names_for_ports_of_the_table_only() -> None:
    assert set(registered()) <= set(claimants())
    assert registered()[3000, TCP] == "hbci"
    assert registered()[8080, TCP] == "http-alt"


_GOOD = "80\ttcp\thttp\tusual\tHTTP\t-\tweb server\tnginx"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("80\ttcp\thttp", "line 2: must have 8 cells"),
        (_GOOD.replace("\tHTTP", "\t"), "line 2: must have 8 cells"),
        (_GOOD.replace("80", "eighty", 1), "line 2: invalid literal"),
        (_GOOD.replace("tcp", "sctp"), "line 2: 'sctp' cannot be used"),
        (_GOOD.replace("usual", "always"), "line 2: 'always' cannot be used"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "services.tsv"
    path.write_text(f"{_GOOD}\n{line}\n")
    with pytest.raises(KnowledgeError) as caught:
        read_claimants(str(path))
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_the_systems_own_list_comes_second() -> None:
    for port in range(1, 10_000):
        if (port, TCP) not in claimants():
            try:
                name = socket.getservbyport(port, "tcp")
            except OSError:
                continue
            assert service_name(port, TCP) == name

from portview.scan.document import facts_document, line
from portview.scan.records import HostFacts, PortResult, Reason, ScanHost
from portview.scan.said import Said
from portview.vocabulary import Protocol, State

HOST = ScanHost("192.0.2.7", "nas.lan")
OPEN = PortResult(HOST.address, 22, Protocol.TCP, State.OPEN, Reason.SYN_ACK)


def test_a_line_is_a_port_with_its_host() -> None:
    assert line(OPEN, HOST) == {
        "schema": 1,
        "address": "192.0.2.7",
        "name": "nas.lan",
        "port": 22,
        "protocol": "tcp",
        "state": "open",
        "reason": "syn-ack",
        "sender": None,
        "icmp": None,
        "rtt_ms": None,
        "tries": 1,
        "loss": None,
        "service": "ssh",
        "said": None,
    }


def test_first_words_stand_with_the_port() -> None:
    said = line(OPEN, HOST, Said("SSH-2.0-x"))["said"]
    assert said == {"banner": "SSH-2.0-x", "tls": None, "http": None, "closed_by": None}


def test_numbers_are_rounded() -> None:
    assert facts_document(HostFacts(loss=0.123456, rtt_ms=1.23456))["loss"] == 0.123

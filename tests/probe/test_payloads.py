"""The datagrams are what their protocols say, checked field by field or by other people's parsers."""

import struct
from typing import Any

import dns.message
import dns.rdatatype
import pytest

from portview.probe.payloads import _BY_PORT, has_question, payload_for


@pytest.mark.parametrize(
    ("port", "name", "kind", "kind_class"),
    [
        (53, ".", dns.rdatatype.NS, 1),
        (5353, "_services._dns-sd._udp.local.", dns.rdatatype.PTR, 0x8001),
        (137, "CK" + "A" * 30 + ".", 0x21, 1),
    ],
)
def test_questions_in_the_form_of_dns(port: int, name: str, kind: int, kind_class: int) -> None:
    message = dns.message.from_wire(payload_for(port))
    (question,) = message.question
    assert (question.name.to_text(), question.rdtype, question.rdclass) == (name, kind, kind_class)
    assert message.sections[1:] == [[], [], []]


def _ber(data: bytes) -> list[tuple[int, Any]]:
    """Definite-length BER, taken apart: containers as lists, the rest as bytes (X.690)."""
    found: list[tuple[int, Any]] = []
    while data:
        tag, length = data[0], data[1]
        content, data = data[2 : 2 + length], data[2 + length :]
        assert len(content) == length < 128
        found.append((tag, _ber(content) if tag & 0x20 else content))
    return found


def test_snmp_asks_for_the_engine_without_a_secret() -> None:
    [(tag, message)] = _ber(payload_for(161))
    version, header, security, scoped = message
    assert (tag, version) == (0x30, (2, b"\x03"))
    assert header[1][2:] == [(4, b"\x04"), (2, b"\x03")]  # reportable, neither key nor cipher; USM
    [(_, parameters)] = _ber(security[1])
    assert [content for _, content in parameters] == [b"", b"\0", b"\0", b"", b"", b""]
    assert scoped[1][2][0] == 0xA0  # get-request
    assert scoped[1][2][1][-1] == (0x30, [])


def test_quic_forces_a_version_negotiation() -> None:
    data = payload_for(443)
    version = struct.unpack(">I", data[1:5])[0]
    assert len(data) == 1200
    assert data[0] & 0xC0 == 0xC0  # long header, fixed bit
    assert version & 0x0F0F0F0F == 0x0A0A0A0A
    destination = data[5]
    assert destination == data[6 + destination] == 8


@pytest.mark.parametrize("port", [5060, 1900])
def test_text_requests(port: int) -> None:
    head, blank, body = payload_for(port).partition(b"\r\n\r\n")
    start, *lines = head.decode("ascii").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert (blank, body) == (b"\r\n\r\n", b"")
    if port == 1900:
        assert start == "M-SEARCH * HTTP/1.1"
        assert headers["MAN"] == '"ssdp:discover"'
        assert headers["ST"]
    else:
        method, uri, version = start.split(" ")
        assert (method, uri[:4], version) == ("OPTIONS", "sip:", "SIP/2.0")
        assert {"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq"} <= headers.keys()
        assert ";branch=z9hG4bK" in headers["Via"]
        assert headers["Via"].endswith(";rport")


@pytest.mark.parametrize(
    ("port", "layout", "values"),
    [
        (123, ">B47s", (0x23, b"\0" * 47)),
        (3478, ">HHI12s", (1, 0, 0x2112A442, b"portviewport")),
        (111, ">10I", (0x7076, 0, 2, 100000, 2, 0, 0, 0, 0, 0)),
        (69, ">H22s6s", (1, b"portview-no-such-file\0", b"octet\0")),
        (5351, ">BB", (0, 0)),
        (5683, ">BBH", (0x40, 0, 0x7076)),
        (11211, ">4H9s", (0x7076, 0, 1, 0, b"version\r\n")),
        (27015, ">i21s", (-1, b"TSource Engine Query\0")),
        (
            19132,
            ">BQ16s8s",
            (1, 0, bytes.fromhex("00ffff00fefefefefdfdfdfd12345678"), b"portview"),
        ),
    ],
)
def test_layouts(port: int, layout: str, values: tuple[object, ...]) -> None:
    assert struct.unpack(layout, payload_for(port)) == values


@pytest.mark.parametrize("port", [9, 51820])
def test_other_ports_get_an_empty_datagram(port: int) -> None:
    assert (payload_for(port), has_question(port)) == (b"", False)


def test_every_question_fits_a_packet() -> None:
    assert all(0 < len(data) <= 1200 and has_question(port) for port, data in _BY_PORT.items())

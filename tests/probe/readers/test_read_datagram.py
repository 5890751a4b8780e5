import struct

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.readers.datagram import read_datagram


def dns_answer(name: str, kind: str, *values: str, code: dns.rcode.Rcode = dns.rcode.NOERROR) -> bytes:
    response = dns.message.make_response(dns.message.make_query(name, kind), recursion_available=True)
    response.set_rcode(code)
    if values:
        response.answer.append(dns.rrset.from_text(name, 10, "IN", kind, *values))
    return response.to_wire()


SERVICES = dns_answer("_services._dns-sd._udp.local.", "PTR", "_http._tcp.local.", "_ssh._tcp.local.")
MANY = dns_answer("x.local.", "PTR", *(f"_{number}._tcp.local." for number in range(6)))


def netbios(*names: tuple[bytes, int, int]) -> bytes:
    entries = b"".join(struct.pack(">15sBH", name.ljust(15), suffix, flags) for name, suffix, flags in names)
    return bytes(56) + bytes([len(names)]) + entries + bytes(46)


NETBIOS = netbios((b"WORKGROUP", 0, 0x8400), (b"NAS", 0, 0x0400), (b"NAS", 0x20, 0x0400))

# What net-snmp's agent reports to a discovery: its engine, how often it was booted, and its time.
SNMP = bytes.fromhex(
    "3069020103300f02024a69020300ffe3040100020103"
    "041f301d 0411 80001f8880e9630000d61ff44900000000 020104 020301518004000400"
    "30320411 80001f8880e9630000d61ff44900000000 0400"
    "a81b020237f0020100020100300f300d06092b060106030f01010400"
    "410109".replace(" ", "")
)


LINES = [
    (53, dns_answer(".", "NS", "a.root-servers.net."), "DNS NOERROR, 1 answer, recursive"),
    (53, dns_answer(".", "NS", code=dns.rcode.REFUSED), "DNS REFUSED, 0 answers, recursive"),
    (53, b"\x00" * 3, "3 bytes"),
    (5353, SERVICES, "mDNS _http._tcp.local, _ssh._tcp.local"),
    (5353, MANY, "mDNS _0._tcp.local, _1._tcp.local, _2._tcp.local, _3._tcp.local (+2)"),
    (5353, b"no answer of mDNS", "no answer of mDNS"),
    (123, b"\x24\x02" + bytes(46), "NTP version 4, stratum 2"),
    (123, b"\x24\x01" + bytes(10) + b"GPS\0" + bytes(32), "NTP version 4, stratum 1 GPS"),
    (123, b"\xe4\x00" + bytes(10) + b"RATE" + bytes(32), "NTP version 4, says RATE"),
    (137, NETBIOS, "NetBIOS NAS, WORKGROUP"),
    (161, SNMP, "SNMP version 3, enterprise 8072, up 24 h"),
    (
        1900,
        b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nSERVER: Linux/5.10 UPnP/1.0 MiniUPnPd/2.2\r\n\r\n",
        "HTTP/1.1 200 OK, Linux/5.10 UPnP/1.0 MiniUPnPd/2.2",
    ),
    (5060, b"SIP/2.0 200 OK\r\nVia: x\r\nUser-Agent: FRITZ!OS\r\n\r\n", "SIP/2.0 200 OK, FRITZ!OS"),
    (5060, b"SIP/2.0 404 Not Found\r\n\r\n", "SIP/2.0 404 Not Found"),
    (69, b"\x00\x05\x00\x01File not found\x00", "File not found"),
    (11211, b"\x70\x76\x00\x00\x00\x01\x00\x00VERSION 1.6.21\r\n", "VERSION 1.6.21"),
    (19132, b"\x1c" + bytes(34) + b"MCPE;home;", "MCPE;home;"),
    (4000, b"\x01\x02", "2 bytes"),
    (4000, b"", "0 bytes"),
]


@pytest.mark.parametrize(("port", "data", "line"), LINES, ids=[f"{port}-{line}" for port, _, line in LINES])
def test_the_line_of_an_answer(port: int, data: bytes, line: str) -> None:
    assert read_datagram(port, data) == line


@given(st.sampled_from([53, 123, 137, 161, 1900, 5060, 5353, 4000]), st.binary(max_size=300))
def test_any_answer_has_a_line(port: int, data: bytes) -> None:
    assert read_datagram(port, data)


@given(st.integers(0, len(SNMP)), st.binary(max_size=4))
def test_a_damaged_answer_has_a_line(at: int, noise: bytes) -> None:
    assert read_datagram(161, SNMP[:at] + noise + SNMP[at + 1 :])

"""Greetings are recognised by their protocols' own words."""

import pytest

from portview.diagnose.addresses import AddressKind, kind_of
from portview.diagnose.icmp import Says, says
from portview.diagnose.speech import protocols_of
from portview.probe.records import IcmpError
from portview.vocabulary import Family


@pytest.mark.parametrize(
    ("first", "protocols"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", {"SSH"}),
        (b"RFB 003.008\n", {"VNC"}),
        (b"HTTP/1.1 400 Bad Request\r\n", {"HTTP"}),
        (b"220 mail.example ESMTP Postfix\r\n", {"SMTP"}),
        (b"220 (vsFTPd 3.0.5)\r\n", {"FTP"}),
        (b"220 hello\r\n", {"SMTP", "FTP"}),
        (b"+OK Dovecot ready.\r\n", {"POP3"}),
        (b"* OK [CAPABILITY IMAP4rev1]\r\n", {"IMAP"}),
        (b"J\0\0\0\x0a8.0.36\0", {"MySQL"}),
        (b"-ERR unknown command\r\n", {"Redis"}),
        (b"-NOAUTH Authentication required.\r\n", {"Redis"}),
        (b"+PONG\r\n", {"Redis"}),
        (b"@RSYNCD: 31.0\n", {"rsync"}),
        (b"\x15\x03\x03\x00\x02\x02\x28", {"TLS"}),
        (b"\xff\xfd\x18", {"Telnet"}),
        (b"", set()),
        (b"hello", set()),
    ],
)
def test_protocols(first: bytes, protocols: set[str]) -> None:
    assert protocols_of(first) == protocols


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.53", AddressKind.LOOPBACK),
        ("::1", AddressKind.LOOPBACK),
        ("10.1.2.3", AddressKind.PRIVATE),
        ("172.31.0.1", AddressKind.PRIVATE),
        ("fd00::1", AddressKind.PRIVATE),
        ("100.64.0.1", AddressKind.CGNAT),
        ("198.18.0.1", AddressKind.FAKE_IP),
        ("198.51.100.1", AddressKind.RESERVED),
        ("240.0.0.1", AddressKind.RESERVED),
        ("2001:db8::1", AddressKind.RESERVED),
        ("169.254.1.1", AddressKind.LINK_LOCAL),
        ("fe80::1%eth0", AddressKind.LINK_LOCAL),
        ("224.0.0.251", AddressKind.MULTICAST),
        ("255.255.255.255", AddressKind.BROADCAST),
        ("0.0.0.0", AddressKind.UNSPECIFIED),
        ("93.184.215.14", AddressKind.PUBLIC),
        ("2a00:1450::7", AddressKind.PUBLIC),
        ("nas.lan", AddressKind.UNKNOWN),
    ],
)
def test_kind_of_address(address: str, kind: AddressKind) -> None:
    assert kind_of(address) is kind


@pytest.mark.parametrize(
    ("family", "type_", "code", "sense"),
    [
        (Family.IPV4, 3, 0, Says.NET),
        (Family.IPV4, 3, 1, Says.HOST),
        (Family.IPV4, 3, 3, Says.PORT),
        (Family.IPV4, 3, 13, Says.PROHIBITED),
        (Family.IPV4, 3, 2, Says.PROHIBITED),
        (Family.IPV4, 11, 0, Says.TTL),
        (Family.IPV4, 12, 0, Says.OTHER),
        (Family.IPV6, 1, 0, Says.NET),
        (Family.IPV6, 1, 1, Says.PROHIBITED),
        (Family.IPV6, 1, 3, Says.HOST),
        (Family.IPV6, 1, 4, Says.PORT),
        (Family.IPV6, 1, 6, Says.PROHIBITED),
        (Family.IPV6, 3, 0, Says.TTL),
        (Family.IPV6, 3, 3, Says.OTHER),
    ],
)
def test_sense_of_icmp(family: Family, type_: int, code: int, sense: Says) -> None:
    assert says(IcmpError(type_, code, None, None), family) is sense

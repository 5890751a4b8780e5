"""What people type as a target: accepted, refused with one clear line, never anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.errors import BadInput
from portview.probe.records import Target
from portview.probe.target import Host, parse_host, parse_port, parse_target
from portview.text import clean
from portview.vocabulary import Protocol

_LABEL_63 = "a" * 63
_NAME_253 = ".".join([_LABEL_63, _LABEL_63, _LABEL_63, "a" * 61])


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("nas", Host("nas", False)),
        ("  nas.lan\n", Host("nas.lan", False)),
        ("nas.lan.", Host("nas.lan.", False)),
        ("NAS.lan", Host("NAS.lan", False)),
        ("_dmarc.nas_1.lan", Host("_dmarc.nas_1.lan", False)),
        ("1password.com", Host("1password.com", False)),
        ("nas.lan:8443", Host("nas.lan", False, 8443)),
        ("nas.lan:ssh", Host("nas.lan", False, 22)),
        ("https://nas.lan:8443/x", Host("nas.lan", False, 8443, service="https")),
        ("https://nas.lan/x?y=a:b#z", Host("nas.lan", False, usual_port=443, service="https")),
        ("HTTP://nas.lan", Host("nas.lan", False, usual_port=80, service="http")),
        ("ssh://root:secret@nas.lan:2222", Host("nas.lan", False, 2222, service="ssh")),
        ("wss://nas.lan:8123/api", Host("nas.lan", False, 8123, service="https")),
        ("postgres://user@nas.lan/db", Host("nas.lan", False, usual_port=5432, service="postgresql")),
        ("nobody-knows-it://nas.lan", Host("nas.lan", False, None)),
        ("http://[2001:db8::1]:8080/", Host("2001:db8::1", True, 8080, service="http")),
        ("192.0.2.7", Host("192.0.2.7", True)),
        ("192.0.2.7:445", Host("192.0.2.7", True, 445)),
        ("0.0.0.0", Host("0.0.0.0", True)),
        ("2001:DB8:0::1", Host("2001:db8::1", True)),
        ("[2001:db8::1]", Host("2001:db8::1", True)),
        ("[2001:db8::1]:443", Host("2001:db8::1", True, 443)),
        ("::", Host("::", True)),
        ("fe80::1%lo", Host("fe80::1%lo", True)),
        ("[fe80::1%lo]:22", Host("fe80::1%lo", True, 22)),
        # A mapped address is IPv4 to the kernel, and so are the errors that come back.
        ("::ffff:192.0.2.7", Host("192.0.2.7", True)),
        ("münchen.example", Host("xn--mnchen-3ya.example", False)),
        ("例子.测试", Host("xn--fsqu00a.xn--0zwm56d", False)),
        # Full-width letters and dots, as an input method types them (RFC 3490 section 3.1).
        ("\uff4e\uff41\uff53\u3002\uff4c\uff41\uff4e", Host("nas.lan", False)),
        ("\uff11\uff19\uff12\u3002\uff10\uff0e\uff12\uff61\uff17", Host("192.0.2.7", True)),
        (_LABEL_63 + ".lan", Host(_LABEL_63 + ".lan", False)),
        (_NAME_253, Host(_NAME_253, False)),
        (_NAME_253 + ".", Host(_NAME_253 + ".", False)),
    ],
)
def test_host_is_understood(text: str, host: Host) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no host given"),
        (" \t\n", "no host given"),
        (".", "not a host name"),
        ("a..b", "empty part"),
        (".a", "empty part"),
        ("nas lan", "characters no name can have"),
        ("-nas", "characters no name can have"),
        ("nas-", "characters no name can have"),
        ("nas;rm", "characters no name can have"),
        ("na\x1b[31ms", "characters no name can have"),
        ("nas\x00", "characters no name can have"),
        ("\u202enas", "cannot be written in DNS"),
        ("\udcff", "cannot be written in DNS"),
        ("a" * 64, "over 63 bytes"),
        ("\x1b" * 64, "over 63 bytes"),
        ("ü" * 64, "cannot be written in DNS"),
        (_NAME_253 + "a", "over 253 characters"),
        ("127.1", "old form of 127.0.0.1"),
        ("0x7f.1", "old form of 127.0.0.1"),
        ("2130706433", "old form of 127.0.0.1"),
        ("0177.0.0.1", "old form of 127.0.0.1"),
        ("192.168.010.1", "old form of 192.168.8.1"),
        ("\uff11\uff12\uff17.1", "old form of 127.0.0.1"),
        ("1.2.3.4.5", "not a valid IPv4 address"),
        ("256.1.1.1", "not a valid IPv4 address"),
        ("1.2.3.4.", "not a valid IPv4 address"),
        ("192.0.2.0/24", "portview scan"),
        ("nas.lan/x", "portview scan"),
        ("http://", "no host in"),
        ("http://user@/", "no host in"),
        ("nas.lan:", "no port given"),
        ("nas.lan:0", "port 0 is reserved"),
        ("nas.lan:65536", "ports are 1 to 65535"),
        ("nas.lan:nosuchservice", "neither a port number nor a known"),
        (":::1", "not a valid IPv6 address"),
        ("2001:db8::1::2", "not a valid IPv6 address"),
        ("12345::1", "not a valid IPv6 address"),
        ("[::1", "in brackets is written"),
        ("[::1]443", "in brackets is written"),
        ("[nas]:443", "no IPv6 address"),
        ("[]:443", "no IPv6 address"),
        ("fe80::1%", "not a valid IPv6 address"),
        ("fe80::1%nosuchif0", "not a network interface"),
        ("fe80::1%999999", "not a network interface"),
        ("fe80::1%99999999999999999999", "not a network interface"),
    ],
)
def test_host_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse_host(text)


_HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("[]:/%@.-_0x1\u3002\uff0e\x00\x1b\u202e\udcff ü"),
    ),
    max_size=80,
)


def _host_or_message(text: str) -> Host | str:
    try:
        return parse_host(text)
    except BadInput as error:
        return str(error)


def _port_or_message(text: str, protocol: Protocol) -> int | str:
    try:
        return parse_port(text, protocol)
    except BadInput as error:
        return str(error)


@given(_HOSTILE)
def test_any_text_is_a_host_or_one_printable_line(text: str) -> None:
    host = _host_or_message(text)
    if isinstance(host, str):
        assert host == clean(host)
        assert len(host) < 200
    else:
        assert host.name.isascii()
        assert host.name.isprintable()
        assert parse_host(host.name) == Host(host.name, host.is_literal)


@given(_HOSTILE | st.integers(-1, 70_000).map(str), st.sampled_from(Protocol))
def test_any_text_is_a_port_or_one_printable_line(text: str, protocol: Protocol) -> None:
    port = _port_or_message(text, protocol)
    if isinstance(port, str):
        assert port == clean(port)
        assert len(port) < 200
    else:
        assert 1 <= port <= 65535


@given(st.integers(1, 65535))
def test_every_port_number_is_itself(port: int) -> None:
    assert parse_port(f" {port} ") == port


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no port given"),
        ("0", "port 0 is reserved"),
        ("00", "port 0 is reserved"),
        ("65536", "65536 is not a port"),
        ("9" * 5000, "999999999999 is not a port"),
        ("-1", "-1 is not a port"),
        ("+22", r"\+22 is not a port"),
        ("22-25", "more than one port"),
        ("22,80", "more than one port"),
        ("22 - 25", "more than one port"),
        ("\uff12\uff12", "neither a port number"),
        ("0x16", "neither a port number"),
        ("22\x1b", "neither a port number"),
    ],
)
def test_port_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse_port(text)


@pytest.mark.parametrize(
    ("host", "port", "protocol", "target"),
    [
        ("nas.lan", "445", Protocol.TCP, Target("nas.lan", 445)),
        ("nas.lan", "0445", Protocol.TCP, Target("nas.lan", 445)),
        ("nas.lan", "SSH", Protocol.TCP, Target("nas.lan", 22)),
        ("nas.lan", "tftp", Protocol.UDP, Target("nas.lan", 69, Protocol.UDP)),
        ("nas.lan:tftp", None, Protocol.UDP, Target("nas.lan", 69, Protocol.UDP)),
        ("nas.lan:445", None, Protocol.TCP, Target("nas.lan", 445)),
        ("nas.lan:445", " ", Protocol.TCP, Target("nas.lan", 445)),
        ("nas.lan:445", "445", Protocol.TCP, Target("nas.lan", 445)),
        ("https://nas.lan", None, Protocol.TCP, Target("nas.lan", 443, scheme_service="https")),
        ("http://nas.lan:443", "443", Protocol.TCP, Target("nas.lan", 443, scheme_service="http")),
        ("udp://nas.lan:53", None, Protocol.UDP, Target("nas.lan", 53, Protocol.UDP)),
        ("tcp://nas.lan", "53", Protocol.TCP, Target("nas.lan", 53)),
        ("2001:db8::1", "443", Protocol.TCP, Target("2001:db8::1", 443)),
    ],
)
def test_target_from_host_and_port(host: str, port: str | None, protocol: Protocol, target: Target) -> None:
    assert parse_target(host, port, protocol) == target


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("nas.lan", None, "no port given for nas.lan: add one, such as nas.lan 443"),
        ("2001:db8::1", None, r"such as \[2001:db8::1\]:443"),
        ("nas.lan:80", "443", "two different ports given: 80"),
        ("udp://nas.lan:53", None, "^udp:// asks for UDP: choose UDP, or leave udp:// out$"),
        ("UDP://nas.lan", "53", "udp:// asks for UDP"),
    ],
)
def test_target_is_refused(host: str, port: str | None, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse_target(host, port)

"""The kernel's tables: lines seen on a real machine, and any line at all."""

import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.sockets.entry import Entry
from portview.sockets.procnet import parse_table
from portview.sockets.records import Queue
from portview.vocabulary import Family, Protocol

TCP, UDP, IPV4, IPV6 = Protocol.TCP, Protocol.UDP, Family.IPV4, Family.IPV6
HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
NO_PEER4 = "00000000:0000"
NO_PEER6 = "0" * 32 + ":0000"

little_endian = pytest.mark.skipif(sys.byteorder != "little", reason="lines of a little-endian machine")


def line(
    local: str, remote: str, state: str, queues: str = "00000000:00000000", uid: int = 0, inode: int = 7
) -> str:
    return (
        f"   0: {local} {remote} {state} {queues} 00:00000000 00000000 {uid:5d} 0 {inode} 1 0 100 0 0 10 0\n"
    )


def parsed(text: str, protocol: Protocol, family: Family) -> list[Entry]:
    return list(parse_table(HEADER + text, protocol, family))


@little_endian
@pytest.mark.parametrize(
    ("protocol", "family", "text", "expected"),
    [
        (
            TCP,
            IPV4,
            line("0100007F:0016", NO_PEER4, "0A", queues="00000000:00000003", uid=1000, inode=1588),
            Entry(TCP, IPV4, "127.0.0.1", 22, None, None, "LISTEN", 1000, 1588, Queue(3, None)),
        ),
        (
            TCP,
            IPV4,
            line("0500000A:C350", "08080808:01BB", "01", queues="00000010:00000020"),
            Entry(TCP, IPV4, "10.0.0.5", 50000, "8.8.8.8", 443, "ESTABLISHED", 0, 7, None),
        ),
        (
            TCP,
            IPV4,
            line("0100007F:0050", "0100007F:C350", "06", inode=0),
            Entry(TCP, IPV4, "127.0.0.1", 80, "127.0.0.1", 50000, "TIME_WAIT", None, None, None),
        ),
        (
            TCP,
            IPV6,
            line("B80D0120000000000000000001000000:01BB", NO_PEER6, "0A"),
            Entry(TCP, IPV6, "2001:db8::1", 443, None, None, "LISTEN", 0, 7, Queue(0, None)),
        ),
        (
            TCP,
            IPV6,
            line("0000000000000000FFFF00000100007F:9E49", NO_PEER6, "0A"),
            Entry(TCP, IPV6, "::ffff:127.0.0.1", 40521, None, None, "LISTEN", 0, 7, Queue(0, None)),
        ),
        (
            UDP,
            IPV4,
            line("3500007F:0035", NO_PEER4, "07", queues="00000000:00000300", uid=101),
            Entry(UDP, IPV4, "127.0.0.53", 53, None, None, "UNCONN", 101, 7, None),
        ),
        (
            UDP,
            IPV6,
            line("00000000000000000000000001000000:C350", "00000000000000000000000001000000:0035", "01"),
            Entry(UDP, IPV6, "::1", 50000, "::1", 53, "ESTABLISHED", 0, 7, None),
        ),
        (
            UDP,
            IPV4,
            line("0100007F:C350", "0100007F:0000", "01"),
            Entry(UDP, IPV4, "127.0.0.1", 50000, "127.0.0.1", 0, "ESTABLISHED", 0, 7, None),
        ),
    ],
)
def test_a_line_is_a_socket(protocol: Protocol, family: Family, text: str, expected: Entry) -> None:
    assert parsed(text, protocol, family) == [expected]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("01", "ESTABLISHED"),
        ("02", "SYN_SENT"),
        ("03", "SYN_RECV"),
        ("04", "FIN_WAIT1"),
        ("05", "FIN_WAIT2"),
        ("06", "TIME_WAIT"),
        ("07", "CLOSE"),
        ("08", "CLOSE_WAIT"),
        ("09", "LAST_ACK"),
        ("0A", "LISTEN"),
        ("0B", "CLOSING"),
    ],
)
def test_tcp_states_have_the_kernels_names(code: str, state: str) -> None:
    assert [entry.state for entry in parsed(line(NO_PEER4, NO_PEER4, code), TCP, IPV4)] == [state]


@pytest.mark.parametrize(
    "bad",
    [
        "\n",
        "   0: 0100007F:0016\n",
        line("0100007F:0016", NO_PEER4, "FF"),
        line("0100007F", NO_PEER4, "0A"),
        line("0100007F:16", NO_PEER4, "0A"),
        line("0100007:0016", NO_PEER4, "0A"),
        line("01 0007F:0016", NO_PEER4, "0A"),
        line("0100007G:0016", NO_PEER4, "0A"),
        line(NO_PEER6, NO_PEER6, "0A"),
        line("0100007F:0016", NO_PEER4, "0A").replace("    0 0 7", "    ? 0 7"),
        line("0100007F:0016", NO_PEER4, "0A", queues="00000000"),
    ],
)
def test_a_malformed_line_is_skipped_and_its_neighbours_are_not(bad: str) -> None:
    good = line("00000000:0050", NO_PEER4, "0A")
    assert [entry.port for entry in parsed(good + bad + good, TCP, IPV4)] == [80, 80]


def test_a_line_cut_anywhere_never_tells_another_inode() -> None:
    whole = line("0100007F:0016", NO_PEER4, "0A", inode=123456)
    for length in range(len(whole)):
        assert [entry.inode for entry in parsed(whole[:length], TCP, IPV4)] in ([], [123456])


@pytest.mark.parametrize("table", ["", HEADER, HEADER.rstrip("\n")])
def test_an_empty_table_has_no_sockets(table: str) -> None:
    assert list(parse_table(table, TCP, IPV4)) == []


def test_listeners_only_is_tcp_in_listen_and_udp_without_a_peer() -> None:
    tcp = line("00000000:0016", NO_PEER4, "0A") + line("0100007F:0016", "0100007F:C350", "01")
    udp = line("00000000:0035", NO_PEER4, "07") + line("0100007F:C350", "0100007F:0035", "01")
    assert [e.state for e in parse_table(HEADER + tcp, TCP, IPV4, listeners_only=True)] == ["LISTEN"]
    assert [e.state for e in parse_table(HEADER + udp, UDP, IPV4, listeners_only=True)] == ["UNCONN"]


def kernels_words(packed: bytes) -> str:
    """An address as the kernel prints it: each 32-bit word as a number of this machine."""
    return "".join(f"{word:08X}" for word in struct.unpack(f"={len(packed) // 4}I", packed))


PORTS = st.integers(0, 65535)


@given(st.binary(min_size=4, max_size=4), PORTS, st.integers(0, 2**32 - 1), st.integers(1, 2**32 - 1))
def test_ipv4_addresses_survive(packed: bytes, port: int, uid: int, inode: int) -> None:
    text = line(f"{kernels_words(packed)}:{port:04X}", NO_PEER4, "0A", uid=uid, inode=inode)
    address = socket.inet_ntop(socket.AF_INET, packed)
    expected = Entry(TCP, IPV4, address, port, None, None, "LISTEN", uid, inode, Queue(0, None))
    assert parsed(text, TCP, IPV4) == [expected]


@given(st.binary(min_size=16, max_size=16), PORTS)
def test_ipv6_addresses_survive(packed: bytes, port: int) -> None:
    text = line(f"{kernels_words(packed)}:{port:04X}", NO_PEER6, "07")
    address = socket.inet_ntop(socket.AF_INET6, packed)
    assert parsed(text, UDP, IPV6) == [Entry(UDP, IPV6, address, port, None, None, "UNCONN", 0, 7, None)]


FIELD = st.one_of(st.text(max_size=12), st.from_regex(r"[0-9A-F]{8}:[0-9A-F]{4}", fullmatch=True))


LINE = st.lists(FIELD, max_size=14).map(" ".join) | st.builds(
    line, FIELD, FIELD, st.sampled_from(["01", "0A", "x"])
)


@given(st.lists(LINE, max_size=5).map("\n".join))
def test_no_table_is_fatal(table: str) -> None:
    for protocol in Protocol:
        for family in Family:
            for entry in parsed(table, protocol, family):
                assert 0 <= entry.port <= 65535

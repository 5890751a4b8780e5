import socket
import threading
from typing import Any

import pytest

from portview.errors import BadInput
from portview.probe.records import NameFailure, Resolution
from portview.probe.waiting import CancelledError
from portview.scan import targets
from portview.scan.blocks import MAX_HOSTS
from portview.scan.records import ScanHost
from portview.scan.targets import look_up, read_list
from portview.vocabulary import Family


def expand(texts: list[str], **more: Any) -> tuple[ScanHost, ...]:
    found = look_up(texts, **more)
    assert not found.unresolved
    return found.hosts


def hosts(*addresses: str) -> tuple[ScanHost, ...]:
    return tuple(ScanHost(address) for address in addresses)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["127.0.0.1"], hosts("127.0.0.1")),
        (["127.0.0.1, 127.0.0.2  ::1,127.0.0.3"], hosts("127.0.0.1", "127.0.0.2", "::1", "127.0.0.3")),
        (["127.0.0.2", "127.0.0.1 127.0.0.2"], hosts("127.0.0.2", "127.0.0.1")),
        (["[::1]", "0:0::1"], hosts("::1")),
        (["192.0.2.0/30"], hosts("192.0.2.1", "192.0.2.2")),
        (["192.0.2.77/31"], hosts("192.0.2.76", "192.0.2.77")),
        (["192.0.2.7/32"], hosts("192.0.2.7")),
        (["192.0.2.2,192.0.2.0/30"], hosts("192.0.2.2", "192.0.2.1")),
        (["2001:db8::/126"], hosts("2001:db8::1", "2001:db8::2", "2001:db8::3")),
        (["::ffff:192.0.2.7"], hosts("192.0.2.7")),
        (["fe80::1%lo"], hosts("fe80::1%lo")),
        (["10.99.1.254-10.99.2.1"], hosts("10.99.1.254", "10.99.1.255", "10.99.2.0", "10.99.2.1")),
        (["10.99.1.7-10.99.1.7"], hosts("10.99.1.7")),
        (["fe80::/127%lo"], hosts("fe80::%lo", "fe80::1%lo")),
        (["fe80::%lo/126"], hosts("fe80::1%lo", "fe80::2%lo", "fe80::3%lo")),
        (["0.0.0.0 ::"], hosts("127.0.0.1", "::1")),
        (["10.99.1.1-2"], hosts("10.99.1.1", "10.99.1.2")),
        (["192.0-1.2.254-"], hosts("192.0.2.254", "192.0.2.255", "192.1.2.254", "192.1.2.255")),
        (["192.0.2.-1,192.0.2.1"], hosts("192.0.2.0", "192.0.2.1")),
        (["192.0.2.007-7"], hosts("192.0.2.7")),
    ],
)
def test_addresses_and_blocks(texts: list[str], expected: tuple[ScanHost, ...]) -> None:
    assert expand(texts) == expected


def test_the_largest_block_is_a_slash_16() -> None:
    found = expand(["10.1.2.3/16"])
    assert (found[0].address, found[-1].address, len(found)) == ("10.1.0.1", "10.1.255.254", 65534)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([], "no target given"),
        ([" , "], "no target given"),
        (["10.0.0.0/15"], "/16 is the largest block"),
        (["0.0.0.0/0"], "/16 is the largest block"),
        (["2001:db8::/64"], "/112 is the largest block"),
        (["10.0.0.0/33"], "not a block"),
        (["10.0.0/24"], "not a block"),
        (["nas.lan/24"], "not a block"),
        (["fe80::%nowhere/126"], "'%nowhere' is not a network interface"),
        (["192.0.2.0%lo/24"], "%"),
        (["10.0-255.0-255.0-1"], "131072 addresses"),
        (["10.-.-.-"], "16777216 addresses"),
        (["127.0.0.1", "22"], "'22' looks like a port"),
        (["127.0.0.1 1-1000"], "'1-1000' looks like a port"),
        (["127.0.0.1", "8000-"], "'8000-' looks like a port"),
        (["10.99.1.2-1"], "did you mean 1-2"),
        (["10.99.1.300-400"], "0 to 255"),
        (["10.99.1-2"], "not a range"),
        (["10.99.1.1-2.3"], "not a range"),
        (["10.99..1-2"], "not a range"),
        (["10.99.1.9-10.99.1.1"], "did you mean 10.99.1.1-10.99.1.9?"),
        (["10.99.1.1-10.99.1.256"], "not a range"),
        (["10.0.0.0-10.1.0.0"], "65537 addresses"),
        (["10.99.1.1-10.99.1.9-10"], "not a range"),
        (["10.99.1.1-2-3"], "not a range"),
        (["127.0.0.1:22"], "ports with -p"),
        (["[::1]:22"], "ports with -p"),
        (["10.1.0.0/16 10.2.0.0/16"], f"at most {MAX_HOSTS}"),
        (["127.0.0.1", "bad host!"], "no name can have"),
        (["10.0.0.0/33\x1b[2J"], "\\x1b"),
    ],
)
def test_what_cannot_be_scanned_is_told_in_one_line(texts: list[str], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        expand(texts)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_octet_ranges_take_turns_from_the_right() -> None:
    found = expand(["10.0.0-3.1-254"])
    assert (found[0].address, found[254].address, found[-1].address) == (
        "10.0.0.1",
        "10.0.1.1",
        "10.0.3.254",
    )
    assert len(found) == 4 * 254


def test_a_name_gives_all_its_addresses() -> None:
    known = {str(entry[4][0]) for entry in socket.getaddrinfo("localhost", None)}
    found = expand(["localhost"])
    assert {host.address for host in found} == known
    assert {host.name for host in found} == {"localhost"}


def test_a_name_can_be_kept_to_one_family() -> None:
    assert expand(["localhost"], family=Family.IPV4) == (ScanHost("127.0.0.1", "localhost"),)


def test_a_cancelled_look_up_ends() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        expand(["localhost"], cancel=cancel)


@pytest.mark.parametrize(
    ("texts", "exclude", "expected"),
    [
        (["192.0.2.0/29"], ["192.0.2.2-5"], hosts("192.0.2.1", "192.0.2.6")),
        (["fe80::1%lo ::2"], ["fe80::1"], hosts("::2")),
        (["fe80::1%lo ::2"], ["fe80::%lo/10"], hosts("::2")),
        (["fe80::1%lo ::2"], ["fe80::1%lo"], hosts("::2")),
        (["192.0.2.0/29"], ["192.0.2.4/30, 192.0.2.1"], hosts("192.0.2.2", "192.0.2.3")),
        (["192.0.2.1 2001:db8::1"], ["2001:db8::/32"], hosts("192.0.2.1")),
        (["10.0.0.1 192.0.2.1"], ["10.0.0.0/8"], hosts("192.0.2.1")),
        (["127.0.0.1-2"], ["localhost"], hosts("127.0.0.2")),
        (["fe80::1%lo 192.0.2.1"], ["fe80::/10"], hosts("192.0.2.1")),
    ],
)
def test_what_is_excluded_is_left_out(
    texts: list[str], exclude: list[str], expected: tuple[ScanHost, ...]
) -> None:
    assert expand(texts, exclude=exclude) == expected


@pytest.mark.parametrize(
    ("exclude", "words"),
    [
        (["127.0.0.0/8"], "nothing is left of 127.0.0.1 without 127.0.0.0/8"),
        (["10.0.0/8"], "not a block"),
        (["a b!"], "no name can"),
    ],
)
def test_an_exclusion_that_cannot_be_meant_is_told_in_one_line(exclude: list[str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        expand(["127.0.0.1"], exclude=exclude)


def test_a_list_of_targets_may_hold_comments() -> None:
    text = "# the racks\n192.0.2.1  # old\n\n192.0.2.2,192.0.2.3\n"
    assert expand(read_list(text, "list")) == hosts("192.0.2.1", "192.0.2.2", "192.0.2.3")


def test_a_bad_line_of_a_file_is_named() -> None:
    with pytest.raises(BadInput, match=r"my list, line 3: '192\.0\.2\.9-1' runs backwards"):
        read_list("# mine\n192.0.2.1\n192.0.2.2 192.0.2.9-1\n", "my list")


def test_many_names_without_an_address_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(name: str, **_: object) -> Resolution:
        return Resolution(name, failure=NameFailure.NXDOMAIN)

    monkeypatch.setattr(targets, "resolve", no_such_name)
    names = [f"n{number}.invalid" for number in range(80)]
    with pytest.raises(
        BadInput, match=r"^n0\.invalid has no address.*; and 77 more without an address$"
    ) as caught:
        look_up(names)
    assert len(str(caught.value)) < 400
    found = look_up([*names, "127.0.0.1"])
    assert found.hosts == hosts("127.0.0.1")
    assert [one.name for one in found.unresolved] == names


def test_a_name_that_must_be_left_out_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "resolve", lambda name, **_: Resolution(name))
    with pytest.raises(BadInput, match=r"cannot exclude old\.lan"):
        look_up(["192.0.2.0/24"], exclude=["old.lan"])

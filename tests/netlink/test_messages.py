"""The frame of netlink answers: what the kernel may send, and what it never would."""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.netlink.messages import HEADER, Datagram, attribute, attributes, read_datagram, request

KIND, NUMBER = 20, 3
INTERRUPTED = 0x10


def message(payload: bytes = b"", *, kind: int = KIND, flags: int = 2, number: int = NUMBER) -> bytes:
    whole = HEADER.pack(HEADER.size + len(payload), kind, flags, number, 0) + payload
    return whole + bytes(-len(whole) % 4)


def done(code: int = 0) -> bytes:
    return message(struct.pack("=i", code), kind=3)


@pytest.mark.parametrize(("dump", "flags"), [(True, 0x301), (False, 0x1)])
def test_a_request(dump: bool, flags: int) -> None:
    expected = struct.pack("=IHHII", 20, 20, flags, 3, 0) + b"abcd"
    assert request(KIND, b"abcd", NUMBER, dump=dump) == expected


def test_the_payloads_are_found_and_the_end() -> None:
    data = message(b"one") + message(b"three") + done()
    frame = read_datagram(data, NUMBER)
    assert frame.payloads == (b"one", b"three")
    assert (frame.done, frame.interrupted) == (True, False)


def test_a_dump_in_parts_is_not_done() -> None:
    assert read_datagram(message(b"one"), NUMBER) == Datagram((b"one",), done=False, interrupted=False)


def test_an_interrupted_dump_is_told() -> None:
    assert read_datagram(message(flags=2 | INTERRUPTED) + done(), NUMBER).interrupted


def test_the_answer_to_another_request_is_passed_over() -> None:
    other = message(b"other", number=NUMBER + 1) + message(struct.pack("=i", -1), kind=2, number=NUMBER + 1)
    assert read_datagram(other, NUMBER) == Datagram((), done=False, interrupted=False)


def test_netlinks_own_messages_are_passed_over() -> None:
    assert read_datagram(message(kind=1), NUMBER).payloads == ()


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (struct.pack("=i", -errno.EPERM), errno.EPERM),
        (struct.pack("=i", -errno.ENOENT) + b"more", errno.ENOENT),
        (struct.pack("=i", -(2**31)), errno.EBADMSG),
        (b"\0\0", errno.EBADMSG),
    ],
)
def test_a_refusal_is_raised_with_the_kernels_errno(kind: int, payload: bytes, expected: int) -> None:
    with pytest.raises(OSError) as raised:  # noqa: PT011 - the number is what counts
        read_datagram(message(payload, kind=kind), NUMBER)
    assert raised.value.errno == expected


def test_an_acknowledgement_ends_the_answer() -> None:
    assert read_datagram(message(struct.pack("=i", 0), kind=2), NUMBER).done


@pytest.mark.parametrize("length", range(1, 40))
def test_an_answer_cut_short_is_broken(length: int) -> None:
    data = message(b"x" * 24)
    assert len(data) == 40
    with pytest.raises(OSError, match="message"):
        read_datagram(data[:length], NUMBER)


def test_nothing_is_no_answer() -> None:
    with pytest.raises(OSError, match="message"):
        read_datagram(b"", NUMBER)


_MESSAGES = st.lists(
    st.builds(
        message,
        st.binary(max_size=20),
        kind=st.sampled_from([1, 2, 3, KIND]),
        flags=st.integers(0, 0xFFFF),
        number=st.sampled_from([NUMBER, NUMBER + 1]),
    ),
    max_size=4,
).map(b"".join)


@given(st.binary(max_size=200) | _MESSAGES)
def test_no_bytes_are_fatal(data: bytes) -> None:
    try:
        frame = read_datagram(data, NUMBER)
    except OSError:
        return
    assert all(payload in data for payload in frame.payloads)


@given(st.lists(st.binary(max_size=60), min_size=1), st.booleans())
def test_what_was_framed_is_found(payloads: list[bytes], ends: bool) -> None:
    data = b"".join(map(message, payloads)) + (done() if ends else b"")
    frame = read_datagram(data, NUMBER)
    assert list(frame.payloads) == payloads
    assert frame.done == ends


@given(st.dictionaries(st.integers(0, 2**16 - 1), st.binary(max_size=40)))
def test_attributes_are_read_as_they_were_written(values: dict[int, bytes]) -> None:
    data = b"".join(attribute(kind, value) for kind, value in values.items())
    assert len(data) % 4 == 0
    assert attributes(data) == values


@pytest.mark.parametrize(
    "broken", [struct.pack("=HH", 0, 2), struct.pack("=HH", 3, 2), struct.pack("=HH", 9, 2) + b"cut!", b"xyz"]
)
def test_a_broken_attribute_ends_the_list(broken: bytes) -> None:
    assert attributes(attribute(1, b"one") + broken) == {1: b"one"}


@given(st.binary(max_size=80))
def test_no_attributes_are_fatal(data: bytes) -> None:
    assert all(len(value) <= len(data) for value in attributes(data).values())

"""From a host to its addresses. Names that need a name server are tried in the lab."""

import threading

import pytest

from portview.probe import hosts
from portview.probe.records import NameFailure, NameSource
from portview.probe.resolve import resolve
from portview.probe.waiting import CancelledError
from portview.vocabulary import Family


@pytest.mark.parametrize(
    ("name", "family", "addresses", "failure"),
    [
        ("192.0.2.7", None, ("192.0.2.7",), None),
        ("192.0.2.7", Family.IPV4, ("192.0.2.7",), None),
        ("192.0.2.7", Family.IPV6, (), NameFailure.NODATA),
        ("2001:DB8::7", None, ("2001:db8::7",), None),
        ("2001:db8::7", Family.IPV4, (), NameFailure.NODATA),
        ("fe80::1%lo", None, ("fe80::1%lo",), None),
    ],
)
def test_literal(
    name: str, family: Family | None, addresses: tuple[str, ...], failure: NameFailure | None
) -> None:
    found = resolve(name, family=family)
    assert (found.name, found.addresses, found.failure) == (name, addresses, failure)
    assert found.source is NameSource.LITERAL
    assert found.dns_addresses is None


def test_localhost() -> None:
    found = resolve("localhost", family=Family.IPV4)
    assert found.addresses == ("127.0.0.1",)
    assert found.failure is None
    assert found.source is (
        NameSource.HOSTS if "127.0.0.1" in hosts.lookup("localhost") else NameSource.SYSTEM
    )


def test_cancelled_before_it_began() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        resolve("localhost", cancel=cancel)

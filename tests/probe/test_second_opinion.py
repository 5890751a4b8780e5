import pytest

from portview.probe.records import NameSource, Resolution
from portview.probe.resolve import _completed
from portview.probe.second_opinion import is_worth_asking


@pytest.mark.parametrize(
    ("name", "source", "worth"),
    [
        ("known.lab.example", NameSource.HOSTS, True),
        ("nas.lan.", NameSource.HOSTS, True),
        ("known.lab.example", NameSource.SYSTEM, False),
        ("127.0.0.1", NameSource.LITERAL, False),
        ("nas", NameSource.HOSTS, False),
        ("localhost", NameSource.HOSTS, False),
        ("printer.LOCAL", NameSource.HOSTS, False),
        ("app.localhost", NameSource.HOSTS, False),
    ],
)
def test_which_names_dns_is_asked_for(name: str, source: NameSource, worth: bool) -> None:
    assert is_worth_asking(Resolution(name, ("192.0.2.7",), source)) is worth


@pytest.mark.parametrize(
    ("name", "canonical", "completed"),
    [
        ("nas", "nas.corp.example", "nas.corp.example"),
        ("NAS", "nas.corp.example", "nas.corp.example"),
        ("nas", "nas", None),
        ("nas", None, None),
        ("nas", "nasty.example", None),
        ("www.example", "www.example.cdn.example", None),
        ("www.example", "www.example.Corp.example", "www.example.Corp.example"),
        ("www.example", "www.example.deep.corp.example", None),
        ("nas", "nas.\x1b[2J", r"nas.\x1b[2J"),
    ],
)
def test_what_the_search_list_made_of_a_name(name: str, canonical: str | None, completed: str | None) -> None:
    assert _completed(name, canonical, ("corp.example", "lan")) == completed

"""What people type finds what they mean."""

import pytest

from portview.knowledge import reference
from portview.knowledge.page import Tone
from portview.text import clean


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("22", "Port 22: ssh"),
        ("22/tcp", "Port 22: ssh"),
        ("ssh", "Port 22: ssh"),
        ("65535", "Port 65535"),
        ("refused", "Connection refused"),
        ("Connection refused", "Connection refused"),
        (" TIMED_OUT ", "No answer"),
        ("fw_reject_host", "A firewall rule on ADDRESS rejects it"),
        ("tcp_refused_rst_one_port", "Connection refused: a RST, while other ports stay silent"),
        ("share-a-port", "Can two processes share a port?"),
        ("can two processes share a port?", "Can two processes share a port?"),
        ("mumble", "Port 64738: murmur"),
    ],
)
def test_find(query: str, title: str) -> None:
    page = reference.find(query)
    assert page is not None
    assert page.title == title


@pytest.mark.parametrize(
    "query", ["", "65536", "-1", "22/sctp", "no such thing", "٢٢", "\x1b[2J", "9" * 5000]
)
def test_find_nothing(query: str) -> None:
    assert reference.find(query) is None
    reference.suggest(query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("80", "80/tcp"),
        ("redis", "6379/tcp"),
        ("refused", "refused"),
        ("61234", "61234"),
        ("two processes", "share-a-port"),
    ],
)
def test_search_as_one_types(query: str, first: str) -> None:
    assert reference.search(query)[0].id == first


def test_search_finds_what_contains_it() -> None:
    ids = [entry.id for entry in reference.search("jellyfin")]
    assert ids[:2] == ["8096/tcp", "8920/tcp"]
    assert "5055/tcp" in [entry.id for entry in reference.search("jellyseerr")]


def test_an_empty_search_lists_the_topics() -> None:
    assert reference.search(" ") == reference.topics()
    assert {entry.kind for entry in reference.topics()} == {"question", "outcome", "cause"}


def test_every_entry_has_a_page_of_safe_text() -> None:
    entries = [*reference.topics(), *reference.search("tcp")]
    assert {entry.kind for entry in entries} == {"question", "outcome", "cause", "pattern", "port"}
    for entry in entries:
        page = reference.entry_page(entry)
        assert page.sections
        for line in (page.title, *(line.text for section in page.sections for line in section.lines)):
            assert clean(line) == line


def test_ids_are_unique() -> None:
    ids = [entry.id for entry in (*reference.topics(), *reference.search("t"))]
    assert len(set(ids)) == len(
        {(entry.id, entry.kind) for entry in (*reference.topics(), *reference.search("t"))}
    )


def test_near_misses() -> None:
    assert "refused" in reference.suggest("refusd")
    assert "postgresql" in reference.suggest("postgresq")


def test_a_port_page_warns_of_risks_browsers_and_providers() -> None:
    page = reference.find("25")
    assert page is not None
    assert page.tone is Tone.WARN
    assert {"Usually", "Risk", "Fix", "Range", "Browsers", "Blocked by providers", "By hand"} == {
        section.label for section in page.sections
    }

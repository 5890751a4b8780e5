"""What people type finds what they mean."""

import pytest

from portview.knowledge import reference
from portview.knowledge.load import phrases
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
        ("port 22", "Port 22: ssh"),
        (":22", "Port 22: ssh"),
        ("22/udp", "Port 22: ssh"),
        ("65536", "Port 65536"),
        ("0", "Port 0"),
    ],
)
def test_find(query: str, title: str) -> None:
    page = reference.find(query)
    assert page is not None
    assert page.title == title


@pytest.mark.parametrize("query", ["", "-1", "22/sctp", "no such thing", "٢٢", "\x1b[2J", "9" * 5000])
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
        (":22", "22/tcp"),
        ("22/tcp", "22/tcp"),
        ("port 61234", "61234"),
        ("70000", "70000"),
        ("open", "port-states"),
        ("filtered", "filtered"),
        ("why is my port refused", "refused"),
        ("Why does my server time out?", "timed_out"),
        ("ssh: connect to host nas.lan port 22: Connection refused", "refused"),
        ("curl: (7) Failed to connect to nas.lan port 80: No route to host", "unreachable"),
        ("docker container not reachable", "docker_proxy_dead_backend"),
        ("which ports does plex use", "32400/tcp"),
    ],
)
def test_search_as_one_types(query: str, first: str) -> None:
    assert reference.search(query)[0].id == first


MESSAGES = {
    "refused": ("Connection refused", "ECONNREFUSED"),
    "timed_out": ("Connection timed out", "ETIMEDOUT", "timeout", "timed out"),
    "closed_by_peer": ("Connection reset by peer", "ECONNRESET", "reset"),
    "unreachable": (
        *("No route to host", "EHOSTUNREACH", "Network is unreachable", "ENETUNREACH"),
        *("Host is down", "EHOSTDOWN", "Network is down", "ENETDOWN", "ENONET"),
    ),
    "local_error": (
        *("Operation not permitted", "EPERM", "Permission denied", "EACCES"),
        *("Cannot assign requested address", "EADDRNOTAVAIL", "Invalid argument", "EINVAL"),
    ),
    "name_not_resolved": ("Name or service not known", "Temporary failure in name resolution"),
}


@pytest.mark.parametrize(
    ("message", "outcome"), [(text, outcome) for outcome, texts in MESSAGES.items() for text in texts]
)
def test_what_programs_print_leads_to_its_outcome(message: str, outcome: str) -> None:
    best = reference.search(message)[0]
    assert (best.id, best.kind) == (outcome, "outcome")
    assert reference.find(message) == reference.entry_page(best)


@pytest.mark.parametrize("alias", phrases("reference")["alias"])
def test_each_alias_leads_to_an_entry_of_its_own(alias: str) -> None:
    assert alias == alias.lower().strip()
    assert reference.search(alias)[0].id == phrases("reference")["alias"][alias]


def test_words_that_no_entry_has_find_nothing() -> None:
    assert reference.search("zzzqq xxyyz") == ()
    assert reference.search("why is my") == ()


def test_there_is_no_knock_at_what_is_no_port() -> None:
    for number, said in (("0", "reserved"), ("70000", "65535")):
        page = reference.find(number)
        assert page is not None
        assert said in page.text()
        assert "probe" not in page.text()


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

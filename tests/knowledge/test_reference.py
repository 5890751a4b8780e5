"""What people type finds what they mean."""

import pytest

from portview.knowledge import reference
from portview.knowledge.entries import entries
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
        ("514", "Port 514: shell, syslog"),
        ("refused", "Connection refused"),
        ("Connection refused", "Connection refused"),
        (" TIMED_OUT ", "No answer"),
        ("fw_reject_host", "A firewall rule at ADDRESS rejects it"),
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
        ("docker container not reachable", "docker_port_not_published"),
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
    assert {entry.kind for entry in reference.topics()} == {"question", "outcome", "cause", "tool"}


def test_every_entry_has_a_page_of_safe_text_and_neighbours() -> None:
    named = (reference.exact("8000-8010"), reference.exact("443 by hand"))
    everything = [*entries(), *(entry for entry in named if entry)]
    assert {entry.kind for entry in everything} == {
        *("question", "outcome", "cause", "tool", "pattern", "provider", "port", "range", "by hand")
    }
    for entry in everything:
        page = reference.entry_page(entry)
        assert page.sections
        for line in (page.title, *(line.text for section in page.sections for line in section.lines)):
            assert clean(line) == line
            assert line
        if entry.id != "healthy":
            assert reference.neighbours(entry), entry.id
        assert entry not in reference.neighbours(entry)


def test_ids_are_unique_and_lead_to_their_entry() -> None:
    ids = [entry.id for entry in entries()]
    assert len(set(ids)) == len(ids)
    for entry in entries():
        if " " not in entry.id:  # "3000/tcp gitea" is listed, and named by its service
            assert reference.exact(entry.id) == entry


def test_near_misses() -> None:
    assert "refused" in reference.suggest("refusd")
    assert "postgresql" in reference.suggest("postgresq")


def labels(query: str) -> dict[str, str]:
    page = reference.find(query)
    assert page is not None
    return {section.label: "\n".join(line.text for line in section.lines) for section in page.sections}


def test_a_port_page_warns_of_risks_browsers_and_providers() -> None:
    page = reference.find("25")
    assert page is not None
    assert page.tone is Tone.WARN
    found = labels("25")
    assert set(found) == {"TCP", "Risk", "Fix", "Range", "Registered", "Blocked TCP", "By hand"}
    assert "Browsers refuse" in found["Blocked TCP"]
    assert "AWS EC2" in found["Blocked TCP"]


def test_a_port_page_names_all_claimants_with_their_likelihood() -> None:
    found = labels("3000")
    assert "Usually Node.js" in found["TCP"]
    assert "Often Gitea, Forgejo: Git server" in found["TCP"]
    assert "hbci (IANA)" in found["Registered"]
    assert "(AdGuard Home setup)" in found["Risk"]
    gitea = reference.find("gitea")
    assert gitea is not None
    assert gitea.title == "Port 3000: gitea"
    assert gitea.sections[0].lines[0].text.startswith("Often Gitea")


def test_few_blocks_are_told_with_their_sources() -> None:
    found = labels("465")
    assert "git.wizard.lu" in found["Blocked TCP"]
    assert "2026" in found["Blocked TCP"]


def test_a_range_lists_what_is_known_in_it() -> None:
    assert "8006/tcp  proxmox: Proxmox VE" in labels("8000-8010")[""]
    assert labels("8006-8010")[""].startswith("8006/tcp")
    assert "8006/tcp" in labels("8001-8006")[""]
    assert "Nothing that we know" in labels("49900-49910")[""]


def test_a_provider_page_has_sources_dates_and_both_directions() -> None:
    cox = reference.find("Cox")
    assert cox is not None
    assert "towards its customers, by its own word (cox.com" in cox.text()
    assert "from its customers, by its own word (cox.com" in cox.text()
    tianyi = reference.entry_page(reference.search("天翼云")[0])
    assert "TCP 80, 443, 8080, 8443" in tianyi.text()
    assert "filed (ICP)" in tianyi.text()
    browsers = reference.find("a browser")
    assert browsers is not None
    assert "Fetch standard" in browsers.text()


def test_a_cause_page_says_what_decides_and_what_others_print() -> None:
    found = labels("fw_reject_host")
    assert "target's own address" in found["Decisive"]
    assert "refused: Connection refused" in found["Shows as"]
    assert "telnet: Connection refused" in found["Other programs say"]


def test_a_pattern_page_tells_its_causes_apart() -> None:
    found = labels("tcp_host_unreach_lan")
    assert "host_off: " in found["How causes are told apart"]
    assert "after about 3 s" in found["Other programs say"]


def test_neighbours_lead_from_a_result_to_its_causes_and_back() -> None:
    pattern = reference.exact("tcp_refused_icmp_target")
    assert pattern is not None
    ids = [entry.id for entry in reference.neighbours(pattern)]
    assert ids == ["refused", "fw_reject_host", "fail2ban_ban", "k8s_no_endpoints"]
    cause = reference.exact("fw_reject_host")
    assert cause is not None
    assert pattern in reference.neighbours(cause)


def test_commands_by_hand_name_the_host_that_is_looked_at() -> None:
    entry = reference.exact("443 by hand")
    assert entry is not None
    assert "nc -zv -w 5 nas.lan 443" in reference.entry_page(entry, "nas.lan").text()
    assert "HOST 443" in reference.entry_page(entry).text()

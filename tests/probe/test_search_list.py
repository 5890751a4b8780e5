"""The search list in a resolv.conf's text."""

import pytest

from portview.probe.search_list import domains_in


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("", ()),
        ("nameserver 192.0.2.1\nsearch Corp.Example. lan\noptions ndots:2\n", ("corp.example", "lan")),
        ("domain lan", ("lan",)),
        ("search a.example\nsearch b.example\n", ("b.example",)),
        ("search\n# search lan\n\n", ()),
    ],
)
def test_domains_in(text: str, domains: tuple[str, ...]) -> None:
    assert domains_in(text) == domains

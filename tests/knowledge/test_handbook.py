"""Every outcome, pattern and cause has its place and its words in the handbook.

Who adds one finds here what is missing: a line in handbook.tsv, a sentence in apart.toml.
"""

import re

from portview.knowledge import handbook
from portview.knowledge.entries import by_id
from portview.knowledge.load import cause, cause_ids, outcomes, patterns, topics
from portview.knowledge.template import placeholders
from portview.text import clean
from portview.vocabulary import Outcome


def test_each_pattern_belongs_to_an_outcome_and_names_causes() -> None:
    assert set(handbook.places()) == set(patterns())
    for place in handbook.places().values():
        assert place.outcome in tuple(Outcome)
        assert place.causes or place.outcome == Outcome.CANCELLED
        assert set(place.causes) <= set(cause_ids())
        assert len(set(place.causes)) == len(place.causes)


def test_each_cause_shows_as_something_and_is_told_apart() -> None:
    assert set(handbook.apart()) == set(cause_ids())
    for cause_id, sentence in handbook.apart().items():
        assert handbook.outcomes_of(cause_id), cause_id
        assert sentence.endswith(".")
        assert clean(sentence) == sentence
        assert not placeholders(sentence)


def test_each_outcome_has_causes_and_says_what_others_print() -> None:
    for outcome in outcomes():
        assert handbook.causes_of(outcome) or outcome == Outcome.CANCELLED
        assert handbook.patterns_in(outcome)
    for pattern_id in patterns():
        assert handbook.prints_of(pattern_id)
    assert set(handbook.special_prints()) <= set(patterns())


def test_what_is_printed_for_a_pattern_goes_before_its_outcome() -> None:
    assert dict(handbook.prints_of("est_not_tls"))["curl"] == "(35) wrong version number"
    assert handbook.prints_of("tcp_refused_rst") == outcomes()["refused"].prints


def test_see_also_leads_somewhere() -> None:
    for topic in topics().values():
        assert set(topic.see) <= set(by_id()) - {topic.id}, topic.id
    for cause_id in cause_ids():
        assert set(cause(cause_id).see) <= set(cause_ids()) - {cause_id}


def test_questions_are_questions_with_answers() -> None:
    for topic in topics().values():
        assert topic.question.endswith("?")
        assert topic.answer
        assert topic.commands
        for text in (topic.question, *topic.answer, *topic.commands, *topic.make):
            assert clean(text) == text


# In /usr/sbin, where an ordinary user of Debian does not look, or for root alone.
_ROOTS = ["dmesg", "ethtool", "ip6tables", "iptables", "journalctl", "nft", "sysctl", "tcpdump", "ufw"]


def test_commands_run_as_an_ordinary_user_types_them() -> None:
    checks = [check for cause_id in cause_ids() for check in cause(cause_id).checks if check.is_command]
    commands = [check.text for check in checks]
    for topic in topics().values():
        # OpenWrt has no sudo, and none but root.
        commands += () if topic.id == "soft-router" else topic.commands
    for command in commands:
        for part in re.split(r"[;|]|&&", command.partition("  #")[0]):
            assert not part.split() or part.split()[0] not in _ROOTS, command

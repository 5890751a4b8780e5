"""A broken file is named, with the key that is wrong."""

from pathlib import Path

import pytest

from portview.knowledge.files import KnowledgeError
from portview.knowledge.load import cause, fact, facts, pattern, patterns, read_cause, risks
from portview.knowledge.template import fill, placeholders

_GOOD = 'title = "t"\nexplanation = "e"\nfix = "f"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "Invalid value"),
        ('explanation = "e"', "title: is missing"),
        ('title = 3\nexplanation = "e"', "title: is missing or not a text"),
        ('title = " "\nexplanation = "e"', "title: is missing"),
        (_GOOD + 'colour = "red"', "colour: is not a known key"),
        (_GOOD + 'see = "x"', "see: is not a list"),
        (_GOOD + "see = [1]", "see: is not a list of texts"),
        (_GOOD + 'check = ["x"]', "check: is not a table"),
        (_GOOD + '[[check]]\ncommand = "c"', "check.where: is missing"),
        (_GOOD + '[[check]]\nwhere = "here"', "check.look: is missing"),
        ('title = "{host!r}"\nexplanation = "e"', "title: not a plain placeholder"),
        ('title = "{0}"\nexplanation = "e"', "title: not a plain placeholder"),
        ('title = "{"\nexplanation = "e"', "title: "),
    ],
)
def test_broken_cause(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(KnowledgeError) as caught:
        read_cause(str(path))
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_unknown_cause_and_language() -> None:
    with pytest.raises(KnowledgeError, match="no such file"):
        cause("no_such_cause")
    with pytest.raises(KnowledgeError, match="no such file"):
        cause("healthy", "xx")


def test_a_pattern_read_alone_is_the_same() -> None:
    assert {name: pattern(name) for name in patterns()} == patterns()
    with pytest.raises(KnowledgeError, match="there is no est_"):
        pattern("est_")


def test_a_fact_read_alone_is_the_same() -> None:
    assert {name: fact(name) for name in facts()} == facts()
    with pytest.raises(KnowledgeError, match="there is no handshak"):
        fact("handshak")


def test_a_sentence_never_has_a_hole() -> None:
    assert placeholders("{a} and {b}, {{not this}}") == {"a", "b"}
    assert fill("{a} {{b}}", {"a": "{c}"}) == "{c} {b}"
    with pytest.raises(KeyError):
        fill("{a}", {})


def test_risks_are_by_port_and_transport() -> None:
    assert risks()[6379, "tcp"].id == "redis"
    assert (6379, "udp") not in risks()

"""Which entries share most words with a question, where rare words weigh more than common ones."""

import math
import re
from collections import Counter, defaultdict
from functools import cache

from portview.knowledge.entries import Entry, by_name, by_product, entries
from portview.knowledge.load import phrases

_WORD = re.compile(r"[^\W_][\w'|-]*")
_BETWEEN_WORDS = re.compile(r"[^\w'|-]+|_")
# What one word of a question is worth in the names, the title and the text of an entry.
_WORTHS = (6, 4, 1)
_ENOUGH = 4


def by_words(question: str) -> list[Entry]:
    """Entries by the words that they share with a question, rare words first in worth.

    An error message that is quoted in the question comes before all.
    """
    ignored = _ignored()
    asked = {_stem(word) for word in _WORD.findall(question) if word not in ignored and len(word) > 1}
    scores: defaultdict[int, float] = defaultdict(float)
    worths: Counter[int] = Counter()
    for word in sorted(asked):
        found = _places(word)
        rarity = math.log(1 + len(entries()) / max(len(found), 1))
        for place, worth in found.items():
            scores[place] += worth * rarity
            worths[place] += worth
    ranked = sorted(scores, key=lambda place: (-scores[place], place))
    good = [place for place in ranked if worths[place] >= _ENOUGH]
    return [*_quoted(question), *(entries()[place] for place in good or ranked)]


def _places(word: str) -> dict[int, int]:
    """Where among the entries a word begins so, with what it is worth there."""
    head = f" {word}"
    found = {}
    for place, texts in enumerate(_texts()):
        for worth, text in zip(_WORTHS, texts, strict=True):
            if head in text:
                found[place] = worth
                break
    return found


def _quoted(question: str) -> list[Entry]:
    """Entries whose names stand in the question word for word, the longest first; products last."""
    padded = f" {' '.join(_WORD.findall(question))} "
    found: list[Entry] = []
    for called in (by_name(), by_product()):
        names = [name for name in called if len(name) > 2 and f" {name} " in padded]
        longest = sorted(names, key=len, reverse=True)
        found += [called[name] for name in longest if name not in _ignored()]
    return found


@cache
def _texts() -> tuple[tuple[str, str, str], ...]:
    """The words of every entry, a space before each: of its names, its title and its text."""
    return tuple(
        (
            _spaced(" ".join((entry.id, *entry.names)).replace("-", " ")),
            _spaced(entry.title.lower()),
            _spaced(entry.words),
        )
        for entry in entries()
    )


def _spaced(text: str) -> str:
    return " " + _BETWEEN_WORDS.sub(" ", text)


def _stem(word: str) -> str:
    """A plural finds its singular."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def _ignored() -> frozenset[str]:
    return frozenset(phrases("reference")["search"]["ignored"].split())

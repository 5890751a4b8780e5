"""Which entries share most words with a question, where rare words weigh more than common ones."""

import errno
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache

from portview.knowledge.entries import Entry, by_alias, by_name, by_product, entries
from portview.knowledge.load import phrases

_LATIN_WORD = r"[^\W_\u3400-\u9fff](?:[^\W\u3400-\u9fff]+|['|-]+)*"
_WORD = re.compile(rf"[\u3400-\u9fff]+|{_LATIN_WORD}")
# Chinese is written without spaces: a name may begin at any of its characters.
_PIECE = re.compile(rf"[\u3400-\u9fff]|{_LATIN_WORD}")
_BETWEEN_WORDS = re.compile(r"[^\w'|-]+|_")
# How MySQL and others end a message: with the number of the kernel's error, which says more than the words.
_LAST_NUMBER = re.compile(r"\(([0-9]{2,3})(?: \"[^()\"]*\")?\)$")
_NUMBERED = " errno "
# What one word of a question is worth in the names, the title and the text of an entry.
_WORTHS = (6, 4, 1)
_ENOUGH = 4
# A shorter word is meant as it stands: "nat" is not the beginning of "nats".
_SHORT = 3
# How much of what a question says, by weight, an entry must say to answer it.
_ANSWERED = 0.6


def by_words(question: str) -> list[Entry]:
    """Entries by the words that they share with a question, rare words first in worth.

    An error message that is quoted in the question comes before all.
    """
    scores: defaultdict[int, float] = defaultdict(float)
    worths: Counter[int] = Counter()
    for word in sorted(_asked(question)):
        found = _places(word)
        rarity = _rarity(found)
        for place, worth in found.items():
            scores[place] += worth * rarity
            worths[place] += worth
    ranked = sorted(scores, key=lambda place: (-scores[place], place))
    good = [place for place in ranked if worths[place] >= _ENOUGH]
    return [*_quoted(question), *(entries()[place] for place in good or ranked)]


def answers(entry: Entry, question: str) -> bool:
    """Whether an entry is about what the question asks, and does not only share a word with it.

    It is where the question holds one of its names of several words, or where most of the question,
    rare words first, stands in its names and title; its text counts half.
    """
    if entry in quotes(question):
        return True
    texts = _texts()[entries().index(entry)]
    said = total = 0.0
    for word in _asked(question):
        rarity = _rarity(_places(word))
        total += rarity
        in_names, in_title, in_text = (f" {word} " in text or f" {word}s " in text for text in texts)
        said += rarity if in_names or in_title else rarity / 2 if in_text else 0
    return total > 0 and said >= _ANSWERED * total


def quotes(question: str) -> list[Entry]:
    """Entries whose messages stand in the question: names of several words, and those of errors."""
    padded = _padded(question)
    return [entry for name, entry in _messages().items() if name in padded]


def get_ready() -> None:
    """Build the indexes, so that no search has to wait for them."""
    _texts()
    _called()


@cache
def _messages() -> dict[str, Entry]:
    """Entries by names that nobody writes by chance, with a space around."""
    found = {_padded(name): entry for name, entry in by_name().items() if _is_message(name)}
    return {name: entry for name, entry in found.items() if name.strip()}


def _is_message(name: str) -> bool:
    return " " in name or "_" in name or not name.isascii() or name.upper() in errno.errorcode.values()


def essence(question: str) -> str:
    """A question without the words that tell no entry from another; it may be left empty."""
    words = _ignored_chinese().sub(" ", question).split()
    return " ".join(word for word in words if word not in _ignored())


def _asked(question: str) -> set[str]:
    """The words of a question that tell entries apart."""
    words = _WORD.findall(_ignored_chinese().sub(" ", question))
    return {_stem(word) for word in words if word not in _ignored() and len(word) > 1}


def _rarity(found: dict[int, int]) -> float:
    return math.log(1 + len(entries()) / max(len(found), 1))


def _places(word: str) -> dict[int, int]:
    """Where among the entries a word begins so, with what it is worth there."""
    head = f" {word} " if len(word) <= _SHORT else f" {word}"
    found = {}
    for place, texts in enumerate(_texts()):
        for worth, text in zip(_WORTHS, texts, strict=True):
            if head in text:
                found[place] = worth
                break
    return found


def _quoted(question: str) -> list[Entry]:
    """Entries whose names stand in the question word for word, an error's number and the longest first.

    Products come last.
    """
    padded = _padded(question)
    found: list[Entry] = []
    for called in _called():
        names = [name for name in called if name in padded]
        names.sort(key=lambda name: (name.startswith(_NUMBERED), len(name)), reverse=True)
        found += [called[name] for name in names]
    return found


@cache
def _called() -> tuple[Mapping[str, Entry], ...]:
    chinese = {_padded(alias): entry for alias, entry in by_alias().items() if not alias.isascii()}
    return _messages(), _single(by_name()), _single(by_product()), chinese


def _single(called: Mapping[str, Entry]) -> dict[str, Entry]:
    """The same with a space around each name; without those that are too short or too common."""
    return {f" {name} ": entry for name, entry in called.items() if len(name) > 2 and name not in _ignored()}


def _padded(question: str) -> str:
    question = _LAST_NUMBER.sub(rf"{_NUMBERED}\1", question)
    return f" {' '.join(_PIECE.findall(question))} "


@cache
def _texts() -> tuple[tuple[str, str, str], ...]:
    """The words of every entry, a space around each: of its names, its title with aliases, and its text."""
    return tuple(
        (
            _spaced(" ".join((entry.id, *entry.names)).replace("-", " ")),
            _spaced(" ".join((entry.title.lower(), *entry.aliases))),
            _spaced(entry.words),
        )
        for entry in entries()
    )


def _spaced(text: str) -> str:
    return f" {_BETWEEN_WORDS.sub(' ', text)} "


def _stem(word: str) -> str:
    """A plural finds its singular."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def _ignored() -> frozenset[str]:
    return frozenset(phrases("reference")["search"]["ignored"].split())


@cache
def _ignored_chinese() -> re.Pattern[str]:
    words = sorted((word for word in _ignored() if not word.isascii()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)) or "(?!)")

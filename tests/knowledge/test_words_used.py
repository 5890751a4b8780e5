"""No words without a reader: what the data files hold, the program names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import portview
from portview.knowledge.load import cause, cause_ids, facts, findings, patterns, phrases
from portview.knowledge.provider_blocks import DIRECTIONS, blocks

_PACKAGE = Path(portview.__file__).parent
_FILES = ("blocks", "live", "scan", "screen", "sockets", "words")
# Their keys are numbers of a protocol: TLS alerts, ICMP types and codes.
_NUMBERED = {"alert", "icmp_ipv4", "icmp_ipv6"}


def _patterns(source: str) -> Iterator[str]:
    """What each text of a module may read as: itself, or with something in its gaps."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
            if sum(len(str(part)) for part in parts if part is not None) > 2:
                yield "".join(r"\w+" if part is None else re.escape(str(part)) for part in parts)


_SAID = frozenset(
    pattern for path in _PACKAGE.rglob("*.py") for pattern in _patterns(path.read_text(encoding="utf-8"))
)
_NAMED_BY_DATA = {
    *(check.where for cause_id in cause_ids() for check in cause(cause_id).checks),
    *(block.unless for block in blocks()),
    *(f"{direction}_{block.confidence}" for direction in DIRECTIONS for block in blocks()),
}


def is_said(key: str) -> bool:
    return (
        re.escape(key) in _SAID
        or key in _NAMED_BY_DATA
        or any(r"\w+" in pattern and re.fullmatch(pattern, key) for pattern in _SAID)
    )


@pytest.mark.parametrize("file", _FILES)
def test_every_phrase_is_said_somewhere(file: str) -> None:
    groups = phrases(file)
    unused = [group for group in groups if not is_said(group)]
    unused += [
        f"{group}.{key}"
        for group, keys in groups.items()
        if group not in _NUMBERED
        for key in keys
        if not is_said(key)
    ]
    assert not unused


@pytest.mark.parametrize("ids", [facts, findings, patterns])
def test_every_id_is_said_somewhere(ids: object) -> None:
    assert callable(ids)
    assert [key for key in ids() if not is_said(key)] == []


@pytest.mark.parametrize("key", ["no_such_words", "closed", "crowds"])
def test_what_nobody_says_is_found(key: str) -> None:
    assert is_said(key) is (key == "closed")

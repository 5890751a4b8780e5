"""Sentences with gaps: `{host}` and its like, filled strictly."""

from collections.abc import Mapping
from string import Formatter

_FORMATTER = Formatter()


def placeholders(template: str) -> frozenset[str]:
    """The names of the gaps. Raises ValueError for anything but plain `{name}`."""
    names = set()
    for _, name, spec, conversion in _FORMATTER.parse(template):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"not a plain placeholder: {{{name}}}")
        names.add(name)
    return frozenset(names)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill every gap. Raises KeyError for a name that `values` lacks: a sentence never has a hole.

    Values are not parsed again, so braces in them stay what they are.
    """
    return template.format_map(values)

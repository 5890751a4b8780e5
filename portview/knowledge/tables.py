"""TOML tables read key by key, so that a mistake in a data file is named with its key."""

import tomllib
from collections.abc import Collection

from portview.knowledge.files import KnowledgeError
from portview.knowledge.template import placeholders


class Table:
    """One TOML table; what is asked for is taken out of `data`, and `done` refuses what is left."""

    def __init__(self, path: str, name: str, data: object) -> None:
        self._path, self._name = path, name
        if not isinstance(data, dict):
            raise self.error("is not a table")
        self.data: dict[str, object] = dict(data)

    def error(self, message: str, key: str = "") -> KnowledgeError:
        """An error that names the file, this table and the key."""
        place = ".".join(part for part in (self._name, key) if part)
        return KnowledgeError(f"{self._path}: {place}: {message}" if place else f"{self._path}: {message}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.data

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty, or the default; a sentence with gaps has plain gaps only."""
        value = self.data.pop(key, default)
        if not isinstance(value, str) or not (value.strip() or default is not None):
            raise self.error("is missing or not a text", key)
        try:
            placeholders(value)
        except ValueError as error:
            raise self.error(str(error), key) from error
        return value

    def truth(self, key: str) -> bool:
        """Whether something holds; what is not said does not."""
        value = self.data.pop(key, False)
        if not isinstance(value, bool):
            raise self.error("is neither true nor false", key)
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        """A text out of a closed list."""
        value = self.text(key)
        if value not in allowed:
            raise self.error(f"is '{value}', not one of {', '.join(allowed)}", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        return tuple(item if isinstance(item, str) else self._not_text(key) for item in self._list(key))

    def ports(self, key: str) -> tuple[int, ...]:
        """A list of port numbers, empty where there is none."""
        values = self._list(key)
        ports = tuple(value for value in values if type(value) is int and 0 <= value <= 65535)
        if len(ports) != len(values):
            raise self.error("is not a list of ports", key)
        return ports

    def tables(self, key: str) -> tuple["Table", ...]:
        """A list of tables, empty where there is none."""
        return tuple(Table(self._path, f"{self._name}{key}", item) for item in self._list(key))

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """A table of texts as pairs, in the order of the file."""
        table = Table(self._path, f"{self._name}.{key}", self.data.pop(key, None))
        return tuple((name, table.text(name)) for name in tuple(table.data))

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        if self.data:
            raise self.error("is not a known key", min(self.data))

    def _list(self, key: str) -> list[object]:
        value = self.data.pop(key, [])
        if not isinstance(value, list):
            raise self.error("is not a list", key)
        return value

    def _not_text(self, key: str) -> str:
        raise self.error("is not a list of texts", key)


def parse(text: str, path: str) -> dict[str, object]:
    """TOML from a file's text; raises KnowledgeError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{path}: {error}") from error


def read(path: str) -> dict[str, object]:
    """A TOML file; raises KnowledgeError."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file.read(), path)
    except FileNotFoundError:
        raise KnowledgeError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path}: {error}") from error


def tables(path: str) -> dict[str, Table]:
    """The top-level tables of a file by their names."""
    return {name: Table(path, name, data) for name, data in read(path).items()}

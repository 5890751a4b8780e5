"""Which formats there are, and which one a file's name asks for."""

from enum import StrEnum
from pathlib import Path

from portview.errors import BadInput
from portview.scan.formats.writer import Write, Writer
from portview.text import clean


class Format(StrEnum):
    """What a scan can be written as."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    XML = "xml"
    GREPABLE = "grepable"


ENDINGS = {
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".csv": Format.CSV,
    ".xml": Format.XML,
    ".gnmap": Format.GREPABLE,
    ".grep": Format.GREPABLE,
}


def format_of(path: Path) -> Format:
    """The format that a file's ending means; raises BadInput."""
    if (found := ENDINGS.get(path.suffix.lower())) is None:
        raise BadInput(
            f"{clean(path.name, 60)} does not end in {', '.join(ENDINGS)}: name the format, such as --json"
        )
    return found


def writer_of(format_: Format, write: Write, command: str = "portview scan") -> Writer:
    """A writer of that format; loads no other's."""
    match format_:
        case Format.JSON:
            from portview.scan.formats.as_json import JsonWriter

            return JsonWriter(write, command)
        case Format.JSONL:
            from portview.scan.formats.as_jsonl import JsonLinesWriter

            return JsonLinesWriter(write, command)
        case Format.CSV:
            from portview.scan.formats.as_csv import CsvWriter

            return CsvWriter(write, command)
        case Format.XML:
            from portview.scan.formats.as_xml import XmlWriter

            return XmlWriter(write, command)
        case Format.GREPABLE:
            from portview.scan.formats.as_grepable import GrepableWriter

            return GrepableWriter(write, command)

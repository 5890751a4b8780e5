"""The domains that complete a name which does not exist as it was typed (resolv.conf(5))."""

from pathlib import Path

_FILE = Path("/etc/resolv.conf")


def domains_in(text: str) -> tuple[str, ...]:
    """The search list in a resolv.conf's text, in small letters; of several lines the last counts."""
    found: tuple[str, ...] = ()
    for line in text.splitlines():
        keyword, *domains = line.split() or [""]
        if keyword in ("search", "domain"):
            found = tuple(domain.lower().rstrip(".") for domain in domains)
    return found


def lookup() -> tuple[str, ...]:
    """This machine's search list; empty when it has none."""
    try:
        return domains_in(_FILE.read_text("utf-8", "replace"))
    except OSError:
        return ()

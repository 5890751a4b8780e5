"""The hosts file: names that never reach DNS (hosts(5))."""

import os
import sys
from pathlib import Path

from portview.probe.addresses import as_literal


def hosts_file() -> Path:
    """Where this system keeps it."""
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32/drivers/etc/hosts"
    return Path("/etc/hosts")


def addresses_in(text: str, name: str) -> tuple[str, ...]:
    """The addresses that a hosts file's text gives a name, in order; malformed lines are skipped."""
    wanted = name.rstrip(".").lower()
    found: list[str] = []
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if wanted in (each.lower() for each in names) and (literal := as_literal(address)):
            found.append(literal)
    return tuple(dict.fromkeys(found))


def lookup(name: str) -> tuple[str, ...]:
    """The addresses that this machine's hosts file gives a name; empty when it gives none."""
    try:
        text = hosts_file().read_text("utf-8", "replace")
    except OSError:
        return ()
    return addresses_in(text, name)

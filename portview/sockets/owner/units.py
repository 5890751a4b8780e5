"""Units of systemd as their files say: which service a socket is for, and what brings one back.

Files, because they are open to every user and cost no other process (systemd.unit(5) tells where).
"""

import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path

from portview.sockets.owner.records import Activation
from portview.text import clean
from portview.vocabulary import Protocol

SYSTEM_FOLDERS = tuple(
    map(
        Path, ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
    )
)
_LISTENS = {"ListenStream": Protocol.TCP, "ListenDatagram": Protocol.UDP}
_PORT = re.compile(r"(?:.*:)?(?P<port>\d{1,5})(?:%\S+)?")
_RESTARTS = frozenset({"always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"})

Settings = dict[str, list[str]]


def activations(folders: tuple[Path, ...] = SYSTEM_FOLDERS) -> dict[tuple[Protocol, int], Activation]:
    """What systemd would start for a port, by transport and port, from all `.socket` files."""
    found: dict[tuple[Protocol, int], Activation] = {}
    for folder in folders:
        for name in sorted(glob.glob("*.socket", root_dir=folder)):
            settings = unit_settings(name, folders)
            unit = clean(name)
            service = (settings.get("Service") or [unit.removesuffix(".socket") + ".service"])[-1]
            if settings.get("Accept", ["no"])[-1].lower() in ("yes", "true", "1", "on"):
                service = unit.removesuffix(".socket") + "@.service"
            for key, protocol in _LISTENS.items():
                for end in settings.get(key, []):
                    if match := _PORT.fullmatch(end):
                        found.setdefault((protocol, int(match["port"])), Activation(unit, clean(service)))
    return found


def restarts(unit: str, folders: tuple[Path, ...] = SYSTEM_FOLDERS) -> str | None:
    """The word of `Restart=` that brings a service back after it was killed, None when nothing does."""
    word = unit_settings(unit, folders).get("Restart", ["no"])[-1].lower()
    return word if word in _RESTARTS else None


def unit_settings(unit: str, folders: tuple[Path, ...]) -> Settings:
    """The settings of a unit with its drop-ins; an empty value takes back those before it."""
    template = re.sub(r"@[^.]*\.", "@.", unit)
    settings: Settings = {}
    for path in _files(dict.fromkeys((unit, template)), folders):
        for key, value in _assignments(path):
            if value:
                settings.setdefault(key, []).append(value)
            else:
                settings.pop(key, None)
    return settings


def _files(names: dict[str, None], folders: tuple[Path, ...]) -> Iterator[Path]:
    if any("/" in name for name in names):
        return
    places = (folder / name for name in names for folder in folders)
    main = next((place for place in places if os.path.isfile(place)), None)
    if main is not None:
        yield main
    drop_ins = {
        drop_in: folder / f"{name}.d" / drop_in
        for folder in folders[::-1]
        for name in names
        for drop_in in glob.glob("*.conf", root_dir=folder / f"{name}.d")
    }
    for name in sorted(drop_ins):
        yield drop_ins[name]


def _assignments(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.replace("\\\n", " ").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", ";")):
            yield key.strip(), value.strip()

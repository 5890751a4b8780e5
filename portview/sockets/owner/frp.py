"""Where frp's client and server send what arrives at a port, as their configuration files say.

Both forms are read: TOML (frp 0.52 and later), and the INI of older ones. One with Go's template marks
in it is neither, and tells nothing.
"""

from collections.abc import Mapping
from functools import lru_cache

from portview.sockets.owner.config_files import argument, config_text, period
from portview.sockets.owner.records import Forward, How, Process
from portview.text import clean

_Settings = Mapping[str, object]
_OPTIONS = ("-c", "--config")
_SERVERS_OWN = ("bindPort", "kcpBindPort", "quicBindPort")
_SERVER_PORT = 7000
# What INI calls differently.
_NAMES = {
    "bind_port": "bindPort",
    "kcp_bind_port": "kcpBindPort",
    "quic_bind_port": "quicBindPort",
    "server_addr": "serverAddr",
    "server_port": "serverPort",
    "server_name": "serverName",
}
_WEB_PORTS = ("admin_port", "dashboard_port")


def frp_forward(process: Process, port: int) -> Forward | None:
    """The visitor of a client, or some client's port at a server; None: a port of frp's own."""
    path = argument(process, *_OPTIONS)
    settings = _settings(path, period()) if path else {}
    unknown = Forward(How.FRP, process.name)
    if path is None or not settings:
        return unknown
    if _number(_table(settings, "webServer"), "port") == port:
        return None
    if process.name == "frps":
        return None if port in _own_ports(settings) else unknown
    for visitor in _tables(settings, "visitors"):
        name, server = visitor.get("serverName"), settings.get("serverAddr", "0.0.0.0")
        if _number(visitor, "bindPort") == port and isinstance(name, str):
            target = f"{name} (by {server}:{_number(settings, 'serverPort') or _SERVER_PORT})"
            return Forward(How.FRP, process.name, (clean(target, 200),), path)
    return unknown


def _own_ports(settings: _Settings) -> set[int]:
    numbers = {"bindPort": _SERVER_PORT, **settings}
    return {number for key in _SERVERS_OWN if (number := _number(numbers, key)) is not None}


@lru_cache(maxsize=8)
def _settings(path: str, number_of_period: int) -> _Settings:
    import tomllib

    text = config_text(path)
    try:
        settings = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return _from_ini(text)
    # Some INI is good TOML as well.
    return _from_ini(text) if "common" in settings else settings


def _from_ini(text: str) -> _Settings:
    """The same keys as in TOML, from sections of which `common` has those of the whole."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    sections = {
        name: {_NAMES.get(key, key): _value(value) for key, value in parser.items(name)}
        for name in parser.sections()
    }
    common = sections.pop("common", {})
    web = next((common[key] for key in _WEB_PORTS if key in common), None)
    visitors = [section for section in sections.values() if section.get("role") == "visitor"]
    return {**common, "webServer": {"port": web}, "visitors": visitors}


def _value(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() else text


def _table(settings: _Settings, key: str) -> _Settings:
    value = settings.get(key)
    return value if isinstance(value, dict) else {}


def _tables(settings: _Settings, key: str) -> list[_Settings]:
    value = settings.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _number(settings: _Settings, key: str) -> int | None:
    value = settings.get(key)
    return value if isinstance(value, int) else None

"""The values that sentences name: the real host, port, sender, times. All of them safe to show."""

from collections.abc import Mapping

from portview.diagnose import spoken
from portview.diagnose.addresses import AddressKind
from portview.diagnose.evidence import Evidence
from portview.diagnose.first_step import route_of
from portview.diagnose.go_between import unit_of_hidden
from portview.diagnose.speech import protocols_of
from portview.knowledge.load import phrases
from portview.knowledge.speech import usual_speech
from portview.knowledge.template import fill
from portview.probe.records import Attempt, IcmpError
from portview.text import clean, clean_bytes
from portview.vocabulary import Family

_QUOTE = 120  # characters of a server's words inside a sentence
# What fills 1500 bytes behind the headers of IP and ICMP.
_FULL_PING = {Family.IPV4: 1472, Family.IPV6: 1452}


def context(evidence: Evidence, language: str) -> dict[str, str]:
    """A value for every placeholder of causes, patterns and facts."""
    unknown = phrases("words", language)["unknown"]
    observation, attempt = evidence.observation, evidence.primary
    host = clean(observation.target.host)
    address = clean(attempt.address) if attempt else unknown["address"]
    icmp = attempt.icmp if attempt else None
    resolution = observation.resolution
    failure = resolution.failure.value if resolution.failure else "other"
    return {
        "host": host,
        "port": str(evidence.port),
        "protocol": evidence.protocol.value,
        "address": address,
        "bare_address": address.partition("%")[0],
        "ping_size": str(_FULL_PING[attempt.family if attempt else Family.IPV4]),
        "authority": f"[{host}]:{evidence.port}" if ":" in host else f"{host}:{evidence.port}",
        "web": "https" if evidence.tls and evidence.tls.stands else "http",
        "service": evidence.service or unknown["service"],
        "expected": fill(_expected(evidence, language), {"port": str(evidence.port)}),
        "sender": clean(icmp.sender) if icmp and icmp.sender else unknown["sender"],
        "icmp": icmp_words(icmp, attempt.family, language) if icmp and attempt else unknown["icmp"],
        "errno": clean(evidence.errno) if evidence.errno else unknown["errno"],
        "no_icmp": phrases("words", language)["no_icmp"]["heard" if observation.hears_icmp else "untold"],
        "stage": clean(attempt.stage) if attempt and attempt.stage else unknown["stage"],
        "elapsed": milliseconds(attempt.elapsed_ms if attempt else None, language),
        "closed_after": milliseconds(attempt.closed_after_ms if attempt else None, language),
        "first_bytes": clean_bytes(evidence.words.rstrip(b"\r\n"), _QUOTE),
        "speech": _speech(evidence) or unknown["speech"],
        "controls": ", ".join(str(control.port) for control in evidence.silent_controls),
        "name_failure": phrases("words", language)["name_failure"][failure],
        "name_detail": clean(resolution.detail or ""),
        "servers": clean(", ".join(resolution.servers)),
        "name_server": clean(resolution.servers[0]) if resolution.servers else unknown["name_server"],
        "knowing_server": clean(resolution.knowing[0]) if resolution.knowing else unknown["knowing_server"],
        "silent_servers": clean(", ".join(resolution.silent_servers)),
        "patience": f"{observation.timeout_s:g} s",
        "tracked": " / ".join(map(str, observation.tracked or ())) or unknown["tracked"],
        "lookup": milliseconds(resolution.elapsed_ms, language),
        "dns_addresses": clean(", ".join(resolution.dns_addresses or ())),
        **_route(evidence, unknown),
        **_listener(evidence, unknown),
        **spoken.values(evidence, language),
    }


def _speech(evidence: Evidence) -> str:
    """The protocol that the server speaks, asked or unasked: the usual one where its words leave it open."""
    spoken, usual = protocols_of(evidence.words or evidence.reply), usual_speech(evidence.service)
    return usual if usual in spoken and usual else " / ".join(sorted(spoken))


def _expected(evidence: Evidence, language: str) -> str:
    """By whom the service is expected there."""
    return phrases("words", language)["expected"][
        "url" if evidence.observation.target.scheme_service else "port"
    ]


def _route(evidence: Evidence, unknown: Mapping[str, str]) -> dict[str, str]:
    """The way out of this machine."""
    route, local = route_of(evidence), evidence.primary.local_address if evidence.primary else None
    gateway = route.gateway if route else None
    if route and route.shared:  # one way of several, perhaps not that of this knock
        route, gateway = None, unknown["one_gateway"]
    if route and gateway and gateway.startswith("fe80:"):
        gateway = f"{gateway}%{route.device}"
    known = {
        "gateway": gateway,
        "device": route.device if route else None,
        "source": (route.source if route else None) or local,
        "own_network": route.own_network if route else None,
        "own_device": route.own_device if route else None,
    }
    return {name: clean(value) if value else unknown[name] for name, value in known.items()}


def _listener(evidence: Evidence, unknown: Mapping[str, str]) -> dict[str, str]:
    """The listener that hears the knock, or else all that have the port."""
    listeners = (evidence.here.hearing,) if evidence.here.hearing else evidence.here.listeners or ()
    addresses = ", ".join(dict.fromkeys(one.bound_to for one in listeners))
    names = ", ".join(
        dict.fromkeys(owner.name for listener in listeners for owner in listener.owners if owner.name)
    )
    units = {unit for listener in listeners if (unit := unit_of_hidden(listener))}
    if not names and units:
        names = fill(unknown["listener_of_unit"], {"unit": ", ".join(sorted(units))})
    pids = " ".join(dict.fromkeys(str(owner.pid) for listener in listeners for owner in listener.owners))
    # What only its own machine can reach must not be opened to others by the advice for a knock here.
    private = all(one.only_loopback for one in listeners) and (
        listeners or evidence.address_kind is AddressKind.LOOPBACK
    )
    return {
        "ipv4_too": "127.0.0.1" if private else "0.0.0.0",
        "ipv6_too": "[::1]" if private else "[::]",
        "listener_pids": pids or unknown["listener_pids"],
        "listener_address": clean(addresses) or unknown["listener_address"],
        "listener_process": clean(names) or unknown["listener_process"],
    }


def icmp_words(icmp: IcmpError, family: Family, language: str) -> str:
    """An ICMP error's name with its type and code."""
    words = phrases("words", language)
    known = words[f"icmp_{family}"].get(f"{icmp.type}-{icmp.code}")
    return known or f"{words['unknown']['icmp']} ({icmp.type}/{icmp.code})"


def milliseconds(value: float | None, language: str) -> str:
    """A time for people: `0.4 ms`, `35 ms`, `3.1 s`."""
    if value is None:
        return phrases("words", language)["unknown"]["time"]
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def attempt_context(attempt: Attempt, protocol: str, language: str) -> dict[str, str]:
    """The values of one line of the transcript."""
    words = phrases("words", language)
    return {
        "address": clean(attempt.address),
        "port": str(attempt.port),
        "protocol": protocol,
        "elapsed": milliseconds(attempt.elapsed_ms, language),
        "errno": clean(attempt.errno) if attempt.errno else words["unknown"]["errno"],
        "icmp": icmp_words(attempt.icmp, attempt.family, language)
        if attempt.icmp
        else words["unknown"]["icmp"],
        "outcome": words["outcome"][attempt.outcome.value],
    }

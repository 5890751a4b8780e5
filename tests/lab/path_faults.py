"""Faults that only the path shows, set up in the lab all at once, each on a port of its own."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.expected import Expected, several
from tests.lab.network import Lab

FAMILIES = ("ipv4", "ipv6")
_FIRST_PORT = 17601  # no service is known by these numbers, and no control knocks there
_ALL_PORTS = 18001  # where the machines that accept everything listen
_TIMEOUT_S = 3.5  # three ARP or NDP questions, one a second, and a little
_HOOKS = {"prerouting": "prerouting", "input": "input", "forward": "forward", "output": "output"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of path_faults.toml, which says what the fields mean."""

    id: str
    outcome: str
    pattern: str
    cause: str
    confidence: str = "likely"
    truth: str | None = None
    also: str | Sequence[str] | None = None
    same_as: str | None = None
    distance: int | None = None
    last: int | None = None
    host: str = "10.77.3.2"
    role: str | None = None
    protocol: str = "tcp"
    service: str | None = None
    at: str = "server"
    namespace: str = "client"
    rules: dict[str, str] = field(default_factory=dict)
    ip: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A fault in one family, and the port where it stands."""

    fault: Fault
    family: str
    port: int

    @property
    def expected(self) -> Expected:
        """What its knock must lead to."""
        fault = self.fault
        truth = fault.truth or fault.cause
        return Expected(
            fault.id, self.family, fault.outcome, fault.cause, truth, several(fault.also), fault.same_as
        )


def _cases() -> dict[str, Case]:
    rows = tomllib.loads(Path(__file__).with_name("path_faults.toml").read_text())["faults"]
    pairs = [(Fault(**row), family) for row in rows for family in FAMILIES]
    return {
        f"{fault.id}-{family}": Case(fault, family, _FIRST_PORT + place)
        for place, (fault, family) in enumerate(pairs)
    }


CASES = _cases()


def _address(lab: Lab, case: Case, address: str) -> str:
    return address if case.family == "ipv4" else lab.as_ipv6(address)


def _rules(lab: Lab, namespace: str) -> str:
    """The faults of a namespace as one nftables table, apart from those of other tests."""
    ip = {"ipv4": "ip", "ipv6": "ip6"}
    chains: dict[str, list[str]] = {hook: [] for hook in _HOOKS}
    nat: dict[str, list[str]] = {"prerouting": [], "output": []}
    for case in CASES.values():
        for place, rule in case.fault.rules.items():
            where, _, kind = place.partition("_")
            if where != namespace:
                continue
            only = f"meta nfproto {case.family}"
            rule = rule.replace("PORT", str(case.port)).replace("FAMILY", case.family)
            rule = rule.replace("HOST", f"{ip[case.family]} daddr {_address(lab, case, case.fault.host)}")
            if kind == "dnat":
                to, here = _address(lab, case, rule), _address(lab, case, case.fault.host)
                dnat = f"{ip[case.family]} daddr {here} tcp dport {case.port} dnat {ip[case.family]} to {to}"
                for hook in nat:
                    nat[hook].append(dnat)
            elif kind == "redirect":
                hook = "output" if namespace == "client" else "prerouting"
                nat[hook].append(f"{only} {rule} redirect")
            else:
                chains[kind].append(rule if "nfproto" in rule else f"{only} {rule}")
    # A forward for a common port, and two addresses where everything is accepted.
    everything = {"router1": "10.77.109.1", "server": "10.77.3.4"}
    for family in FAMILIES:
        any_case = Case(Fault("", "", "", ""), family, 0)
        if namespace == "router2":
            here, there = (_address(lab, any_case, text) for text in ("10.77.2.2", "10.77.3.2"))
            nat["prerouting"].append(
                f"{ip[family]} daddr {here} tcp dport 443 dnat {ip[family]} to {there}:{_ALL_PORTS}"
                if family == "ipv4"
                else f"{ip[family]} daddr {here} tcp dport 443 dnat {ip[family]} to [{there}]:{_ALL_PORTS}"
            )
        if namespace in everything:
            here = _address(lab, any_case, everything[namespace])
            nat["prerouting"].append(f"{ip[family]} daddr {here} meta l4proto tcp redirect to :{_ALL_PORTS}")
    if namespace == "deaf":
        chains["input"] += ["icmp code frag-needed drop", "icmpv6 type packet-too-big drop"]
    if namespace == "router1":
        nat["prerouting"].append(f"ip daddr 198.18.0.0/15 meta l4proto tcp redirect to :{_ALL_PORTS}")
    if namespace == "client":
        chains["output"].insert(0, "tcp flags & (syn | ack) == syn counter name syns")
    blocks = [
        f"chain {hook} {{\ntype filter hook {hook} priority 0;\n" + "\n".join(rules) + "\n}"
        for hook, rules in chains.items()
    ] + [
        f"chain nat_{hook} {{\ntype nat hook {hook} priority -100;\n" + "\n".join(rules) + "\n}"
        for hook, rules in nat.items()
    ]
    return "table inet path {\ncounter syns {\n}\n" + "\n".join(blocks) + "\n}\n"


# A name server that gives out addresses which only a proxy understands.
FAKE = "fake_address"
_FAKE_FILES = {
    "/etc/resolv.conf": "nameserver 10.77.1.1\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
}


def expected() -> list[Expected]:
    """What the knocks of `orders` must lead to, in the same order."""
    fake = Expected(FAKE, "ipv4", "connected", "fake_ip_dns", "fake_ip_dns")
    return [*(case.expected for case in CASES.values()), fake]


def set_up(lab: Lab) -> None:
    """Make all the faults."""
    for namespace in ("client", "router1", "router2", "server", "deaf"):
        lab.run(namespace, ["nft", "-f", "-"], "add table inet path\ndelete table inet path\n")
        lab.run(namespace, ["nft", "-f", "-"], _rules(lab, namespace))
    for address, length in (("10.77.3.4", "24"), ("fd77:3::4", "64")):
        lab.run("server", ["ip", "address", "replace", f"{address}/{length}", "dev", "to-router2"])
    lab.run("client", ["ip", "route", "replace", "198.18.0.0/15", "via", "10.77.1.1"])
    for namespace in ("client", "router1", "router2", "server", "deaf"):
        services = [
            (case.fault.role, case.port)
            for case in CASES.values()
            if case.fault.role and case.fault.at == namespace
        ]
        more = {
            "client": [],
            "router1": [("hold", _ALL_PORTS), ("fake_dns", 53)],
            "router2": [],
            "server": [("hold", _ALL_PORTS)],
            "deaf": [("hold", 80)],
        }
        lab.serve(namespace, [*services, *more[namespace]])
    for case in CASES.values():
        for namespace, commands in case.fault.ip.items():
            text = "\n".join(commands).replace("PORT", str(case.port)).replace("NETNS-", lab.name(""))
            family = "-4" if case.family == "ipv4" else "-6"
            lab.run(namespace, ["ip", family, "-batch", "-"], _address(lab, case, text))


def order(lab: Lab, case: Case, **more: Any) -> dict[str, Any]:
    """A knock at one fault; `more` are other keys of the order."""
    return {
        "namespace": case.fault.namespace,
        "host": _address(lab, case, case.fault.host),
        "port": case.port,
        "protocol": case.fault.protocol,
        "service": case.fault.service,
        "timeout_s": _TIMEOUT_S,
        **more,
    }


def orders(lab: Lab) -> list[dict[str, Any]]:
    """A knock at each, and one at a name with an invented address."""
    fake = {"namespace": "client", "host": "nas.lab.test", "port": 443, "protocol": "tcp"}
    return [
        *(order(lab, case) for case in CASES.values()),
        {**fake, "timeout_s": _TIMEOUT_S, "files": _FAKE_FILES},
    ]

"""What the path tells of each fault: where packets end, who passes them on, who answers in between."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab

FAMILIES = ("ipv4", "ipv6")
_FIRST_PORT = 18101  # no service is known by these numbers, and no control knocks there
_ALL_PORTS = 18001  # where the machines that accept everything listen
_TIMEOUT_S = 3.5  # three ARP or NDP questions, one a second, and a little
_MOST_SYNS = 40
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
    distance: int | None = None
    last: int | None = None
    host: str = "10.77.3.2"
    role: str | None = None
    at: str = "server"
    rules: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A fault in one family, and the port where it stands."""

    fault: Fault
    family: str
    port: int


def _cases() -> dict[str, Case]:
    rows = tomllib.loads(Path(__file__).with_name("path_faults.toml").read_text())["faults"]
    pairs = [(Fault(**row), family) for row in rows for family in FAMILIES]
    return {
        f"{fault.id}-{family}": Case(fault, family, _FIRST_PORT + place)
        for place, (fault, family) in enumerate(pairs)
    }


CASES = _cases()


def _address(lab: "Lab", case: Case, address: str) -> str:
    return address if case.family == "ipv4" else lab.as_ipv6(address)


def _rules(lab: "Lab", namespace: str) -> str:
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
            if kind == "dnat":
                to, here = _address(lab, case, rule), _address(lab, case, case.fault.host)
                nat["prerouting"].append(
                    f"{ip[case.family]} daddr {here} tcp dport {case.port} dnat {ip[case.family]} to {to}"
                )
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


@pytest.fixture(scope="module")
def network(lab: "Lab") -> "Lab":
    """All faults set up."""
    for namespace in ("client", "router1", "router2", "server"):
        lab.run(namespace, ["nft", "-f", "-"], "add table inet path\ndelete table inet path\n")
        lab.run(namespace, ["nft", "-f", "-"], _rules(lab, namespace))
    for address, length in (("10.77.3.4", "24"), ("fd77:3::4", "64")):
        lab.run("server", ["ip", "address", "replace", f"{address}/{length}", "dev", "to-router2"])
    lab.run("client", ["ip", "route", "replace", "198.18.0.0/15", "via", "10.77.1.1"])
    for namespace in ("client", "router1", "server"):
        services = [
            (case.fault.role, case.port)
            for case in CASES.values()
            if case.fault.role and case.fault.at == namespace
        ]
        more = {
            "client": [],
            "router1": [("hold", _ALL_PORTS), ("fake_dns", 53)],
            "server": [("hold", _ALL_PORTS)],
        }
        lab.serve(namespace, [*services, *more[namespace]])
    return lab


def _order(lab: "Lab", case: Case, **more: Any) -> dict[str, Any]:
    return {
        "namespace": "client",
        "host": _address(lab, case, case.fault.host),
        "port": case.port,
        "protocol": "tcp",
        "timeout_s": _TIMEOUT_S,
        **more,
    }


@pytest.fixture(scope="module")
def answers(network: "Lab") -> dict[str, Any]:
    """All knocks made; the answers by case."""
    orders = [_order(network, case) for case in CASES.values()]
    return dict(zip(CASES, network.knock(orders), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_diagnosis(name: str, answers: dict[str, Any]) -> None:
    fault = CASES[name].fault
    diagnosis = answers[name]["diagnosis"]
    causes = [cause["id"] for cause in diagnosis["causes"]]
    assert diagnosis["outcome"] == fault.outcome
    assert diagnosis["pattern"] == fault.pattern
    assert causes[0] == fault.cause
    assert diagnosis["causes"][0]["confidence"] == fault.confidence
    assert fault.truth is None or fault.truth in causes


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault.distance])
def test_path(name: str, answers: dict[str, Any]) -> None:
    fault = CASES[name].fault
    document = answers[name]["path"]
    assert (document["target_ttl"], document["last_answering_ttl"]) == (fault.distance, fault.last)


def _syns(lab: "Lab") -> int:
    """How many SYNs the client has sent so far."""
    counters = json.loads(lab.run("client", ["nft", "--json", "list", "counter", "inet", "path", "syns"]))
    return int(next(one["counter"]["packets"] for one in counters["nftables"] if "counter" in one))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("dropped_at_target-ipv4", _MOST_SYNS),
        ("all_dropped_in_gateway-ipv6", _MOST_SYNS),
        ("forward_without_service-ipv4", _MOST_SYNS),
        ("proxy_for_all_ports-ipv4", _MOST_SYNS),
        ("open-ipv6", 3),  # the port, one hop, and one port that nobody uses
    ],
)
def test_few_packets(name: str, most: int, network: "Lab") -> None:
    before = _syns(network)
    network.knock([_order(network, CASES[name], timeout_s=5.0)])
    assert 0 < _syns(network) - before <= most


_FAKE = {
    "/etc/resolv.conf": "nameserver 10.77.1.1\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
}


def test_fake_address(network: "Lab") -> None:
    order = {"namespace": "client", "host": "nas.lab.test", "port": 443, "protocol": "tcp", "timeout_s": 3.5}
    [answer] = network.knock([{**order, "files": _FAKE}])
    assert answer["observation"]["invented"] == ["198.18.0.7"]
    assert answer["diagnosis"]["pattern"] == "pat_fake_ip_dns"
    first = answer["diagnosis"]["causes"][0]
    assert (first["id"], first["confidence"]) == ("fake_ip_dns", "certain")


def test_a_lie_ends_all_other_conclusions(answers: dict[str, Any]) -> None:
    for name in ("proxy_at_gateway-ipv4", "proxy_for_all_ports-ipv6", "hasty_proxy_at_gateway-ipv4"):
        causes = [cause["id"] for cause in answers[name]["diagnosis"]["causes"]]
        assert causes == ["transparent_proxy_client"], name


def test_nothing_goes_to_another_address(answers: dict[str, Any]) -> None:
    for name, answer in answers.items():
        observation = answer["observation"]
        addresses = {control["address"] for control in observation["controls"]}
        assert addresses <= set(observation["resolution"]["addresses"]), name

"""What each fault of a network looks like from an ordinary user's program, and what it is called.

One row, one fault, in both families. All faults stand in the lab at once, each on a port of its own
or at an address of its own, and all knocks are made side by side.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab

FAMILIES = ("ipv4", "ipv6")
_FIRST_PORT = 17301  # no service is known by these numbers, and no control knocks there
_SHORT_S = 1.0
_LONG_S = 3.5  # three ARP or NDP questions, one a second, and a little
# Where a rule stands, named for what the machine is to the knock: namespace and hook.
_PLACES = {
    "target": ("server", "input"),
    "router": ("router2", "forward"),
    "gateway": ("router1", "forward"),
    "self": ("client", "output"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of faults.toml, which says what the fields mean. A UDP fault's id begins with `udp_`."""

    id: str
    outcome: str
    pattern: str
    cause: str
    cause6: str | None = None
    truth: str | None = None
    errno: str | None = None
    icmp: str | None = None
    sender: str | None = None
    rule: str | None = None
    at: str | None = None
    role: str | None = None
    host: str = "10.77.3.2"
    namespace: str = "client"
    port: int | None = None
    closed_by: str | None = None
    first_bytes: str | None = None
    self_connect: bool = False

    @property
    def protocol(self) -> str:
        return "udp" if self.id.startswith("udp_") else "tcp"


@dataclass(frozen=True, slots=True)
class Case:
    """A fault in one family, and the port where it stands. `icmp` is a row of faults.toml's [icmp]."""

    fault: Fault
    family: str
    port: int
    icmp: tuple[str, int, int, str] | None

    @property
    def rule(self) -> str:
        """The fault's rule, in nftables' words."""
        return f"meta nfproto {self.family} {self.fault.protocol} dport {self.port} {self._verdict}"

    @property
    def _verdict(self) -> str:
        if self.fault.rule == "drop":
            return "drop"
        if self.icmp is None:
            return "reject with tcp reset"
        return f"reject with {'icmp' if self.family == 'ipv4' else 'icmpv6'} type {self.icmp[3]}"


def _cases() -> dict[str, Case]:
    """Every fault in each family that has it, each with a port of its own."""
    table = tomllib.loads(Path(__file__).with_name("faults.toml").read_text())
    cases: dict[str, Case] = {}
    for row in table["faults"]:
        fault = Fault(**row)
        for family in FAMILIES:
            icmp = table["icmp"][fault.icmp].get(family) if fault.icmp else None
            if fault.icmp is None or icmp is not None:
                port = fault.port or _FIRST_PORT + len(cases)
                cases[f"{fault.id}-{family}"] = Case(fault, family, port, icmp and tuple(icmp))
    return cases


CASES = _cases()


def _address(lab: "Lab", case: Case) -> str:
    if case.family == "ipv4":
        return case.fault.host
    return "::1" if case.fault.host == "127.0.0.1" else lab.as_ipv6(case.fault.host)


def _services(namespace: str) -> list[tuple[str, int]]:
    """What must listen for the knocks that come from a namespace."""
    wanted = (
        (case.fault.role, case.port)
        for case in CASES.values()
        if case.fault.role and case.fault.namespace == namespace
    )
    return list(dict.fromkeys(wanted))  # a port of a fault's own serves both families


@pytest.fixture(scope="module")
def answers(lab: "Lab") -> dict[str, Any]:
    """All faults set up, all knocks made; the answers by case."""
    for place, (namespace, hook) in _PLACES.items():
        lab.filter(namespace, hook, [case.rule for case in CASES.values() if case.fault.at == place])
    lab.serve("lone", _services("lone"))
    # 80 is the control that connects.
    lab.serve("server", [*_services("client"), *_services("server"), ("hold", 80)])
    orders = [
        {
            "namespace": case.fault.namespace,
            "host": _address(lab, case),
            "port": case.port,
            "protocol": case.fault.protocol,
            "timeout_s": _SHORT_S if case.fault.rule == "drop" else _LONG_S,
        }
        for case in CASES.values()
    ]
    return dict(zip(CASES, lab.knock(orders), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_observation(name: str, answers: dict[str, Any]) -> None:
    case, fault = CASES[name], CASES[name].fault
    (attempt,) = answers[name]["observation"]["attempts"]
    icmp = attempt["icmp"]
    seen = {
        key: attempt[key]
        for key in ("outcome", "family", "errno", "closed_by", "first_bytes", "self_connect")
    }
    seen["icmp"] = icmp and (icmp["type"], icmp["code"], icmp["sender_is"])
    sender = fault.at if fault.rule == "reject" else fault.sender
    assert seen == {
        "outcome": fault.outcome,
        "family": case.family,
        "errno": fault.errno or (case.icmp and case.icmp[0]),
        "closed_by": fault.closed_by,
        "first_bytes": fault.first_bytes,
        "self_connect": fault.self_connect,
        "icmp": case.icmp and (*case.icmp[1:3], sender),
    }


@pytest.mark.parametrize("name", CASES)
def test_diagnosis(name: str, answers: dict[str, Any]) -> None:
    case, fault = CASES[name], CASES[name].fault
    diagnosis = answers[name]["diagnosis"]
    causes = [cause["id"] for cause in diagnosis["causes"]]
    assert diagnosis["outcome"] == fault.outcome
    assert diagnosis["pattern"] == fault.pattern
    assert causes[0] == (fault.cause6 if fault.cause6 and case.family == "ipv6" else fault.cause)
    assert fault.truth is None or fault.truth in causes
    if fault.rule in ("drop", "as_closed"):
        assert diagnosis["causes"][0]["confidence"] != "certain"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault.rule == "reject"])
def test_a_reject_rule_is_never_taken_for_a_closed_port(name: str, answers: dict[str, Any]) -> None:
    case = CASES[name]
    closed = "closed" if case.fault.protocol == "tcp" else "udp_closed"
    rejected, plain = answers[name]["diagnosis"], answers[f"{closed}-{case.family}"]["diagnosis"]
    assert rejected["pattern"] != plain["pattern"]
    assert rejected["causes"][0]["id"] != plain["causes"][0]["id"]
    assert "no_listener" not in [cause["id"] for cause in rejected["causes"]]


@pytest.mark.parametrize("family", FAMILIES)
def test_controls_tell_a_silent_port_from_a_silent_host(family: str, answers: dict[str, Any]) -> None:
    controls = answers[f"drop_at_target-{family}"]["observation"]["controls"]
    high = [control["port"] for control in controls if control["port"] not in (80, 443)]
    outcomes = {control["port"]: control["outcome"] for control in controls}
    assert len(high) == 1
    assert outcomes == {80: "connected", 443: "refused", high[0]: "refused"}


@pytest.mark.parametrize("name", ["no_local_route-ipv4", "no_ephemeral_port-ipv4", "udp_closed-ipv4"])
def test_no_controls_where_they_tell_nothing(name: str, answers: dict[str, Any]) -> None:
    assert answers[name]["observation"]["controls"] == []

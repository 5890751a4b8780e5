"""The faults of a network, set up in the lab all at once.

Each stands on a port of its own or at an address of its own, in both families, so that all knocks can
be made side by side.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.expected import Expected, several
from tests.lab.network import Lab

FAMILIES = ("ipv4", "ipv6")
_FIRST_PORT = 17101  # no service is known by these numbers, and no control knocks there
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
    also: str | Sequence[str] | None = None
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
    def expected(self) -> Expected:
        """What its knock must lead to."""
        fault = self.fault
        cause = fault.cause6 if fault.cause6 and self.family == "ipv6" else fault.cause
        return Expected(
            fault.id, self.family, fault.outcome, cause, fault.truth or cause, several(fault.also)
        )

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
                name = f"{fault.id}-{family}"
                assert name not in cases, f"{name} is there twice"
                cases[name] = Case(fault, family, port, icmp and tuple(icmp))
    return cases


CASES = _cases()


def _address(lab: Lab, case: Case) -> str:
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


def expected() -> list[Expected]:
    """What the knocks of `orders` must lead to, in the same order."""
    return [case.expected for case in CASES.values()]


def set_up(lab: Lab) -> None:
    """Make all the faults."""
    for place, (namespace, hook) in _PLACES.items():
        lab.filter(namespace, hook, [case.rule for case in CASES.values() if case.fault.at == place])
    lab.serve("lone", _services("lone"))
    # 80 is the control that connects.
    lab.serve("server", [*_services("client"), *_services("server"), ("hold", 80)])


def orders(lab: Lab) -> list[dict[str, Any]]:
    """A knock at each."""
    return [
        {
            "namespace": case.fault.namespace,
            "host": _address(lab, case),
            "port": case.port,
            "protocol": case.fault.protocol,
            "timeout_s": _SHORT_S if case.fault.rule == "drop" else _LONG_S,
        }
        for case in CASES.values()
    ]

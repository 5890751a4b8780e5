"""Names that resolve, and each way in which they do not, through a name server of the lab."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab

_PORT = 17490  # no service is known by this number
_SERVER = "10.77.3.2"
_HOSTS = f"127.0.0.1 localhost\n{_SERVER} known.lab.test\n10.77.101.1 one.moved.example\n"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the lab's name server answers it, and what is expected.

    `cause` None: nothing is claimed. `addresses` are those that a client would be given.
    """

    name: str
    outcome: str
    pattern: str
    cause: str | None
    failure: str | None = None
    source: str = "dns"
    system_error: str | None = "EAI_NONAME"
    addresses: frozenset[str] = frozenset()
    resolv_conf: str = f"nameserver {_SERVER}\n"


_BOTH = frozenset({_SERVER, "fd77:3::2"})
_FOUR = _BOTH | {"10.77.3.99", "fd77:3::99"}
_FAILED = "name_not_resolved"

NAMES = {
    "one": Name(
        "one.lab.test", "connected", "est_silent_client_first", "healthy", None, "system", None, _BOTH
    ),
    "several": Name(
        "several.lab.test",
        "connected",
        "est_silent_client_first",
        "dns_multi_a_partial",
        None,
        "system",
        None,
        _FOUR,
    ),
    "hosts": Name(
        "known.lab.test",
        "connected",
        "est_silent_client_first",
        "healthy",
        None,
        "hosts",
        None,
        frozenset({_SERVER}),
    ),
    "moved": Name(
        "one.moved.example",
        "unreachable",
        "tcp_net_unreach_local",
        "dns_hosts_override",
        None,
        "hosts",
        None,
        frozenset({"10.77.101.1"}),
    ),
    "short": Name(
        "one",
        "connected",
        "est_silent_client_first",
        "healthy",
        None,
        "system",
        None,
        _BOTH,
        f"search lab.test\nnameserver {_SERVER}\n",
    ),
    "blocked": Name(
        "blocked.lab.test",
        "refused",
        "tcp_refused_rst",
        "dns_loopback",
        None,
        "system",
        None,
        frozenset({"127.0.0.1"}),
    ),
    "nxdomain": Name("nxdomain.lab.test", _FAILED, "dns_nxdomain", "dns_nxdomain", "nxdomain"),
    "nodata": Name(
        "nodata.lab.test", _FAILED, "dns_nodata", "dns_nodata", "nodata", system_error="EAI_NODATA"
    ),
    "servfail": Name(
        "servfail.lab.test", _FAILED, "dns_servfail", "dns_servfail", "servfail", system_error="EAI_AGAIN"
    ),
    "refused": Name(
        "refused.lab.test", _FAILED, "dns_refused", "dns_refused", "refused", system_error="EAI_AGAIN"
    ),
    "silent": Name("silent.lab.test", _FAILED, "dns_timeout", "dns_timeout", "timeout", system_error=None),
    "dead_server": Name(
        "one.lab.test",
        _FAILED,
        "dns_timeout",
        "dns_timeout",
        "timeout",
        system_error="EAI_AGAIN",
        resolv_conf="nameserver 10.77.3.1\n",
    ),
    "unreadable": Name(
        "nxdomain.lab.test",
        _FAILED,
        "dns_other",
        "dns_no_resolver",
        "other",
        resolv_conf=f"nameserver nonsense\nnameserver {_SERVER}\n",
    ),
    # The C library gives a silent server five seconds before it asks the next one.
    "second_server": Name(
        "one.lab.test",
        "connected",
        "est_silent_client_first",
        "healthy",
        system_error=None,
        addresses=_BOTH,
        resolv_conf=f"nameserver 10.77.3.98\nnameserver {_SERVER}\n",
    ),
    "no_server": Name(
        "one.lab.test",
        _FAILED,
        "dns_no_resolver",
        "dns_no_resolver",
        "no_resolver",
        system_error="EAI_AGAIN",
        resolv_conf="",
    ),
}


@pytest.fixture(scope="module")
def answers(lab: "Lab") -> dict[str, Any]:
    lab.serve("server", [("dns", 53), ("web", _PORT)])
    orders = [
        {
            "namespace": "client",
            "host": name.name,
            "port": _PORT,
            "protocol": "tcp",
            "timeout_s": 3.5,
            "files": {
                "/etc/resolv.conf": name.resolv_conf,
                # Nothing but these files and the lab's name servers: no daemon of this machine.
                "/etc/nsswitch.conf": "hosts: files dns\n",
                "/etc/hosts": _HOSTS,
            },
        }
        for name in NAMES.values()
    ]
    return dict(zip(NAMES, lab.knock(orders), strict=True))


@pytest.mark.parametrize("case", NAMES)
def test_resolution(case: str, answers: dict[str, Any]) -> None:
    name = NAMES[case]
    resolution = answers[case]["observation"]["resolution"]
    seen = tuple(resolution[key] for key in ("failure", "source", "system_error"))
    assert seen == (name.failure, name.source, name.system_error)
    assert set(resolution["addresses"]) == name.addresses


@pytest.mark.parametrize("case", NAMES)
def test_diagnosis(case: str, answers: dict[str, Any]) -> None:
    name = NAMES[case]
    diagnosis = answers[case]["diagnosis"]
    assert (diagnosis["outcome"], diagnosis["pattern"]) == (name.outcome, name.pattern)
    causes = [cause["id"] for cause in diagnosis["causes"]]
    if name.outcome == _FAILED:
        assert causes[:1] == ([name.cause] if name.cause else [])
    else:
        assert name.cause in causes


@pytest.mark.parametrize(("case", "servers"), [("nxdomain", [_SERVER]), ("no_server", []), ("one", [])])
def test_name_servers_that_were_asked(case: str, servers: list[str], answers: dict[str, Any]) -> None:
    assert answers[case]["observation"]["resolution"]["servers"] == servers


def test_every_address_of_a_name_is_tried(answers: dict[str, Any]) -> None:
    attempts = answers["several"]["observation"]["attempts"]
    outcomes = {attempt["address"]: attempt["outcome"] for attempt in attempts}
    assert set(outcomes) == _FOUR
    assert {address for address, outcome in outcomes.items() if outcome == "connected"} == _BOTH


def test_dns_is_asked_for_a_name_of_the_hosts_file(answers: dict[str, Any]) -> None:
    assert set(answers["moved"]["observation"]["resolution"]["dns_addresses"]) == _BOTH
    assert answers["hosts"]["observation"]["resolution"]["dns_addresses"] is None


@pytest.mark.parametrize(("case", "completed"), [("short", "one.lab.test"), ("one", None), ("moved", None)])
def test_what_the_search_list_completed(case: str, completed: str | None, answers: dict[str, Any]) -> None:
    assert answers[case]["observation"]["resolution"]["completed"] == completed

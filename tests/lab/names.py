"""Names that resolve, and each way in which they do not, through a name server of the lab."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab.expected import Expected, several
from tests.lab.network import Lab

_PORT = 17490  # no service is known by this number
_SSH_PORT = 2222
SERVER = "10.77.3.2"
_HOSTS = f"127.0.0.1 localhost\n{SERVER} known.lab.test\n10.77.101.1 one.moved.example\n"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the lab's name server answers it, and what is expected.

    `cause` should come first; `truth` is what is wrong, None where that is the cause, `also` is true
    besides, and `perhaps` where the knock meets it. `addresses` are those that a client would be given.
    """

    name: str
    outcome: str
    pattern: str
    cause: str
    failure: str | None = None
    source: str = "dns"
    system_error: str | None = None
    addresses: frozenset[str] = frozenset()
    resolv_conf: str = f"nameserver {SERVER}\n"
    truth: str | None = None
    also: str | Sequence[str] | None = None
    perhaps: str | None = None
    port: int = _PORT

    def expected(self, key: str) -> Expected:
        """What its knock must lead to."""
        truth = self.truth or self.cause
        return Expected(
            f"name_{key}",
            "both",
            self.outcome,
            self.cause,
            truth,
            several(self.also),
            perhaps=self.perhaps,
        )


BOTH = frozenset({SERVER, "fd77:3::2"})
FOUR = BOTH | {"10.77.3.99", "fd77:3::99"}
GONE = frozenset({"10.77.3.99", "fd77:3::99"})
FAILED = "name_not_resolved"


def _found(
    name: str, end: tuple[str, str, str], addresses: frozenset[str], *, source: str = "system", **other: Any
) -> Name:
    """A name that resolves; `end` is the outcome of the knock at its port, the pattern and the cause."""
    return Name(name, *end, source=source, system_error=None, addresses=addresses, **other)


def _failed(
    name: str, failure: str, system_error: str | None, *, pattern: str = "", cause: str = "", **other: Any
) -> Name:
    """A name that does not resolve; pattern and cause are the failure's own unless they are told."""
    pattern = pattern or f"dns_{failure}"
    return Name(name, FAILED, pattern, cause or pattern, failure, system_error=system_error, **other)


_SEARCHED = f"search lab.test\nnameserver {SERVER}\n"
_SERVED = ("connected", "est_silent_client_first", "healthy")
_HOST_OFF = ("unreachable", "tcp_host_unreach_remote", "host_off")

NAMES = {
    "one": _found("one.lab.test", _SERVED, BOTH),
    "several": _found("several.lab.test", _SERVED, FOUR, truth="dns_multi_a_partial", also="healthy"),
    # An SSH port is connected to twice at most, whatever a name has.
    "several_ssh": _found(
        "several.lab.test",
        ("connected", "est_banner_ok", "healthy"),
        FOUR,
        perhaps="dns_multi_a_partial",
        port=_SSH_PORT,
    ),
    "hosts": _found("known.lab.test", _SERVED, frozenset({SERVER}), source="hosts"),
    "moved": _found(
        "one.moved.example",
        ("unreachable", "tcp_net_unreach_local", "dns_hosts_override"),
        frozenset({"10.77.101.1"}),
        source="hosts",
        also="no_local_route",
    ),
    "short": _found("one", _SERVED, BOTH, resolv_conf=_SEARCHED),
    "blocked": _found(
        "blocked.lab.test",
        ("refused", "tcp_refused_rst", "dns_loopback"),
        frozenset({"127.0.0.1"}),
        also="no_listener",
    ),
    "zero": _found(
        "zero.lab.test",
        ("refused", "tcp_refused_rst", "dns_blocked"),
        frozenset({"0.0.0.0"}),
        also="no_listener",
    ),
    "local": _failed("nas.local", "nxdomain", "EAI_NONAME", cause="dns_mdns_name"),
    "short_unknown": _failed("nas", "nxdomain", "EAI_NONAME", cause="dns_short_name"),
    # The question for an IPv6 address falls into a hole, as with some routers' name servers.
    "half": _found(
        "half.lab.test", _SERVED, frozenset({SERVER}), source="dns", truth="dns_slow", also="healthy"
    ),
    "dead_aaaa": _found(
        "aaaa.lab.test", _SERVED, frozenset({SERVER, "fd77:3::99"}), truth="dns_aaaa_broken", also="healthy"
    ),
    "gone": _found("gone.lab.test", _HOST_OFF, GONE, truth="stale_dns"),
    "gone_by_search": _found("gone", _HOST_OFF, GONE, resolv_conf=_SEARCHED, truth="dns_search_domain"),
    "dangling": _failed("dangling.lab.test", "nxdomain", "EAI_NONAME"),
    "nxdomain": _failed("nxdomain.lab.test", "nxdomain", "EAI_NONAME"),
    "nodata": _failed("nodata.lab.test", "nodata", "EAI_NODATA"),
    "servfail": _failed("servfail.lab.test", "servfail", "EAI_AGAIN"),
    "refused": _failed("refused.lab.test", "refused", "EAI_AGAIN"),
    "silent": _failed("silent.lab.test", "timeout", None),
    **{
        key: _failed("one.lab.test", "server_unreachable", "EAI_AGAIN", resolv_conf=f"nameserver {address}\n")
        for key, address in {
            "dead_server": "10.77.3.1",
            "own_dead_server": "127.0.0.1",
            "server_without_route": "10.78.0.1",
            "server_nobody_has_a_route_to": "10.77.104.1",
        }.items()
    },
    "silent_server": _failed("one.lab.test", "timeout", None, resolv_conf="nameserver 10.77.106.1\n"),
    # One of two that cannot be reached leaves the other's word.
    "one_of_two_servers": _failed(
        "nxdomain.lab.test",
        "nxdomain",
        "EAI_NONAME",
        resolv_conf=f"nameserver 10.77.3.1\nnameserver {SERVER}\n",
    ),
    # The first denial counts, whatever the second knows.
    "servers_differ": _failed(
        "one.lab.test",
        "nxdomain",
        "EAI_NONAME",
        pattern="dns_servers_differ",
        resolv_conf=f"nameserver 10.77.5.2\nnameserver {SERVER}\n",
    ),
    "portal": _found(
        "www.shop.example",
        ("connected", "pat_one_address_for_all", "captive_portal"),
        frozenset({SERVER}),
        resolv_conf="nameserver 10.77.5.2\n",
    ),
    "unreadable": _failed(
        "nxdomain.lab.test",
        "other",
        "EAI_NONAME",
        cause="dns_no_resolver",
        resolv_conf=f"nameserver nonsense\nnameserver {SERVER}\n",
        truth="dns_nxdomain",
    ),
    # A name that does not exist, and a domain of the search list where every name does.
    "mistyped": _found(
        "wild.exmaple.com", _SERVED, BOTH, resolv_conf=_SEARCHED, truth="dns_search_domain", also="healthy"
    ),
    "formerr": _failed("formerr.lab.test", "other", "EAI_NONAME", cause="dns_servfail"),
    # The C library gives a silent server five seconds before it asks the next one.
    "second_server": _found(
        "one.lab.test",
        _SERVED,
        BOTH,
        source="dns",
        resolv_conf=f"nameserver 10.77.3.98\nnameserver {SERVER}\n",
        truth="dns_slow",
        also="healthy",
    ),
    "no_server": _failed("one.lab.test", "no_resolver", "EAI_AGAIN", resolv_conf=""),
}


def expected() -> list[Expected]:
    """What the knocks of `orders` must lead to, in the same order."""
    return [name.expected(key) for key, name in NAMES.items()]


def set_up(lab: Lab) -> None:
    """Serve the names, and a port to knock at."""
    lab.serve("deaf", [("other_dns", 53)])
    lab.serve("server", [("dns", 53), ("web", _PORT), ("ssh", _SSH_PORT)])


def orders(lab: Lab) -> list[dict[str, Any]]:
    """A knock at each name."""
    return [
        {
            "namespace": "client",
            "host": name.name,
            "port": name.port,
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

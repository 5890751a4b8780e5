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
    system_error: str | None = "EAI_NONAME"
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

NAMES = {
    "one": Name(
        "one.lab.test", "connected", "est_silent_client_first", "healthy", None, "system", None, BOTH
    ),
    "several": Name(
        "several.lab.test",
        "connected",
        "est_silent_client_first",
        "healthy",
        None,
        "system",
        None,
        FOUR,
        truth="dns_multi_a_partial",
        also="healthy",
    ),
    # An SSH port is connected to twice at most, whatever a name has.
    "several_ssh": Name(
        "several.lab.test",
        "connected",
        "est_banner_ok",
        "healthy",
        None,
        "system",
        None,
        FOUR,
        perhaps="dns_multi_a_partial",
        port=_SSH_PORT,
    ),
    "hosts": Name(
        "known.lab.test",
        "connected",
        "est_silent_client_first",
        "healthy",
        None,
        "hosts",
        None,
        frozenset({SERVER}),
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
        also="no_local_route",
    ),
    "short": Name(
        "one",
        "connected",
        "est_silent_client_first",
        "healthy",
        None,
        "system",
        None,
        BOTH,
        f"search lab.test\nnameserver {SERVER}\n",
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
        also="no_listener",
    ),
    "zero": Name(
        "zero.lab.test",
        "refused",
        "tcp_refused_rst",
        "dns_blocked",
        None,
        "system",
        None,
        frozenset({"0.0.0.0"}),
        also="no_listener",
    ),
    "local": Name("nas.local", FAILED, "dns_nxdomain", "dns_mdns_name", "nxdomain"),
    "short_unknown": Name("nas", FAILED, "dns_nxdomain", "dns_short_name", "nxdomain"),
    # The question for an IPv6 address falls into a hole, as with some routers' name servers.
    "half": Name(
        "half.lab.test",
        "connected",
        "est_silent_client_first",
        "healthy",
        system_error=None,
        addresses=frozenset({SERVER}),
        truth="dns_slow",
        also="healthy",
    ),
    "dead_aaaa": Name(
        "aaaa.lab.test",
        "connected",
        "est_silent_client_first",
        "healthy",
        None,
        "system",
        None,
        frozenset({SERVER, "fd77:3::99"}),
        truth="dns_aaaa_broken",
        also="healthy",
    ),
    "gone": Name(
        "gone.lab.test",
        "unreachable",
        "tcp_host_unreach_remote",
        "host_off",
        None,
        "system",
        None,
        GONE,
        truth="stale_dns",
    ),
    "gone_by_search": Name(
        "gone",
        "unreachable",
        "tcp_host_unreach_remote",
        "host_off",
        None,
        "system",
        None,
        GONE,
        f"search lab.test\nnameserver {SERVER}\n",
        truth="dns_search_domain",
    ),
    "dangling": Name("dangling.lab.test", FAILED, "dns_nxdomain", "dns_nxdomain", "nxdomain"),
    "nxdomain": Name("nxdomain.lab.test", FAILED, "dns_nxdomain", "dns_nxdomain", "nxdomain"),
    "nodata": Name(
        "nodata.lab.test", FAILED, "dns_nodata", "dns_nodata", "nodata", system_error="EAI_NODATA"
    ),
    "servfail": Name(
        "servfail.lab.test", FAILED, "dns_servfail", "dns_servfail", "servfail", system_error="EAI_AGAIN"
    ),
    "refused": Name(
        "refused.lab.test", FAILED, "dns_refused", "dns_refused", "refused", system_error="EAI_AGAIN"
    ),
    "silent": Name("silent.lab.test", FAILED, "dns_timeout", "dns_timeout", "timeout", system_error=None),
    "dead_server": Name(
        "one.lab.test",
        FAILED,
        "dns_server_unreachable",
        "dns_server_unreachable",
        "server_unreachable",
        system_error="EAI_AGAIN",
        resolv_conf="nameserver 10.77.3.1\n",
    ),
    "own_dead_server": Name(
        "one.lab.test",
        FAILED,
        "dns_server_unreachable",
        "dns_server_unreachable",
        "server_unreachable",
        system_error="EAI_AGAIN",
        resolv_conf="nameserver 127.0.0.1\n",
    ),
    "server_without_route": Name(
        "one.lab.test",
        FAILED,
        "dns_server_unreachable",
        "dns_server_unreachable",
        "server_unreachable",
        system_error="EAI_AGAIN",
        resolv_conf="nameserver 10.78.0.1\n",
    ),
    "silent_server": Name(
        "one.lab.test",
        FAILED,
        "dns_timeout",
        "dns_timeout",
        "timeout",
        system_error=None,
        resolv_conf="nameserver 10.77.106.1\n",
    ),
    # One of two that cannot be reached leaves the other's word.
    "one_of_two_servers": Name(
        "nxdomain.lab.test",
        FAILED,
        "dns_nxdomain",
        "dns_nxdomain",
        "nxdomain",
        resolv_conf=f"nameserver 10.77.3.1\nnameserver {SERVER}\n",
    ),
    "unreadable": Name(
        "nxdomain.lab.test",
        FAILED,
        "dns_other",
        "dns_no_resolver",
        "other",
        resolv_conf=f"nameserver nonsense\nnameserver {SERVER}\n",
        truth="dns_nxdomain",
    ),
    # The C library gives a silent server five seconds before it asks the next one.
    "second_server": Name(
        "one.lab.test",
        "connected",
        "est_silent_client_first",
        "healthy",
        system_error=None,
        addresses=BOTH,
        resolv_conf=f"nameserver 10.77.3.98\nnameserver {SERVER}\n",
        truth="dns_slow",
        also="healthy",
    ),
    "no_server": Name(
        "one.lab.test",
        FAILED,
        "dns_no_resolver",
        "dns_no_resolver",
        "no_resolver",
        system_error="EAI_AGAIN",
        resolv_conf="",
    ),
}


def expected() -> list[Expected]:
    """What the knocks of `orders` must lead to, in the same order."""
    return [name.expected(key) for key, name in NAMES.items()]


def set_up(lab: Lab) -> None:
    """Serve the names, and a port to knock at."""
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

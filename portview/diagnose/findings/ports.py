"""What is unusual about the port or the address itself."""

from collections.abc import Iterable
from ipaddress import ip_address

from portview.diagnose.findings.case import Case, Concern, concern
from portview.knowledge.programs import usual_ports, usual_programs
from portview.knowledge.provider_blocks import blocking
from portview.knowledge.services import service_name
from portview.sockets.records import LocalSocket, Reach
from portview.sockets.scope import ANY, Scope, open_networks, plain_address, takes_ipv4_too
from portview.vocabulary import Confidence, Family

_BEYOND = frozenset({Scope.PUBLIC, Scope.PRIVATE, Scope.EVERY_ADDRESS})


def provider_blocked(case: Case) -> Iterable[Concern]:
    """Carriers and clouds drop the port before it gets here."""
    if not case.is_exposed or case.about.scope not in _BEYOND:
        return
    providers = blocking(case.socket.port, case.socket.protocol, "in")
    if providers:
        yield concern(
            "provider_blocked",
            Confidence.POSSIBLE,
            providers=providers,
            port=str(case.socket.port),
            protocol=case.socket.protocol.value,
        )


def borrowed_port(case: Case) -> Iterable[Concern]:
    """A program with ports of its own sits on one that is known as another's."""
    own = usual_ports().get(case.known_as)
    others = usual_programs().get(case.socket.port)
    if not case.socket.is_listener or own is None or others is None or case.socket.port in own:
        return
    usual = service_name(case.socket.port, case.socket.protocol) or others[0]
    yield concern("borrowed_port", program=case.program or "?", port=str(case.socket.port), usual=usual)


def family_surprise(case: Case) -> Iterable[Concern]:
    """One family is kept to this machine, the other is open: mostly an oversight."""
    here = case.socket
    if not here.is_listener or case.is_client or takes_ipv4_too(here):
        return
    mates = [one for one in case.same_port if one.protocol is here.protocol]
    by_family = {family: [one for one in mates if one.family is family] for family in Family}
    for closed, opened in ((Family.IPV4, Family.IPV6), (Family.IPV6, Family.IPV4)):
        if not by_family[closed] or not by_family[opened] or any(map(takes_ipv4_too, by_family[opened])):
            continue
        shut = all(one.reach is Reach.LOOPBACK for one in by_family[closed])
        if shut and any(one.reach is Reach.NETWORK for one in by_family[opened]) and _is_one(mates):
            yield concern("family_surprise", closed=_name(closed), open=_name(opened))


def _is_one(sockets: list[LocalSocket]) -> bool:
    """Whether the same program holds them all, as far as that is known."""
    return len({owner.name for one in sockets for owner in one.owners}) <= 1


def _name(family: Family) -> str:
    return {Family.IPV4: "IPv4", Family.IPV6: "IPv6"}[family]


def address_gone(case: Case) -> Iterable[Concern]:
    """The interface has lost the address after it was bound."""
    own, addresses = plain_address(case.socket.address), case.snapshot.machine.addresses
    if not case.socket.is_listener or own in ANY or any(one.address == own for one in addresses):
        return
    ip = ip_address(own)
    if addresses and not ip.is_loopback and not ip.is_multicast and own != "255.255.255.255":
        yield concern("address_gone", address=own)


def public_ipv6(case: Case) -> Iterable[Concern]:
    """An address that routes everywhere, with no translation in between."""
    if not case.is_exposed or case.socket.family is not Family.IPV6:
        return
    if case.socket.address == "::":
        found = [one.address for one in open_networks(case.socket, case.snapshot.machine.addresses)]
    else:
        found = [plain_address(case.socket.address)]
    public = [one for one in found if ":" in one and ip_address(one).is_global]
    if public:
        yield concern("public_ipv6", Confidence.LIKELY, address=public[0])


RULES = (family_surprise, address_gone, borrowed_port, public_ipv6, provider_blocked)

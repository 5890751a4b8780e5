"""Whether something answers in the target's place: then nothing else that was seen is about the target."""

from portview.diagnose.addresses import AddressKind, kind_of
from portview.diagnose.evidence import Evidence
from portview.diagnose.way import Way
from portview.probe.nearness import is_far_later
from portview.probe.records import Attempt
from portview.vocabulary import Outcome

# What may still be concluded then.
LIES = frozenset({"transparent_proxy_client", "syn_proxy", "fake_ip_dns", "captive_portal"})
# One open port where none is usual may be a service; two that were chosen at random are not.
_MANY = 2
_OFTEN = 3


def lie_of(evidence: Evidence) -> str | None:
    """The pattern of the lie, a key of `patterns.toml`; None when what was seen may be believed."""
    if not evidence.is_tcp or not evidence.outcome.had_handshake or evidence.this_machine:
        return None
    if evidence.by_name and evidence.address_kind is AddressKind.FAKE_IP:
        return "pat_fake_ip_dns"
    if leads_all_names_here(evidence):
        return "pat_one_address_for_all"
    if evidence.way and (nearer := _connects_nearer(evidence.way)):
        return nearer
    if everything_connects(evidence):
        return "pat_all_open_this_host"
    return "pat_handshake_too_fast" if len(later_controls(evidence)) >= _OFTEN else None


def _connects_nearer(way: Way) -> str | None:
    """The pattern of a port that connects at a hop before the target."""
    if way.connects_at_first_hop and way.control_connects_at_first_hop:
        return "pat_all_open"
    if (at := way.connects_before_target) is None:
        return None
    return "pat_ttl1_connect" if at == 1 else "pat_near_connect"


def later_controls(evidence: Evidence) -> tuple[Attempt, ...]:
    """The refusals of the same address, when each came so much later that another machine sent them.

    A busy machine may see one of them late, and hardly three.
    """
    refused = [one for one in evidence.answering_controls if one.outcome is Outcome.REFUSED]
    primary = evidence.primary
    if primary is None or not all(is_far_later(one, primary) for one in refused):
        return ()
    return tuple(refused)


def everything_connects(evidence: Evidence) -> bool:
    """Whether random ports connect as well."""
    return len(evidence.unusual_open_controls) >= _MANY


def leads_all_names_here(evidence: Evidence) -> bool:
    """Whether the name servers gave the same address for a name that cannot exist."""
    return evidence.by_name and evidence.address in (evidence.observation.invented or ())


def invents_fake_addresses(evidence: Evidence) -> bool:
    """Whether the name servers gave a fake address for a name that cannot exist."""
    return any(kind_of(address) is AddressKind.FAKE_IP for address in evidence.observation.invented or ())

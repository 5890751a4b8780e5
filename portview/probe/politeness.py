"""How often an SSH port is called in one diagnosis: twice at most, whatever the name's addresses.

A completed handshake that ends without a login counts against the caller, who is then refused for a
while (sshd_config(5), PerSourcePenalties and MaxStartups); several addresses may be one server.
"""

from collections.abc import Sequence

from portview.knowledge.speech import usual_speech
from portview.probe.addresses import family_of
from portview.probe.records import Observation, Target
from portview.vocabulary import Protocol

MOST_CALLS = 2


def is_sensitive(target: Target) -> bool:
    """Whether SSH is expected at the port."""
    return target.protocol is Protocol.TCP and usual_speech(target.service) == "SSH"


def waves(target: Target, addresses: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The addresses to knock at side by side; those of a later wave only if no earlier one connected.

    All at once, but of an SSH port two, in both families where it has them, and then two more.
    """
    if len(addresses) <= MOST_CALLS or not is_sensitive(target):
        return (tuple(addresses),)
    firsts = {family_of(address): address for address in reversed(addresses)}.values()
    order = tuple(sorted(addresses, key=lambda address: address not in firsts))  # keeps the order otherwise
    return order[:MOST_CALLS], order[MOST_CALLS : 2 * MOST_CALLS]


def may_call_again(observation: Observation) -> bool:
    """Whether one more call at the port is within the limit, should all that were begun connect."""
    return len(observation.attempts) < MOST_CALLS or not is_sensitive(observation.target)

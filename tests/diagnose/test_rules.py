"""Each rule by example: an observation in, the first causes and their confidences out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from portview.diagnose.context import context
from portview.diagnose.engine import diagnose, findings
from portview.diagnose.evidence import Evidence
from portview.diagnose.records import Finding
from portview.diagnose.rules.registry import RULES
from portview.diagnose.words import cause_of
from portview.knowledge.load import Kind, cause, cause_ids, facts, phrases
from portview.probe.records import NameSource, Observation
from portview.sockets.records import LocalSocket
from portview.vocabulary import Confidence, SenderClass
from tests.diagnose.conftest import (
    IPV6,
    PUBLIC,
    TARGET,
    Case,
    connected,
    here,
    icmp,
    listener,
    named,
    observation,
    queue,
    rst,
    silent,
    unreachable,
)
from tests.diagnose.established_cases import ESTABLISHED
from tests.diagnose.exchanged_cases import EXCHANGED
from tests.diagnose.first_step_cases import FIRST_STEP, SHARED, leaving
from tests.diagnose.local_cases import HERE, LOCAL
from tests.diagnose.name_cases import NAMES
from tests.diagnose.path_cases import LIES, PATHS, trace, traced
from tests.diagnose.udp_cases import UDP
from tests.diagnose.unanswered_cases import REFUSED, SILENT, UNREACHABLE

_SIGNS = {Confidence.CERTAIN: "!", Confidence.LIKELY: "~", Confidence.POSSIBLE: "?"}

_EXCHANGED: Sequence[Case] = tuple((seen, None, causes) for seen, _, causes in EXCHANGED)

_TRACED: Sequence[Case] = tuple((seen, own, causes) for seen, own, _, causes in (*PATHS, *LIES, *FIRST_STEP))

CASES = (
    *(*REFUSED, *UNREACHABLE, *SILENT, *ESTABLISHED, *HERE, *LOCAL, *UDP, *NAMES),
    *(*_EXCHANGED, *_TRACED),
)


def _web(port: int) -> Observation:
    """A silent port of a public host that is alive."""
    return observation(silent(PUBLIC, port), controls=(connected(PUBLIC, 22),))


@pytest.mark.parametrize(("seen", "listeners", "expected"), CASES)
def test_causes_in_order(seen: Observation, listeners: Sequence[LocalSocket] | None, expected: str) -> None:
    found = [
        f"{finding.cause}{_SIGNS[finding.confidence]}" for finding in findings(Evidence(seen, listeners))
    ]
    assert expected
    assert " ".join(found[: len(expected.split())]) == expected


@pytest.mark.parametrize(
    ("seen", "cause_id", "is_said"),
    [
        # Between a machine and itself, or a neighbour of its, nobody can reset a connection.
        (observation(rst()), "fw_reset_path", True),
        (here(rst()), "fw_reset_path", False),
        (traced(rst(), trace(answer=rst()), on_link=True), "fw_reset_path", False),
        # What a line of this machine's says is no record that could be old.
        (named(silent()), "stale_dns", True),
        (named(silent(), NameSource.HOSTS), "stale_dns", False),
        *((_web(port), "icp_filing_missing", True) for port in (80, 443, 8080, 8443)),
        (_web(5000), "icp_filing_missing", False),
    ],
)
def test_what_is_said_at_all(seen: Observation, cause_id: str, is_said: bool) -> None:
    assert (cause_id in {finding.cause for finding in findings(Evidence(seen))}) is is_said


def test_each_rule_has_an_example() -> None:
    idle = [
        rule.__name__ for rule in RULES if not any(tuple(rule(Evidence(seen, own))) for seen, own, _ in CASES)
    ]
    assert idle == []


def test_what_is_certain_rests_on_a_fact() -> None:
    for seen, listeners, _ in CASES:
        for finding in findings(Evidence(seen, listeners)):
            kinds = {facts()[fact.id].kind for fact in finding.because}
            assert finding.confidence is not Confidence.CERTAIN or Kind.FACT in kinds, finding


@pytest.mark.parametrize(
    ("sender_is", "named"), [(None, "icmp_unnamed"), (SenderClass.ROUTER, "icmp_from_router")]
)
def test_a_loop_is_told_by_its_router_where_that_is_known(sender_is: SenderClass | None, named: str) -> None:
    found = findings(Evidence(observation(unreachable(icmp(11, 0, sender_is)))))
    [loop] = [one for one in found if one.cause == "routing_loop"]
    assert [fact.id for fact in loop.because] == [named, "ttl_used_up"]


def test_each_cause_comes_once() -> None:
    for seen, listeners, _ in CASES:
        causes = [finding.cause for finding in findings(Evidence(seen, listeners))]
        assert len(causes) == len(set(causes))


def test_silence_alone_is_never_called_a_firewall() -> None:
    found = findings(Evidence(observation(silent())))
    assert {finding.confidence for finding in found} == {Confidence.POSSIBLE}
    assert {"fw_drop_host", "host_off"} <= {finding.cause for finding in found}


@pytest.mark.parametrize(("timeout_s", "is_said"), [(3.4, True), (3.5, False)])
def test_a_short_wait_is_said(timeout_s: float, is_said: bool) -> None:
    found = findings(Evidence(observation(silent(), timeout_s=timeout_s)))
    said = ["short_wait" in {fact.id for fact in finding.because} for finding in found[:2]]
    assert said == [is_said, is_said]


def test_causes_marked_for_later_are_those_without_a_rule() -> None:
    concluded = {finding.cause for seen, own, _ in CASES for finding in findings(Evidence(seen, own))}
    later = {cause_id for cause_id in cause_ids() if cause(cause_id).later}
    assert concluded | later == set(cause_ids())
    assert concluded & later == set()


def test_no_fact_is_idle() -> None:
    used = {
        fact.id
        for seen, own, _ in (*CASES, (observation(silent(), timeout_s=1.0), None, ""))
        for finding in findings(Evidence(seen, own))
        for fact in (*finding.because, *finding.against)
    }
    assert used == set(facts())


def test_what_speaks_against_a_cause_is_said_with_it() -> None:
    seen = observation(rst(icmp=icmp(3, 3)), host="nas.lan")
    resolution = replace(seen.resolution, source=NameSource.HOSTS, dns_addresses=(PUBLIC,))
    cause = next(
        one for one in diagnose(replace(seen, resolution=resolution)).causes if one.id == "dns_hosts_override"
    )
    assert [statement.text for statement in cause.against] == [
        f"a machine at {TARGET} answers: the line may be meant so"
    ]


def test_of_several_gateways_none_is_named() -> None:
    [first, *_] = diagnose(
        leaving(SHARED, unreachable(icmp(3, 1, SenderClass.SELF), elapsed_ms=3070.0))
    ).causes
    assert first.id == "gateway_down"
    assert "one of several" in first.title
    assert str(SHARED.gateway) not in str(first)


@pytest.mark.parametrize(
    ("seen", "listeners", "known"),
    [
        (observation(rst(icmp=icmp(3, 3))), None, ["behind_rule"]),
        (here(rst(icmp=icmp(3, 3))), [listener()], ["here_listener"]),
        (here(rst(icmp=icmp(3, 3))), [], ["here_no_listener"]),
        (here(rst(icmp=icmp(3, 3))), None, []),
    ],
)
def test_whether_a_service_is_behind_a_rule_is_said_as_far_as_it_is_known(
    seen: Observation, listeners: Sequence[LocalSocket] | None, known: list[str]
) -> None:
    first, *others = findings(Evidence(seen, listeners))
    assert first.cause == "fw_reject_host"
    told = {"behind_rule", "here_listener", "here_no_listener"}
    assert [fact.id for fact in first.because if fact.id in told] == known
    # No ban is about this machine's own address.
    assert seen.this_machine is not any(one.cause == "fail2ban_ban" for one in others)


@pytest.mark.parametrize("overflows", [None, 0, 5])
def test_a_full_queue_is_told_once(overflows: int | None) -> None:
    seen = replace(here(silent()), queue_overflows=overflows)
    [first] = findings(Evidence(seen, [listener(queue=queue(6, 5))]))
    counted = ["here_overflows"] if overflows else []
    assert [fact.id for fact in first.because] == ["here_listener", "here_queue_full", *counted, "silence"]


@pytest.mark.parametrize(("seen", "listeners", "expected"), CASES)
def test_commands_name_what_is_known(
    seen: Observation, listeners: Sequence[LocalSocket] | None, expected: str
) -> None:
    unknown = [f"'{words}'" for words in phrases("words")["unknown"].values()]
    for one in diagnose(seen, listeners).causes:
        for check in one.check:
            assert not check.is_command or not any(words in check.command for words in unknown)


@pytest.mark.parametrize(("address", "size"), [(TARGET, "-s 1472 "), (IPV6, "-s 1452 ")])
def test_a_full_ping_is_no_fuller_than_an_ethernet_frame(address: str, size: str) -> None:
    values = context(Evidence(observation(connected(address))), "en")
    said = cause_of(Finding("mtu_blackhole", Confidence.LIKELY, ()), values, frozenset(), "en")
    assert size in said.check[0].command

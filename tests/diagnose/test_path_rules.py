"""What the path and the lies of one's own network lead to: pattern and causes by example."""

from collections.abc import Sequence

import pytest

from portview.diagnose.engine import findings
from portview.diagnose.evidence import Evidence
from portview.diagnose.lies import LIES as LYING_CAUSES
from portview.diagnose.lies import lie_of
from portview.diagnose.patterns import pattern_of
from portview.diagnose.traced import path_document
from portview.diagnose.way import Way
from portview.probe.path_records import Path
from portview.probe.records import Observation
from portview.sockets.records import LocalSocket
from portview.vocabulary import Confidence, SenderClass
from tests.diagnose.conftest import PUBLIC, TARGET, icmp, rst, silent, unreachable
from tests.diagnose.first_step_cases import FIRST_STEP
from tests.diagnose.path_cases import (
    GATEWAY,
    HONEST,
    LIES,
    PATHS,
    ROUTER2,
    ROUTER3,
    control,
    datagrams,
    trace,
    traced,
)

_SIGNS = {Confidence.CERTAIN: "!", Confidence.LIKELY: "~", Confidence.POSSIBLE: "?"}


@pytest.mark.parametrize(("seen", "listeners", "pattern", "expected"), [*PATHS, *LIES, *FIRST_STEP])
def test_pattern_and_causes(
    seen: Observation, listeners: Sequence[LocalSocket] | None, pattern: str, expected: str
) -> None:
    evidence = Evidence(seen, listeners)
    assert pattern_of(evidence) == pattern
    found = [f"{finding.cause}{_SIGNS[finding.confidence]}" for finding in findings(evidence)]
    assert expected
    assert " ".join(found[: len(expected.split())]) == expected


@pytest.mark.parametrize(("seen", "listeners", "pattern", "expected"), LIES)
def test_a_lie_leaves_no_other_conclusion(
    seen: Observation, listeners: Sequence[LocalSocket] | None, pattern: str, expected: str
) -> None:
    assert {finding.cause for finding in findings(Evidence(seen, listeners))} <= LYING_CAUSES


@pytest.mark.parametrize("seen", HONEST)
def test_no_lie_is_claimed_without_proof(seen: Observation) -> None:
    evidence = Evidence(seen)
    assert lie_of(evidence) is None
    assert all(
        finding.confidence is Confidence.POSSIBLE
        for finding in findings(evidence)
        if finding.cause in LYING_CAUSES
    )


def test_a_filter_on_the_way_is_never_certain() -> None:
    for seen, _, _, _ in PATHS:
        certain = [one.cause for one in findings(Evidence(seen)) if one.confidence is Confidence.CERTAIN]
        assert set(certain) <= {"client_out_drop"}


def test_what_the_path_excludes_is_not_named() -> None:
    def causes(number: int) -> set[str]:
        return {finding.cause for finding in findings(Evidence(PATHS[number][0]))}

    by_pattern = {pattern: number for number, (_, _, pattern, _) in enumerate(PATHS)}
    assert "no_listener" not in causes(by_pattern["tcp_refused_rst_before_target"])
    assert "fw_drop_host" not in causes(by_pattern["pat_drop_hop"])
    assert causes(by_pattern["tcp_timeout_not_sent"]) == {"client_out_drop"}
    on_link = next(number for number, (seen, _, _, _) in enumerate(PATHS) if seen.path and seen.path.on_link)
    assert "fw_drop_path" not in causes(on_link)


@pytest.mark.parametrize(
    "seen",
    [
        traced(rst(icmp=icmp(3, 3)), trace(GATEWAY, TARGET)),
        traced(unreachable(icmp(3, 13)), trace(GATEWAY, TARGET)),
        datagrams(trace(GATEWAY, TARGET), control(GATEWAY)),
    ],
)
def test_a_forward_is_told_where_the_answer_may_come_from_behind_it(seen: Observation) -> None:
    told = {fact.id for fact in findings(Evidence(seen))[0].because}
    assert "forward_seen" in told
    assert "path_ends" not in told


@pytest.mark.parametrize(
    ("senders", "cause"),
    [
        ((GATEWAY,), None),
        ((GATEWAY, ROUTER3), None),
        ((GATEWAY, ROUTER2, ROUTER3), "double_nat"),
        ((GATEWAY, "100.64.7.1", ROUTER3), "cgnat"),
        ((GATEWAY, ROUTER2, "100.64.7.1"), "cgnat"),
        (("100.64.7.1", ROUTER3), None),  # an overlay network's own hop, or a phone's
    ],
)
def test_translations_on_this_side_are_a_hint_that_comes_last(
    senders: tuple[str, ...], cause: str | None
) -> None:
    seen = traced(silent(PUBLIC), trace(*senders), control(*senders, address=PUBLIC))
    found = findings(Evidence(seen))
    hints = [finding for finding in found if finding.cause in ("double_nat", "cgnat")]
    assert [finding.cause for finding in hints] == ([cause] if cause else [])
    assert all(finding.aside and finding.confidence is Confidence.POSSIBLE for finding in hints)


def test_an_error_of_this_machine_is_no_answer() -> None:
    for sender, answered in ((SenderClass.SELF, False), (SenderClass.ROUTER, True)):
        path = Path(TARGET, trace(answer=unreachable(icmp(3, 1, sender))))
        assert Way(path).is_answered is answered
        assert (path_document(path)["answer_ttl"] is not None) is answered

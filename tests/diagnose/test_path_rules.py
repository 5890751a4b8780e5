"""What the path and the lies of one's own network lead to: pattern and causes by example."""

from collections.abc import Sequence

import pytest

from portview.diagnose.engine import findings
from portview.diagnose.evidence import Evidence
from portview.diagnose.lies import LIES as LYING_CAUSES
from portview.diagnose.lies import lie_of
from portview.diagnose.patterns import pattern_of
from portview.probe.records import Observation
from portview.sockets.records import LocalSocket
from portview.vocabulary import Confidence
from tests.diagnose.path_cases import HONEST, LIES, PATHS

_SIGNS = {Confidence.CERTAIN: "!", Confidence.LIKELY: "~", Confidence.POSSIBLE: "?"}


@pytest.mark.parametrize(("seen", "listeners", "pattern", "expected"), [*PATHS, *LIES])
def test_pattern_and_causes(
    seen: Observation, listeners: Sequence[LocalSocket] | None, pattern: str, expected: str
) -> None:
    evidence = Evidence(seen, listeners)
    assert pattern_of(evidence) == pattern
    found = [f"{finding.cause}{_SIGNS[finding.confidence]}" for finding in findings(evidence)]
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

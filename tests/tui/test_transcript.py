"""A knock that goes on, as it is told line by line."""

from portview.probe.path_records import Hop
from portview.probe.records import Attempt, Resolution, Target
from portview.tui.transcript import transcript
from portview.vocabulary import Family, Outcome


def _attempt(port: int, outcome: Outcome) -> Attempt:
    return Attempt("192.0.2.7", Family.IPV4, port, outcome, 12.0)


def test_what_is_looked_at_beside_the_wait() -> None:
    evidence = (
        Resolution("nas.lan", ("192.0.2.7",), elapsed_ms=3.0),
        _attempt(80, Outcome.REFUSED),
        Hop(2, "198.51.100.1", 4.0),
        Hop(1, "192.0.2.1", 0.3),
        Hop(1, "192.0.2.1", 0.2),
    )
    lines = transcript(Target("nas.lan", 445), evidence, "Esc cancels.").text().splitlines()
    told = [line.strip() for line in lines if line.strip()]
    assert told[1:] == [
        "nas.lan is 192.0.2.7 (3.0 ms)",
        "Trying 192.0.2.7 ...",
        "To compare, 80/tcp on 192.0.2.7: refused after 12 ms",
        "Hop 1: 192.0.2.1 after 0.2 ms",
        "Hop 2: 198.51.100.1 after 4.0 ms",
        "Esc cancels.",
    ]

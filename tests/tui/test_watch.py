"""A watch, and the way of a knock, as they are drawn."""

from datetime import datetime, timedelta

import pytest

from portview.knowledge.page import Tone
from portview.probe.path_records import Hop, Path, Trace
from portview.probe.records import Attempt, IcmpError, Observation, Resolution, Target
from portview.tui.route import parts, route_of
from portview.tui.watch import SSH_EVERY_S, SSH_MOST_S, Watch
from portview.vocabulary import Family, Outcome, Protocol, SenderClass

NOON = datetime(2024, 5, 1, 12)
ADDRESS = "203.0.113.80"


def attempt(outcome: Outcome, ms: float = 20.0, **more: object) -> Attempt:
    return Attempt(ADDRESS, Family.IPV4, 443, outcome, ms, **more)  # type: ignore[arg-type]  # any field


def seen(one: Attempt | None, path: Path | None = None, port: int = 443) -> Observation:
    attempts = (one,) if one else ()
    return Observation(Target("vps.lan", port), Resolution("vps.lan"), attempts, path=path)


def test_a_watch_tells_changes_and_draws_latencies() -> None:
    watch = Watch(Target("vps.lan", 443), 10.0)
    assert "No knock yet" in watch.page().text()
    said = []
    for second, outcome in enumerate(
        (Outcome.CONNECTED, Outcome.CONNECTED, Outcome.REFUSED, Outcome.REFUSED, Outcome.CONNECTED)
    ):
        said.append(watch.take(seen(attempt(outcome, 20.0 + second)), NOON + timedelta(seconds=second)))
    assert said == [
        None,
        None,
        "vps.lan 443/tcp is refused now (before: connected)",
        None,
        "vps.lan 443/tcp is connected now (before: refused)",
    ]
    assert watch.latencies == [20.0, 21.0, None, None, 24.0]
    text = watch.page().text()
    assert "20 ms to 24 ms, median 21 ms" in text
    assert "5 knocks since 12:00:00, 2 without success" in text
    assert "12:00:02  refused (before: connected)" in text
    assert "every 10 s" in text
    assert watch.page().tone is Tone.GOOD


def test_a_watch_that_ended_says_so() -> None:
    watch = Watch(Target("vps.lan", 443), 10.0)
    watch.take(seen(attempt(Outcome.TIMED_OUT)), NOON)
    watch.ended = True
    assert "The watch has ended" in watch.page().text()
    assert watch.page().tone is Tone.WARN


def test_a_watch_forgets_the_oldest_but_counts_them() -> None:
    watch = Watch(Target("vps.lan", 443), 2.0)
    for _ in range(1000):
        watch.take(seen(attempt(Outcome.CONNECTED)), NOON)
    assert len(watch.latencies) == 600
    assert watch.knocks == 1000


def test_an_ssh_port_is_left_in_peace_the_more_so_where_it_does_not_answer() -> None:
    watch = Watch(Target("vps.lan", 22), 10.0)
    assert watch.every_s == SSH_EVERY_S
    waits = []
    for outcome in (Outcome.CONNECTED, Outcome.CLOSED_BY_PEER, Outcome.REFUSED, Outcome.REFUSED):
        watch.take(seen(attempt(outcome), port=22), NOON)
        waits.append(watch.every_s)
    assert waits == [SSH_EVERY_S, SSH_EVERY_S * 2, SSH_EVERY_S * 4, SSH_MOST_S]
    assert "SSH port" in watch.page().text()
    watch.take(seen(attempt(Outcome.CONNECTED), port=22), NOON)
    assert watch.every_s == SSH_EVERY_S


def test_an_ssh_server_elsewhere_is_recognised_by_what_it_says() -> None:
    watch = Watch(Target("vps.lan", 443), 10.0)
    watch.take(seen(attempt(Outcome.CONNECTED, first_bytes=b"SSH-2.0-OpenSSH_9.6\r\n")), NOON)
    assert watch.every_s == SSH_EVERY_S
    assert not Watch(Target("vps.lan", 22, Protocol.UDP), 10.0).is_ssh


# --- the way --------------------------------------------------------------------------------------

HOPS = tuple(Hop(ttl, f"192.0.2.{ttl}", ttl * 1.0) for ttl in range(1, 9))
CONTROL = Trace(22, (*HOPS[:3], Hop(4, "198.51.100.9", 9.0)), 5, attempt(Outcome.CONNECTED))


def drawn(observation: Observation, width: int = 200) -> str | None:
    route = route_of(observation)
    return "".join(part.text for part in parts(route, width)) if route else None


@pytest.mark.parametrize(
    ("observation", "line"),
    [
        (seen(attempt(Outcome.CONNECTED)), "you ── vps.lan:443 ✓"),
        (seen(attempt(Outcome.REFUSED)), "you ── vps.lan:443 ✗"),
        (seen(attempt(Outcome.CLOSED_BY_PEER)), "you ── vps.lan:443 !"),
        (
            seen(
                attempt(Outcome.CONNECTED), Path(ADDRESS, Trace(443, HOPS[:1], 2, attempt(Outcome.CONNECTED)))
            ),
            "you ── 192.0.2.1 1.0 ms ── vps.lan:443 ✓",
        ),
        (
            seen(attempt(Outcome.TIMED_OUT), Path(ADDRESS, Trace(443, (HOPS[0], HOPS[2])), CONTROL)),
            "you ── 192.0.2.1 1.0 ms ── ? ── 192.0.2.3 3.0 ms ──✗ ┄┄ vps.lan:443",
        ),
        (
            seen(
                attempt(Outcome.UNREACHABLE, icmp=IcmpError(3, 13, "192.0.2.2", SenderClass.ROUTER)),
                Path(ADDRESS, Trace(443, HOPS[:2])),
            ),
            "you ── 192.0.2.1 1.0 ms ── 192.0.2.2 2.0 ms ──✗ ┄┄ vps.lan:443",
        ),
        (seen(attempt(Outcome.TIMED_OUT)), None),
        (seen(attempt(Outcome.LOCAL_ERROR)), None),
        (seen(None), None),
    ],
)
def test_the_way_is_drawn_as_far_as_it_is_known(observation: Observation, line: str | None) -> None:
    assert drawn(observation) == line


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (160, "you" + "".join(f" ── 192.0.2.{ttl}" for ttl in range(1, 9)) + " ── vps.lan:443 ✓"),
        (80, "you ── 192.0.2.1 ── … 5 hops … ── 192.0.2.7 ── 192.0.2.8 ── vps.lan:443 ✓"),
        (20, "you ── 192.0.2.1 ── … 6 hops … ── 192.0.2.8 ── vps.lan:443 ✓"),
    ],
)
def test_where_it_is_narrow_times_and_then_hops_are_left_out(width: int, line: str) -> None:
    path = Path(ADDRESS, Trace(443, HOPS, 9, attempt(Outcome.CONNECTED)))
    assert drawn(seen(attempt(Outcome.CONNECTED), path), width) == line


def test_foreign_names_are_clean() -> None:
    observation = Observation(Target("a\x1b[2J", 1), Resolution("a"), (attempt(Outcome.CONNECTED),))
    assert drawn(observation) == "you ── a\\x1b[2J:1 ✓"

"""What is said at which port, and where nothing is."""

import pytest

from portview.knowledge.services import claimants
from portview.probe.nudges import plan_for
from portview.probe.records import Nudge, Target
from portview.probe.target import parse_target
from portview.vocabulary import Protocol

HTTP, TLS = Nudge.HTTP, Nudge.TLS


@pytest.mark.parametrize(
    ("port", "nudges", "fits"),
    [
        (80, (HTTP, TLS), True),
        (8123, (HTTP, TLS), True),
        (443, (TLS, HTTP), True),
        (993, (TLS, HTTP), True),
        (6379, (Nudge.REDIS,), True),
        (5432, (Nudge.POSTGRESQL,), True),
        (445, (Nudge.SMB,), True),
        (3389, (Nudge.RDP,), True),
        (17301, (HTTP, TLS), False),
        # Servers that greet, and protocols that we cannot open.
        (22, (), False),
        (2222, (), False),
        (3306, (), False),
        (139, (), False),
        # What would print or steer.
        (9100, (), False),
        (9107, (), False),
        (502, (), False),
        (20000, (), False),
    ],
)
def test_plan(port: int, nudges: tuple[Nudge, ...], fits: bool) -> None:
    plan = plan_for(Target("nas.lan", port))
    assert (plan.nudges, plan.fits) == (nudges, fits)


def test_nothing_is_said_to_industrial_controllers() -> None:
    ports = {
        port
        for (port, protocol), all_of in claimants().items()
        if protocol is Protocol.TCP and any(claimant.risk == "industrial" for claimant in all_of)
    }
    assert {102, 502, 789, 4911, 9600, 11740, 18246, 20000, 20547, 34962, 34980} <= ports
    assert [port for port in ports if plan_for(Target("plc.lan", port)).nudges] == []


@pytest.mark.parametrize(
    ("url", "nudges", "inside"),
    [
        ("https://nas.lan:8080", (TLS, HTTP), b"HEAD / "),
        ("http://nas.lan:443", (HTTP, TLS), b"HEAD / "),
        ("redis://nas.lan:7000", (Nudge.REDIS,), b""),
        ("smtps://nas.lan:587", (TLS, HTTP), b""),
        ("ssh://nas.lan:443", (), b"HEAD / "),
    ],
)
def test_the_scheme_of_a_url_chooses_what_is_said_first(
    url: str, nudges: tuple[Nudge, ...], inside: bytes
) -> None:
    plan = plan_for(parse_target(url))
    assert plan.nudges == nudges
    assert plan.inside_tls.startswith(inside)


@pytest.mark.parametrize(
    ("host", "named"),
    [("nas.lan", b"nas.lan:81"), ("192.0.2.7", b"192.0.2.7:81"), ("fe80::1%eth0", b"[fe80::1]:81")],
)
def test_request_names_the_host(host: str, named: bytes) -> None:
    lines = plan_for(Target(host, 81)).http.split(b"\r\n")
    assert lines[0] == b"HEAD / HTTP/1.1"
    assert b"Host: " + named in lines
    assert b"Connection: close" in lines
    assert lines[-2:] == [b"", b""]


def test_only_the_web_is_asked_for_inside_tls() -> None:
    assert plan_for(Target("nas.lan", 443)).inside_tls.startswith(b"HEAD / ")
    assert plan_for(Target("nas.lan", 993)).inside_tls == b""


def test_openings() -> None:
    plan = plan_for(Target("nas.lan", 6379))
    assert plan.opening(Nudge.REDIS) == b"PING\r\n"
    assert plan.opening(Nudge.POSTGRESQL) == b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
    assert plan.opening(Nudge.HTTP) == plan.http
    assert plan.opening(Nudge.SSH) == b"SSH-2.0-portview\r\n"
    assert plan.opening(Nudge.PROXY) == b"PROXY UNKNOWN\r\nPING\r\n"


@pytest.mark.parametrize(("nudge", "prefix"), [(Nudge.RDP, 2), (Nudge.SMB, 0)])
def test_openings_name_their_own_length(nudge: Nudge, prefix: int) -> None:
    opening = plan_for(Target("nas.lan", 445)).opening(nudge)
    counted = len(opening) if nudge is Nudge.RDP else len(opening) - 4
    assert int.from_bytes(opening[prefix:4], "big") == counted

"""Observations with a traced path, or of something that answers in the target's place: examples for rules."""

from collections.abc import Sequence
from dataclasses import replace

from portview.probe.path_records import Hop, Path, Trace
from portview.probe.records import Attempt, NameSource, Observation, Resolution
from portview.sockets.records import LocalSocket
from portview.vocabulary import Outcome, Protocol, SenderClass
from tests.diagnose.conftest import (
    PORT,
    PUBLIC,
    TARGET,
    attempt,
    closed,
    connected,
    icmp,
    observation,
    rst,
    silent,
    unreachable,
)
from tests.diagnose.exchanged_cases import http

GATEWAY, ROUTER2, ROUTER3 = "192.168.1.1", "192.168.9.1", "203.0.113.9"
FAKE = "198.18.3.4"
_CONTROL = 443


def hops(*senders: str | None) -> tuple[Hop, ...]:
    return tuple(Hop(ttl, sender, 1.0 if sender else None) for ttl, sender in enumerate(senders, 1))


def trace(*senders: str | None, port: int = PORT, answer: Attempt | None = None) -> Trace:
    """Hops from the first on; an `answer` comes one hop behind them."""
    return Trace(port, hops(*senders), len(senders) + 1 if answer else None, answer)


def control(*senders: str | None, answer: Attempt | None = None, address: str = TARGET) -> Trace:
    return trace(*senders, port=_CONTROL, answer=answer or rst(address, _CONTROL))


def traced(
    one: Attempt,
    target: Trace,
    beside: Trace | None = None,
    forwarded: tuple[int, ...] = (),
    on_link: bool = False,
    alive: bool = True,
) -> Observation:
    """An attempt with its path, and with a control that answers when there is one on the path."""
    controls = (rst(one.address, _CONTROL),) if beside and alive else ()
    path = Path(one.address, target, beside, forwarded, on_link)
    return observation(one, controls=controls, path=path)


def unsent(one: Attempt) -> Attempt:
    return replace(one, sent=False)


def sent(one: Attempt) -> Attempt:
    return replace(one, sent=True)


def datagrams(target: Trace, beside: Trace) -> Observation:
    """Datagrams that got no answer, and another port that is reported closed."""
    silence = attempt(Outcome.NO_ANSWER)
    closed_port = rst(port=_CONTROL, icmp=icmp(3, 3))
    path = Path(TARGET, target, beside)
    return observation(silence, controls=(closed_port,), path=path, protocol=Protocol.UDP)


_FULL = (GATEWAY, ROUTER2)
_RST = rst()
_LOOP = (GATEWAY, ROUTER2, ROUTER3, ROUTER2, ROUTER3, ROUTER2)
_HIGH = tuple(connected(port=port) for port in (31007, 31008, 31009))

Case = tuple[Observation, Sequence[LocalSocket] | None, str, str]

# An observation, this machine's listeners, the pattern, and the causes from the first on.
PATHS: Sequence[Case] = (
    (
        traced(
            silent(PUBLIC),
            trace(GATEWAY, "100.64.7.1", ROUTER3),
            control(GATEWAY, "100.64.7.1", ROUTER3, address=PUBLIC),
        ),
        None,
        "pat_drop_at_target",
        "fw_drop_host~",
    ),
    (observation(unsent(silent())), None, "tcp_timeout_not_sent", "client_out_drop!"),
    (observation(unsent(silent()), this_machine=True), None, "tcp_timeout_not_sent", "client_out_drop!"),
    (
        traced(silent(), trace(), control(*_FULL)),
        None,
        "tcp_timeout_first_hop_silent",
        "client_out_drop~ fw_drop_path~",
    ),
    (traced(sent(silent()), trace(), control(*_FULL)), None, "tcp_timeout_first_hop_silent", "fw_drop_path~"),
    (traced(silent(), trace(GATEWAY), control(*_FULL)), None, "pat_drop_hop", "fw_drop_path~"),
    (
        traced(
            silent(PUBLIC, 445),
            trace(GATEWAY, port=445),
            control(*_FULL, address=PUBLIC),
        ),
        None,
        "pat_drop_hop",
        "fw_drop_path~ provider_port_block_in~",
    ),
    # A router that reports nothing for either port tells nothing, whatever those behind it report.
    (
        traced(silent(), trace(None, None), control(None, ROUTER2)),
        None,
        "tcp_timeout_this_port_host_alive",
        "fw_drop_host~",
    ),
    (
        traced(silent(), trace(GATEWAY), control(GATEWAY, None)),
        None,
        "tcp_timeout_this_port_host_alive",
        "fw_drop_host~",
    ),
    (
        traced(silent(), trace(None, None), control(None, None)),
        None,
        "tcp_timeout_this_port_host_alive",
        "fw_drop_host~",
    ),
    (
        traced(silent(), trace(*_FULL), control(*_FULL)),
        None,
        "pat_drop_at_target",
        "fw_drop_host~ fw_drop_path?",
    ),
    (
        traced(silent(), trace(), control(), on_link=True),
        None,
        "pat_drop_at_target",
        "fw_drop_host~ fw_windows?",
    ),
    (
        observation(silent(), controls=(silent(port=80),), path=Path(TARGET, trace(*_FULL))),
        None,
        "tcp_timeout_all_ports",
        "host_silent~",
    ),
    # The path of another address says nothing here.
    (
        observation(silent(), controls=(rst(port=80),), path=Path("192.168.1.8", trace(), control(*_FULL))),
        None,
        "tcp_timeout_this_port_host_alive",
        "fw_drop_host~",
    ),
    (
        traced(silent(), trace(GATEWAY, TARGET), control(GATEWAY)),
        None,
        "pat_forward_inner_drop",
        "fw_drop_host~ forward_wrong_target?",
    ),
    (
        traced(_RST, trace(GATEWAY, TARGET, answer=_RST), control(GATEWAY)),
        None,
        "pat_forward_dead_service",
        "forward_no_listener~ forward_wrong_target?",
    ),
    (
        traced(unreachable(icmp(3, 1), elapsed_ms=3070.0), trace(GATEWAY, TARGET), control(GATEWAY)),
        None,
        "pat_forward_dead_host",
        "forward_wrong_target~",
    ),
    (
        traced(
            rst(PUBLIC),
            trace(GATEWAY, answer=rst(PUBLIC)),
            control(GATEWAY, address=PUBLIC),
            forwarded=(443,),
        ),
        None,
        "pat_no_forward",
        "no_port_forward~ no_listener~",
    ),
    (
        traced(silent(PUBLIC), trace(GATEWAY), control(GATEWAY, PUBLIC, answer=connected(PUBLIC, 443))),
        None,
        "pat_no_forward",
        "no_port_forward~ fw_drop_host~",
    ),
    (
        traced(silent(), trace(GATEWAY), control(GATEWAY), forwarded=(443,)),
        None,
        "pat_no_forward",
        "fw_drop_host~ no_port_forward?",
    ),
    (
        traced(_RST, trace(GATEWAY, answer=_RST), control(*_FULL)),
        None,
        "tcp_refused_rst_before_target",
        "fw_reset_path~ rst_injector?",
    ),
    (
        traced(_RST, trace(answer=_RST), control(*_FULL)),
        None,
        "tcp_refused_rst_before_target",
        "fw_reset_path~ client_out_reject~",
    ),
    (traced(_RST, trace(*_FULL, answer=_RST), control(*_FULL)), None, "tcp_refused_rst", "no_listener~"),
    # A hop that did not report itself leaves open who refused.
    (
        traced(_RST, trace(GATEWAY, None, answer=_RST), control(GATEWAY), forwarded=(443,)),
        None,
        "tcp_refused_rst",
        "no_listener~",
    ),
    (
        observation(unreachable(icmp(11, 0, SenderClass.ROUTER)), path=Path(TARGET, trace(*_LOOP))),
        None,
        "tcp_ttl_exceeded",
        "routing_loop~",
    ),
    (observation(silent(), path=Path(TARGET, trace(*_LOOP))), None, "tcp_timeout", "routing_loop~"),
    (datagrams(trace(*_FULL), control(*_FULL)), None, "udp_silent", "udp_open_or_filtered~ fw_drop_host?"),
    (
        datagrams(trace(GATEWAY), control(*_FULL)),
        None,
        "udp_lost_on_way",
        "fw_drop_path~ udp_open_or_filtered~ fw_drop_host?",
    ),
    (datagrams(trace(), control(*_FULL)), None, "udp_lost_on_way", "fw_drop_path~"),
    (
        traced(silent(PUBLIC), trace(*_FULL), control(*_FULL, address=PUBLIC)),
        None,
        "pat_drop_at_target",
        "fw_drop_host~ cloud_sg_drop? fw_drop_path? no_port_forward? accept_queue_full?",
    ),
)

_FIRST_HOP = trace(answer=connected())
_LOGIN = http(302, location="http://login.hotel.example/")


def near(target: Trace, beside: Trace | None, *controls: Attempt, on_link: bool = False) -> Observation:
    path = Path(TARGET, target, beside, on_link=on_link)
    return observation(connected(), controls=controls, path=path)


def invented(*addresses: str, leads_to: str = FAKE) -> Observation:
    resolution = Resolution("nas.lan", (leads_to,), NameSource.SYSTEM)
    return observation(connected(leads_to), host="nas.lan", resolution=resolution, invented=addresses)


_LATE = tuple(rst(port=port, elapsed_ms=80.0) for port in (443, 31007, 42001))

LIES: Sequence[Case] = (
    (invented("198.18.0.9"), None, "pat_fake_ip_dns", "fake_ip_dns!"),
    (invented("203.0.113.1"), None, "pat_fake_ip_dns", "fake_ip_dns~"),
    (invented(), None, "pat_fake_ip_dns", "fake_ip_dns~"),
    (invented(TARGET, leads_to=TARGET), None, "pat_one_address_for_all", "captive_portal~"),
    (near(_FIRST_HOP, trace(GATEWAY, port=31007)), None, "pat_ttl1_connect", "transparent_proxy_client~"),
    (
        replace(near(_FIRST_HOP, trace(GATEWAY, port=31007)), attempts=(closed(),)),
        None,
        "pat_ttl1_connect",
        "transparent_proxy_client~",
    ),
    (
        replace(near(_FIRST_HOP, trace(GATEWAY, port=31007)), attempts=(connected(exchanges=(_LOGIN,)),)),
        None,
        "pat_ttl1_connect",
        "captive_portal~ transparent_proxy_client~",
    ),
    (
        replace(near(_FIRST_HOP, trace(GATEWAY, port=31007)), attempts=(connected(exchanges=(http(200),)),)),
        None,
        "pat_ttl1_connect",
        "transparent_proxy_client~ captive_portal?",
    ),
    (
        near(trace(GATEWAY, answer=connected()), trace(*_FULL, port=31007)),
        None,
        "pat_near_connect",
        "transparent_proxy_client~",
    ),
    (
        near(_FIRST_HOP, trace(port=31007, answer=connected(port=31007)), *_HIGH),
        None,
        "pat_all_open",
        "transparent_proxy_client~",
    ),
    (
        near(trace(GATEWAY), None, *_HIGH),
        None,
        "pat_all_open_this_host",
        "syn_proxy~ transparent_proxy_client?",
    ),
    (
        observation(connected(), controls=_HIGH),
        None,
        "pat_all_open_this_host",
        "transparent_proxy_client~ syn_proxy?",
    ),
    (observation(closed(), controls=_HIGH), None, "pat_all_open_this_host", "transparent_proxy_client~"),
    (
        observation(connected(), controls=_LATE),
        None,
        "pat_handshake_too_fast",
        "transparent_proxy_client~",
    ),
)

# What looks like a lie and is none: the target is the first hop itself, or is on this network, or is here.
HONEST: Sequence[Observation] = (
    invented("192.168.1.8", leads_to=TARGET),
    near(trace(GATEWAY, answer=connected()), trace(GATEWAY, port=31007, answer=rst(port=31007))),
    near(trace(GATEWAY, answer=connected()), trace(GATEWAY, TARGET, port=31007)),
    near(_FIRST_HOP, trace(port=31007, answer=rst(port=31007))),
    near(_FIRST_HOP, trace(port=31007)),
    near(_FIRST_HOP, None),
    near(_FIRST_HOP, trace(GATEWAY, port=31007), on_link=True),
    near(trace(GATEWAY), None, *_HIGH[:1]),
    replace(observation(connected(), controls=_HIGH), this_machine=True),
    observation(rst(), controls=_HIGH),
    observation(connected(), controls=_LATE[1:]),
)

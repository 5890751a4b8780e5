"""The handshake was completed; and what each must be taken for."""

from collections.abc import Sequence
from dataclasses import replace

from portview.probe.records import Closing
from portview.sockets.records import LocalSocket, Owner
from tests.diagnose.conftest import (
    PORT,
    PUBLIC,
    Case,
    closed,
    connected,
    here,
    listener,
    observation,
    rst,
)

_OPEN_EVERYWHERE = (connected(port=47113), connected(port=47114))

_LATE = tuple(rst(port=port, elapsed_ms=40.0) for port in (47113, 47114, 47115))


def _sshd(name: str, command: str | None, port: int = PORT) -> LocalSocket:
    return replace(listener(port=port), owners=(Owner(812, name, command),))


ESTABLISHED: Sequence[Case] = (
    (observation(connected(port=22, first_bytes=b"SSH-2.0-x\r\n")), None, "healthy!"),
    (observation(connected(port=443, first_bytes=b"SSH-2.0-x\r\n")), None, "wrong_port~ healthy~"),
    (observation(connected(port=465, first_bytes=b"220 x ESMTP\r\n")), None, "tls_not_expected! healthy!"),
    (observation(connected(port=587, first_bytes=b"220 x ESMTP\r\n")), None, "healthy!"),
    (
        observation(connected(port=22, acknowledged=False)),
        None,
        "lost_after_handshake~ no_return_path? accept_queue_full?",
    ),
    (observation(connected(port=27017, acknowledged=False)), None, "lost_after_handshake~"),
    (observation(connected(port=22, acknowledged=True)), None, "service_hung~"),
    (observation(connected(first_bytes=b"\x15\x03\x01\x00\x02\x02\x28")), None, "healthy! tls_expected?"),
    (observation(connected()), None, "healthy~"),
    (observation(connected(port=443)), None, "healthy~"),
    (observation(connected(), quick=True), None, "healthy~"),
    (observation(connected(port=22), cancelled=True), None, "healthy~"),
    (observation(connected(port=22)), None, "service_hung~ slow_greeting? healthy? backend_down?"),
    (observation(connected(), controls=_OPEN_EVERYWHERE), None, "transparent_proxy_client~ syn_proxy?"),
    (observation(connected(elapsed_ms=0.3), controls=_LATE), None, "transparent_proxy_client~"),
    (observation(connected(elapsed_ms=8.0), controls=_LATE), None, "healthy~"),
    (observation(connected(elapsed_ms=0.3), controls=_LATE[:2]), None, "healthy~"),
    (observation(connected(elapsed_ms=0.3), controls=(*_LATE, rst(port=47116))), None, "healthy~"),
    (observation(connected(), controls=_OPEN_EVERYWHERE[:1]), None, "healthy~ transparent_proxy_client?"),
    (observation(closed(first_bytes=b"Exceeded MaxStartups\r\n")), None, "sshd_maxstartups!"),
    (
        observation(closed(first_bytes=b"Not allowed at this time\r\n")),
        None,
        "sshd_source_penalty~ sshd_maxstartups~",
    ),
    (
        observation(
            closed(
                first_bytes=b"G\0\0\0\xffj\x04Host '10.0.0.9' is not allowed to connect to this MySQL server"
            )
        ),
        None,
        "access_list!",
    ),
    (
        observation(closed(first_bytes=b"Host 'a' is blocked because of many connection errors")),
        None,
        "access_list!",
    ),
    (observation(closed(first_bytes=b"421 Too many connections")), None, "conn_limit!"),
    (observation(closed(first_bytes=b"-DENIED Redis is running in protected mode")), None, "access_list!"),
    (observation(closed(first_bytes=b"RFB 003.008 Too many security failures")), None, "access_list!"),
    (observation(closed(first_bytes=b"554 5.7.1 no\r\n")), None, "access_list~"),
    (observation(closed(first_bytes=b"421 later\r\n")), None, "conn_limit~"),
    (observation(closed(first_bytes=b"bye")), None, "access_list? conn_limit?"),
    (
        observation(closed()),
        None,
        "backend_down? access_list? conn_limit? transparent_proxy_client? lb_no_backend? tcp_wrappers?",
    ),
    (
        observation(closed(by=Closing.RST)),
        None,
        "backend_down? access_list? conn_limit? transparent_proxy_client? abort_on_overflow?",
    ),
    (
        observation(closed(), controls=(rst(port=80),)),
        None,
        "backend_down? access_list? conn_limit? lb_no_backend? tcp_wrappers? transparent_proxy_client?",
    ),
    (observation(closed(closed_after_ms=4000.0)), None, "backend_down? lb_no_backend?"),
    (observation(connected(elapsed_ms=1004.0, rtt_ms=0.3)), None, "healthy~ syn_lost~"),
    (observation(connected(elapsed_ms=1004.0, rtt_ms=900.0)), None, "healthy~"),
    (observation(connected(elapsed_ms=700.0, rtt_ms=0.3)), None, "healthy~"),
    (observation(closed(port=22)), None, "sshd_maxstartups? sshd_source_penalty?"),
    (observation(closed(port=10022)), None, "sshd_maxstartups? sshd_source_penalty?"),
    (observation(closed(port=445)), None, "samba_hosts_allow?"),
    (here(closed()), [listener(name="docker-proxy")], "docker_proxy_dead_backend~"),
    (here(closed()), [listener(name="ssh")], "ssh_forward_dead_target~"),
    # The SSH server itself, and its sessions, which listen for the client's -R.
    (
        here(closed(port=22)),
        [_sshd("sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", 22)],
        "sshd_maxstartups? sshd_source_penalty?",
    ),
    (here(closed()), [_sshd("sshd", "sshd: alice@notty")], "ssh_forward_dead_target~"),
    (here(closed()), [_sshd("sshd-session", None)], "ssh_forward_dead_target~"),
    (here(closed()), [listener(name="haproxy")], "lb_no_backend~"),
    (here(closed()), [listener(name="my-app")], "backend_down?"),
    (
        observation(closed(PUBLIC, by=Closing.RST, errno="ECONNRESET", stage="recv")),
        None,
        (
            "backend_down? access_list? conn_limit? transparent_proxy_client? abort_on_overflow? "
            "lb_no_backend? tcp_wrappers? rst_injector?"
        ),
    ),
)

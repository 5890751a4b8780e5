"""The words keep their contract: each id of the closed lists has valid, complete, readable words."""

import re

import pytest

from portview.diagnose.context import context
from portview.diagnose.evidence import Evidence
from portview.knowledge.load import cause, cause_ids, facts, outcomes, patterns, phrases
from portview.knowledge.template import placeholders
from portview.probe.records import NameFailure
from portview.scan.records import Reason
from portview.vocabulary import Outcome, State
from tests.diagnose.conftest import observation, silent

# The public contract: ids are added, never renamed.
CAUSES = [
    "healthy",
    "no_listener",
    "bound_loopback",
    "bound_other_address",
    "v4_only",
    "v6_only",
    "wrong_port",
    "service_crashed",
    "service_hung",
    "service_stopped",
    "accept_queue_full",
    "abort_on_overflow",
    "fw_drop_host",
    "fw_reject_host",
    "fw_reset_host",
    "fw_drop_path",
    "fw_reject_path",
    "fw_reset_path",
    "fw_windows",
    "cloud_sg_drop",
    "oracle_image_iptables",
    "client_in_drop",
    "client_out_drop",
    "client_out_reject",
    "local_policy",
    "provider_port_block_in",
    "provider_port_block_out",
    "icp_filing_missing",
    "cgnat",
    "double_nat",
    "no_port_forward",
    "forward_wrong_target",
    "hairpin_missing",
    "ipv6_cpe_firewall",
    "inbound_via_proxy_router",
    "host_off",
    "host_silent",
    "no_local_route",
    "no_local_ipv6",
    "route_missing",
    "routing_loop",
    "ddos_blackhole",
    "vpn_split_tunnel",
    "mtu_blackhole",
    "ephemeral_exhausted",
    "fd_limit",
    "conntrack_full",
    "docker_proxy_dead_backend",
    "docker_port_not_published",
    "docker_bypasses_ufw",
    "lb_no_backend",
    "backend_down",
    "k8s_no_endpoints",
    "ssh_forward_dead_target",
    "access_list",
    "tcp_wrappers",
    "samba_hosts_allow",
    "sshd_maxstartups",
    "sshd_source_penalty",
    "fail2ban_ban",
    "conn_limit",
    "tls_expected",
    "tls_not_expected",
    "tls_no_common_version",
    "tls_name_unknown",
    "tls_client_certificate",
    "tls_certificate_expired",
    "tls_certificate_early",
    "tls_certificate_name",
    "tls_certificate_self_signed",
    "tls_failed",
    "application_error",
    "tarpit",
    "rate_limited",
    "slow_greeting",
    "ntp_no_time",
    "proxy_protocol_expected",
    "transparent_proxy_client",
    "fake_ip_dns",
    "captive_portal",
    "rst_injector",
    "udp_open_or_filtered",
    "needs_valid_payload",
    "udp_reply_other_addr",
    "stale_dns",
    "dns_nxdomain",
    "dns_nodata",
    "dns_servers_differ",
    "dns_servfail",
    "dns_refused",
    "dns_timeout",
    "dns_server_unreachable",
    "dns_no_resolver",
    "dns_hosts_override",
    "dns_fake_ip",
    "dns_aaaa_broken",
    "dns_multi_a_partial",
    "dns_private",
    "dns_loopback",
    "dns_reserved",
    "dns_search_domain",
    "dns_idna_error",
    "dns_blocked",
    "dns_mdns_name",
    "dns_short_name",
    "dns_slow",
    "browser_unsafe_port",
    "bad_target_address",
    "dns_nsswitch",
    "syn_proxy",
    "link_down",
    "gateway_down",
    "uplink_down",
    "lan_isolated",
    "wrong_netmask",
    "tunnel_no_peer",
    "no_return_path",
    "lost_after_handshake",
    "forward_no_listener",
    "source_rejected",
    "syn_lost",
]

KNOWN = frozenset(context(Evidence(observation(silent())), "en"))
# Values that findings bring along themselves.
_OWN = {
    "control",
    "control_outcome",
    "providers",
    "waiting",
    "segment",
    "limit",
    "working",
    "failing",
    "ttl",
    "hop",
    "hops",
    "distance",
    "ports",
    "addresses",
    "sender_and_port",
    "overflows",
    "lost",
    "sent",
    "own_address",
    "completed",
    "record",
    "control_time",
    "rcode",
    "kiss",
    "rtt",
    "knowing",
    "known",
}
_SENTENCE_END = re.compile(r"[.?!](?= [A-Z/]|$)")


def test_the_list_of_causes_is_closed() -> None:
    assert set(cause_ids()) == set(CAUSES)


@pytest.mark.parametrize("cause_id", CAUSES)
def test_a_cause_is_complete(cause_id: str) -> None:
    text = cause(cause_id)
    for template in (text.title, text.explanation, text.fix, *(check.text for check in text.checks)):
        assert placeholders(template) <= KNOWN, template
    assert len(_SENTENCE_END.findall(text.explanation)) <= 3
    assert text.explanation.endswith(".")
    assert not text.title.endswith(".")
    assert len(text.title) <= 80
    assert {check.where for check in text.checks} <= set(phrases("words")["where"])
    assert set(text.see) <= set(CAUSES) - {cause_id}
    assert cause_id == "healthy" or text.fix
    assert cause_id in ("healthy", "dns_idna_error") or text.checks


def test_patterns_name_only_what_is_known() -> None:
    for pattern in patterns().values():
        assert placeholders(pattern.title) | placeholders(pattern.summary) <= KNOWN
        assert not pattern.title.endswith(".")
        assert pattern.summary.endswith(".")


def test_facts_name_only_what_is_known() -> None:
    for fact in facts().values():
        assert placeholders(fact.text) <= KNOWN | _OWN, fact.id


def test_each_outcome_has_a_page() -> None:
    assert set(outcomes()) == {outcome.value for outcome in Outcome}


def test_phrases_cover_the_closed_lists() -> None:
    words, scan = phrases("words"), phrases("scan")
    assert set(words["outcome"]) == {outcome.value for outcome in Outcome}
    assert set(words["name_failure"]) == {failure.value for failure in NameFailure}
    assert set(scan["state"]) == {state.value for state in State}
    assert set(scan["reason"]) == {reason.value for reason in Reason}
    assert set(words["general"]) == KNOWN

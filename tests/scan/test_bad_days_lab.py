"""Scans on bad days: loss, networks that go away, hosts that say too much or too little, few files."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from tests.scan.conftest import Lab, Played, Scene

pytestmark = pytest.mark.lab


def by_port(answer: dict[str, Any]) -> dict[int, dict[str, Any]]:
    found = {result["port"]: result for result in answer["results"]}
    assert len(found) == len(answer["results"])
    return found


def states(answer: dict[str, Any]) -> Counter[tuple[str, str]]:
    return Counter((result["state"], result["reason"]) for result in answer["results"])


def lossy(lab: Lab, percent: int) -> None:
    rule = f"meta l4proto tcp numgen random mod 100 < {percent} drop"
    lab.firewall(rule)
    outgoing = f"type filter hook output priority 0\n{rule}"
    lab.rules(lab.server, f"table inet out {{\nchain output {{\n{outgoing}\n}}\n}}\n")


@pytest.mark.parametrize("version", ["v4", "v6"])
def test_loss_hides_no_port_and_is_measured(lab: Lab, version: str) -> None:
    lossy(lab, 5)
    opened = range(2000, 4000, 20)
    lab.serve(tcp=list(opened))
    address = getattr(lab, version)
    answer = lab.scan([address], range(2000, 4000))
    found = by_port(answer)
    assert {port for port, seen in found.items() if seen["state"] == "open"} == set(opened)
    assert Counter(seen["state"] for seen in found.values()) == {"open": 100, "closed": 1900}
    # 5 % each way are 9.75 % of the tries.
    assert 0.05 < answer["facts"][address]["loss"] < 0.16


def test_silence_is_told_with_its_tries_and_the_loss(lab: Lab) -> None:
    lab.firewall("tcp dport 2001 drop")
    seen = by_port(lab.scan([lab.v4], range(2000, 2200)))
    assert (seen[2001]["tries"], seen[2001]["loss"]) == (2, 0.0)
    assert (seen[2002]["tries"], seen[2002]["loss"]) == (1, None)


def silent_host(lab: Lab) -> Any:
    lab.firewall("meta l4proto tcp drop")
    return lab.scan([lab.v4], range(2000, 3000))


def test_a_silent_host_is_silent(played: Played) -> None:
    answer = played(silent_host)
    assert states(answer) == {("filtered", "no-response"): 1000}
    assert answer["verdicts"] == {Lab.v4: "silent"}
    assert {seen["loss"] for seen in answer["results"]} == {None}
    assert {seen["tries"] for seen in answer["results"]} == {2}


def rate_limited(lab: Lab, address: str) -> Any:
    lab.firewall("tcp dport 2000-2999 reject")
    return lab.scan([address], range(1900, 3000))


RATE_LIMITED = {address: partial(rate_limited, address=address) for address in (Lab.v4, Lab.v6)}


@pytest.mark.parametrize("address", RATE_LIMITED)
def test_rejections_that_are_rate_limited_are_called_so(played: Played, address: str) -> None:
    answer = played(RATE_LIMITED[address])
    counts = states(answer)
    assert counts["closed", "conn-refused"] == 100
    assert counts["filtered", "rate-limited"] > 900
    assert set(counts) <= {
        ("closed", "conn-refused"),
        ("filtered", "port-unreach"),
        ("filtered", "rate-limited"),
    }
    assert answer["verdicts"] == {address: "rate_limited"}
    facts = answer["facts"][address]
    assert facts["rejected"] == facts["sampled"] > 3


def held_back(lab: Lab) -> Any:
    # More than the burst of 6 errors, fewer than make the scan hurry: the kernel's own repeats of
    # SYNs are answered as well, with the errors that come one a second.
    lab.firewall("tcp dport 4000-4100 reject", "tcp dport 4200-4300 reject with icmpx type admin-prohibited")
    return lab.scan(
        [lab.v4], [*range(1000, 1011), *range(4000, 4006), *range(4200, 4206), 5000, *range(8120, 8131)]
    )


def test_errors_that_are_held_back_are_not_called_lost(played: Played) -> None:
    answer = played(held_back)
    rejected = [seen for seen in answer["results"] if seen["icmp_type"]]
    assert any(seen["tries"] > 1 or seen["rtt_ms"] > 900 for seen in rejected)
    assert answer["facts"][Lab.v4]["loss"] == 0


def dropped_beside_rejected(lab: Lab) -> Any:
    lab.firewall("tcp dport 2000-2003 reject", "tcp dport 2004-2999 drop")
    return lab.scan([lab.v4], range(2000, 3000))


def test_dropped_ports_beside_rejected_ones_are_not_called_rejected(played: Played) -> None:
    answer = played(dropped_beside_rejected)
    counts = states(answer)
    assert ("filtered", "rate-limited") not in counts
    assert counts["filtered", "no-response"] == 996
    assert answer["verdicts"] == {Lab.v4: "up"}
    # Those four were rejected at once and nothing later: no error was held back.
    assert answer["facts"][Lab.v4]["sampled"] == 0


def dropped_between_withheld(lab: Lab) -> Any:
    # More rejected ports than a burst of errors has.
    lab.firewall("tcp dport 2000-2011 reject", "tcp dport 2012-2014 drop")
    return lab.scan([lab.v4], range(2000, 2020), confirm_all=True)


def test_tcp_confirms_all_when_it_has_the_time(played: Played) -> None:
    assert states(played(dropped_between_withheld)) == {
        ("filtered", "port-unreach"): 12,
        ("filtered", "no-response"): 3,
        ("closed", "conn-refused"): 5,
    }


def test_where_every_port_is_open_something_else_answers(lab: Lab) -> None:
    nat = "type nat hook prerouting priority -100\ntcp dport 1-65535 redirect to :4000"
    lab.rules(lab.server, f"table ip nat {{\nchain pre {{\n{nat}\n}}\n}}\n")
    lab.serve(tcp=[4000])
    answer = lab.scan([lab.v4], range(2000, 2300))
    assert answer["verdicts"] == {lab.v4: "everything_open"}
    facts = answer["facts"][lab.v4]
    assert facts["random_asked"] == 5
    assert facts["random_open"] >= 4


def test_many_open_ports_alone_are_no_reason_for_disbelief(lab: Lab) -> None:
    lab.serve(tcp=list(range(2000, 2100)))
    answer = lab.scan([lab.v4], range(2000, 2100))
    assert answer["verdicts"] == {lab.v4: "up"}
    facts = answer["facts"][lab.v4]
    assert (facts["random_asked"], facts["random_open"]) == (5, 0)


def test_a_proxy_on_the_way_is_seen_by_a_knock_that_cannot_pass_it(lab: Lab) -> None:
    # The client's gateway is the lab's server, which answers for all that is behind it.
    lab.ip(lab.client, "route", "add", "10.67.0.0/24", "via", lab.v4)
    nat = "type nat hook prerouting priority -100\nip daddr 10.67.0.0/24 tcp dport 1-65535 redirect to :4000"
    lab.rules(lab.server, f"table ip nat {{\nchain pre {{\n{nat}\n}}\n}}\n")
    lab.serve(tcp=[4000])
    answer = lab.scan(["10.67.0.9"], range(2000, 2100))
    assert answer["verdicts"] == {"10.67.0.9": "everything_open"}
    assert answer["facts"]["10.67.0.9"]["is_answered_nearby"]


OPENED = range(10_000, 20_000, 500)


def gone_and_back(lab: Lab, how: str) -> Any:
    lab.serve(tcp=list(OPENED))
    scan = lab.start_scan(hosts=[lab.v4], ports=list(range(10_000, 20_000)), rate=3000)
    scan.until(lambda told: told["done"] > 1000)
    if how == "link down":
        lab.ip(lab.server, "link", "set", "pv0", "down")
    else:
        lab.firewall("meta l4proto tcp drop")
    lost = scan.until(lambda told: told["lost"] == [lab.v4])
    assert lost["done"] < 10_000
    assert lost["eta_s"] is None
    if how == "link down":
        lab.ip(lab.server, "link", "set", "pv0", "up")
    else:
        lab.rules(lab.server, "flush ruleset")
    back = scan.until(lambda told: told["lost"] == [])
    assert back["done"] < 10_000
    return scan.answer()


GONE_AND_BACK = {how: partial(gone_and_back, how=how) for how in ("link down", "all dropped")}


@pytest.mark.parametrize("how", GONE_AND_BACK)
def test_a_network_that_goes_away_is_waited_for(played: Played, how: str) -> None:
    answer = played(GONE_AND_BACK[how])
    assert {port for port, seen in by_port(answer).items() if seen["state"] == "open"} == set(OPENED)
    assert Counter(seen["state"] for seen in answer["results"]) == {"open": 20, "closed": 9980}
    assert answer["verdicts"] == {Lab.v4: "up"}


def test_a_paused_scan_sends_nothing_and_goes_on(lab: Lab) -> None:
    scan = lab.start_scan(hosts=[lab.v4], ports=list(range(10_000, 12_000)), rate=2000)
    scan.until(lambda told: told["done"] > 200)
    scan.order("pause")
    paused = scan.until(lambda told: told["is_paused"] and not told["in_flight"])
    for _ in range(5):
        later = scan.until(lambda told: True)
        assert (later["sent"], later["is_paused"], later["eta_s"]) == (paused["sent"], True, None)
    scan.order("go_on")
    assert states(scan.answer()) == {("closed", "conn-refused"): 2000}


def test_a_skipped_host_keeps_what_it_has_and_the_others_go_on(lab: Lab) -> None:
    scan = lab.start_scan(hosts=[lab.v4, lab.v6], ports=list(range(10_000, 12_000)), rate=2000)
    scan.until(lambda told: told["done"] > 500)
    scan.order(f"skip {lab.v4}")
    answer = scan.answer()
    finished = Counter(seen["address"] for seen in answer["results"])
    assert 0 < finished[lab.v4] < 2000
    assert finished[lab.v6] == 2000
    assert answer["skipped"] == [lab.v4]
    assert not answer["cancelled"]


def test_a_cancelled_scan_of_a_silent_host_ends(lab: Lab) -> None:
    lab.firewall("meta l4proto tcp drop")
    scan = lab.start_scan(hosts=[lab.v4], ports=list(range(10_000, 60_000)))
    scan.until(lambda told: told["in_flight"] > 500)
    scan.order("cancel")
    answer = scan.answer()
    assert answer["cancelled"]
    assert len(answer["results"]) < 50_000


def test_64_files_are_enough(lab: Lab) -> None:
    lossy(lab, 2)
    lab.serve(tcp=[2500, 2600])
    answer = lab.scan([lab.v4], range(2000, 3000), files=64)
    assert answer["gave_up"] is None
    assert {port for port, seen in by_port(answer).items() if seen["state"] == "open"} == {2500, 2600}
    assert Counter(seen["state"] for seen in answer["results"]) == {"open": 2, "closed": 998}
    assert max(answer["windows"]) <= 51


def rejected_in_turn(lab: Lab) -> Any:
    # Every second port is rejected, the others refuse: sockets are used again after a refusal.
    lab.unlimit_icmp()
    lab.firewall("tcp dport { " + ", ".join(map(str, range(2000, 3000, 2))) + " } reject")
    return {address: lab.scan([address], range(2000, 3000)) for address in (lab.v4, lab.v6)}


def test_a_rejection_is_not_taken_for_that_of_the_next_port(played: Played) -> None:
    for answer in played(rejected_in_turn).values():
        for port, seen in by_port(answer).items():
            expected = ("filtered", "port-unreach") if port % 2 == 0 else ("closed", "conn-refused")
            assert (seen["state"], seen["reason"]) == expected, port


OWN = ("127.0.0.1", Lab.v4, Lab.v6)


def own_addresses(lab: Lab) -> Any:
    lab.unlimit_icmp()
    lab.firewall("tcp dport 2000-2009 reject with icmpx type admin-prohibited", "tcp dport 2010-2019 drop")
    lab.serve(tcp=[2030])
    return lab.scan_at_server(OWN, range(2000, 2100))


def test_own_addresses_with_rejected_ports(played: Played) -> None:
    found = {(seen["address"], seen["port"]): seen["state"] for seen in played(own_addresses)["results"]}
    assert found == {
        (address, port): "open" if port == 2030 else "filtered" if port < 2020 else "closed"
        for address in OWN
        for port in range(2000, 2100)
    }


def udp_rate_limited(lab: Lab) -> Any:
    lab.firewall("udp dport 2005-2054 drop")
    lab.serve(udp_echo=list(range(2000, 2005)))
    return lab.scan([lab.v4], range(2000, 2100), "udp")


def test_udp_where_errors_are_rate_limited(played: Played) -> None:
    answer = played(udp_rate_limited)
    found = by_port(answer)
    assert {port for port, seen in found.items() if seen["state"] == "open"} == set(range(2000, 2005))
    counts = states(answer)
    assert counts["open|filtered", "rate-limited"] > 50
    closed = [port for port, seen in found.items() if seen["state"] == "closed"]
    assert 6 <= len(closed) < 45
    assert min(closed) >= 2055
    assert answer["verdicts"] == {Lab.v4: "rate_limited"}


def udp_of_few_ports(lab: Lab) -> Any:
    lab.firewall("udp dport { 123, 161 } drop")
    lab.serve(udp_echo=[53])
    return lab.scan([lab.v4], [53, 123, 161], "udp")


def test_one_answer_is_enough_to_believe_a_few_silences(played: Played) -> None:
    found = by_port(played(udp_of_few_ports))
    assert {port: (seen["state"], seen["tries"]) for port, seen in found.items()} == {
        53: ("open", 1),
        123: ("open|filtered", 3),
        161: ("open|filtered", 3),
    }


def udp_confirmed(lab: Lab) -> Any:
    # Of 6 closed ports the error comes at once; of the others more are left than a sample has.
    lab.firewall("udp dport 2005-2007 drop")
    lab.serve(udp_echo=[2000])
    ports = [2000, *range(2005, 2008), *range(2050, 2064)]
    return lab.scan([lab.v4], ports, "udp", confirm_all=True)


def test_udp_confirms_all_when_it_has_the_time(played: Played) -> None:
    assert states(played(udp_confirmed)) == {
        ("open", "udp-response"): 1,
        ("open|filtered", "no-response"): 3,
        ("closed", "port-unreach"): 14,
    }


SCENES: tuple[Scene, ...] = (
    silent_host,
    *RATE_LIMITED.values(),
    held_back,
    dropped_beside_rejected,
    dropped_between_withheld,
    *GONE_AND_BACK.values(),
    rejected_in_turn,
    own_addresses,
    udp_rate_limited,
    udp_of_few_ports,
    udp_confirmed,
)

"""From what was read to a snapshot, without a kernel."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from portview.sockets.assemble import in_telling_order, local_socket, snapshot_of
from portview.sockets.entry import Entry
from portview.sockets.records import Hidden, HiddenReason, LocalSocket, Owner, Snapshot
from portview.vocabulary import Family, Protocol

RANGE = (32768, 60999)


def made(
    port: int = 22,
    *,
    address: str = "0.0.0.0",
    protocol: Protocol = Protocol.TCP,
    owners: tuple[Owner, ...] = (),
    owner_hidden: bool = False,
    **more: Any,
) -> LocalSocket:
    state = "LISTEN" if protocol is Protocol.TCP else "UNCONN"
    entry = replace(Entry(protocol, Family.IPV4, address, port, None, None, state), **more)
    return local_socket(entry, RANGE, owners, owner_hidden=owner_hidden)


def snapshot(
    sockets: Sequence[LocalSocket], reason: HiddenReason | None = None, *, countable: bool = True
) -> Snapshot:
    return snapshot_of(sockets, source="proc", ephemeral_range=RANGE, reason=reason, countable=countable)


def test_what_follows_from_a_port() -> None:
    ssh = made(22, uid=0)
    assert (ssh.service, ssh.kind, ssh.ephemeral, ssh.reach, ssh.user) == (
        "ssh",
        "system",
        False,
        "network",
        "root",
    )


@pytest.mark.parametrize(
    ("port", "remote_port", "service"),
    [(5432, None, "postgresql"), (5432, 50000, "postgresql"), (32769, 443, None)],
)
def test_the_ephemeral_end_of_a_connection_is_no_service(
    port: int, remote_port: int | None, service: str | None
) -> None:
    remote_address = remote_port and "192.0.2.1"
    assert made(port, remote_address=remote_address, remote_port=remote_port).service == service


def test_systemd_comes_after_the_service_it_opened_the_socket_for() -> None:
    owners = [Owner(1, "systemd"), Owner(900, "sshd"), Owner(812, "sshd")]
    assert [owner.pid for owner in in_telling_order(owners)] == [812, 900, 1]


def test_a_socket_of_the_kernel_is_not_hidden() -> None:
    assert snapshot([made(2049, inode=5)]).hidden == Hidden()


@pytest.mark.parametrize(
    ("reason", "countable", "hidden"),
    [
        (HiddenReason.NOT_ROOT, True, Hidden(2, HiddenReason.NOT_ROOT, "sudo portview ls")),
        (HiddenReason.DENIED, True, Hidden(2, HiddenReason.DENIED, None)),
        (HiddenReason.NOT_ROOT, False, Hidden(None, HiddenReason.NOT_ROOT, "sudo portview ls")),
    ],
)
def test_hidden_owners_are_counted_where_they_can_be(
    reason: HiddenReason, countable: bool, hidden: Hidden
) -> None:
    sockets = [made(1, owner_hidden=True), made(2, owner_hidden=True), made(3, owners=(Owner(9),))]
    assert snapshot(sockets, reason, countable=countable).hidden == hidden


def test_an_ordinary_user_from_whom_nothing_is_hidden_is_not_told_otherwise() -> None:
    assert snapshot([made(owners=(Owner(9),))], HiddenReason.NOT_ROOT).hidden == Hidden()


def test_a_socket_that_the_kernel_listed_twice_is_there_once() -> None:
    assert len(snapshot([made(inode=5), made(inode=5), made(inode=6)]).sockets) == 2


def test_the_order() -> None:
    udp = Protocol.UDP
    sockets = [made(80), made(53, protocol=udp), made(53, address="127.0.0.53"), made(53, address="10.0.0.1")]
    assert [(each.port, each.protocol, each.address) for each in snapshot(sockets).sockets] == [
        (53, "tcp", "10.0.0.1"),
        (53, "tcp", "127.0.0.53"),
        (53, "udp", "0.0.0.0"),
        (80, "tcp", "0.0.0.0"),
    ]

"""Why an owner may be out of sight; the namespaces are in test_linux_source."""

import os
from collections.abc import Callable

import pytest

from portview.sockets.records import HiddenReason
from portview.sockets.visibility import blind_spot, remedy


@pytest.mark.parametrize("denied", [False, True])
def test_an_ordinary_user_lacks_root_first_of_all(
    root: None, forked: Callable[..., tuple[int, object]], denied: bool
) -> None:
    _, reason = forked(lambda: blind_spot(denied=denied), uid=65534)
    assert reason is HiddenReason.NOT_ROOT


def test_root_may_be_denied(root: None) -> None:
    assert blind_spot(denied=True) is HiddenReason.DENIED


def test_root_in_the_first_namespace_sees_all(root: None) -> None:
    if os.readlink("/proc/self/ns/pid") != "pid:[4026531836]":
        pytest.skip("in another PID namespace")
    assert blind_spot() is None


@pytest.mark.parametrize(
    ("reason", "command"),
    [
        (HiddenReason.NOT_ROOT, "sudo portview ls"),
        (HiddenReason.DENIED, None),
        (HiddenReason.OTHER_NAMESPACE, None),
        (HiddenReason.NO_PROCFS, None),
    ],
)
def test_root_is_advised_only_where_it_helps(reason: HiddenReason, command: str | None) -> None:
    assert remedy(reason) == command

import pytest

from portview.diagnose.listener import hidden_note, refused_note
from portview.sockets.records import Hidden, HiddenReason, Snapshot


def test_nothing_hidden_needs_no_note() -> None:
    assert hidden_note(Hidden()) is None


@pytest.mark.parametrize("reason", HiddenReason)
def test_every_reason_has_words(reason: HiddenReason) -> None:
    note = hidden_note(Hidden(12, reason, None))
    assert note is not None
    assert "hidden: 12;" in note


def test_the_remedy_is_named_where_there_is_one() -> None:
    note = hidden_note(Hidden(1, HiddenReason.NOT_ROOT, "sudo portview ls"))
    assert note is not None
    assert note.endswith("sudo portview ls")


def test_what_cannot_be_counted_is_not_given_a_number() -> None:
    note = hidden_note(Hidden(None, HiddenReason.NO_PROCFS, None))
    assert note is not None
    assert "None" not in note


def test_a_refused_source_is_named_with_its_errno() -> None:
    assert refused_note(Snapshot((), Hidden(), "netlink")) is None
    note = refused_note(Snapshot((), Hidden(), "proc", refused="EPERM"))
    assert note is not None
    assert "(EPERM)" in note

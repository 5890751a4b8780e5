"""Who speaks what, and first, is known by the names of the services' table."""

import pytest

from portview.knowledge.speech import greets_first, is_ssh, is_web, usual_speech, waits_for_client
from portview.vocabulary import Protocol


def test_who_speaks_first() -> None:
    assert greets_first("ssh")
    assert not waits_for_client("ssh")
    assert waits_for_client("https")
    assert waits_for_client("smb")
    assert not greets_first("https")
    assert not greets_first(None)
    assert not waits_for_client(None)
    assert usual_speech("no such service") is None
    assert usual_speech("smb") == "SMB"
    assert usual_speech("ldap") is None
    assert usual_speech("https") == usual_speech("imaps") == "TLS"


def test_what_tls_carries() -> None:
    assert is_web("https")
    assert is_web(None)
    assert not is_web("imaps")


@pytest.mark.parametrize("port", [22, 2222, 22222])
def test_where_ssh_is_usual(port: int) -> None:
    assert is_ssh(port, Protocol.TCP)
    assert not is_ssh(port, Protocol.UDP)
    assert not is_ssh(port + 1, Protocol.TCP)

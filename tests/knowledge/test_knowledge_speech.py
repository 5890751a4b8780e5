"""Who speaks what, and first, is known by the names of the services' table."""

from portview.knowledge.speech import greets_first, is_web, usual_speech, waits_for_client


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

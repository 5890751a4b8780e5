"""Who speaks what, and first, is known by the names of the services' table."""

from portview.knowledge import speech
from portview.knowledge.services import services
from portview.knowledge.speech import greets_first, is_web, usual_speech, waits_for_client


def test_each_name_is_a_service() -> None:
    names = {service.name for service in services().values()}
    assert set(speech._SPEECH_OF) <= names
    assert names >= speech._NO_WEB
    assert names >= speech._ALSO_WAITS


def test_who_speaks_first() -> None:
    assert greets_first("ssh")
    assert not waits_for_client("ssh")
    assert waits_for_client("https")
    assert waits_for_client("smb")
    assert not greets_first("https")
    assert not greets_first(None)
    assert not waits_for_client(None)
    assert usual_speech("no such service") is None


def test_what_tls_carries() -> None:
    assert is_web("https")
    assert is_web(None)
    assert not is_web("imaps")

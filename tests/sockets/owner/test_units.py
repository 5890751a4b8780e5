"""systemd's unit files: sockets that start services, and what brings a service back."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from portview.sockets.owner.records import Activation
from portview.sockets.owner.units import activations, restarts
from portview.vocabulary import Protocol


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, ...]:
    etc, lib = tmp_path / "etc", tmp_path / "lib"
    for folder in (etc, lib):
        folder.mkdir()
    (lib / "ssh.socket").write_text("[Socket]\nListenStream=22\nAccept=no\n")
    (etc / "ssh.socket.d").mkdir()
    (etc / "ssh.socket.d" / "port.conf").write_text("[Socket]\nListenStream=\nListenStream=0.0.0.0:2222\n")
    (lib / "cups.socket").write_text(
        "[Socket]\n#ListenStream=9\nListenStream=/run/cups.sock\nListenStream=[::1]:631\n"
    )
    (lib / "echo.socket").write_text("[Socket]\nListenDatagram=7\nService=reply.service\n")
    (lib / "old.socket").write_text("[Socket]\nListenStream=\\\n 79\nAccept=Yes\n")
    (lib / "web.service").write_text("[Service]\nRestart=no\n")
    (etc / "web.service").write_text("[Service]\nRestart=on-failure\n")
    (lib / "job@.service").write_text("[Service]\nRestart=always\n")
    return etc, lib


@pytest.mark.parametrize(
    ("place", "activation"),
    [
        ((Protocol.TCP, 2222), Activation("ssh.socket", "ssh.service")),
        ((Protocol.TCP, 631), Activation("cups.socket", "cups.service")),
        ((Protocol.UDP, 7), Activation("echo.socket", "reply.service")),
        ((Protocol.TCP, 79), Activation("old.socket", "old@.service")),
        ((Protocol.TCP, 22), None),
        ((Protocol.TCP, 9), None),
    ],
)
def test_a_socket_unit_names_its_service(
    folders: tuple[Path, ...], place: tuple[Protocol, int], activation: Activation | None
) -> None:
    assert activations(folders).get(place) == activation


@pytest.mark.parametrize(
    ("unit", "word"),
    [
        ("web.service", "on-failure"),
        ("job@7.service", "always"),
        ("nowhere.service", None),
        ("../etc/web.service", None),
    ],
)
def test_what_brings_a_service_back(folders: tuple[Path, ...], unit: str, word: str | None) -> None:
    assert restarts(unit, folders) == word


def test_folders_that_are_closed_to_this_user_say_nothing(
    root: None, forked: Callable[..., tuple[int, object]]
) -> None:
    with TemporaryDirectory() as closed:  # of mode 0700
        folder = Path(closed)
        (folder / "web.service").write_text("[Service]\nRestart=always\n")
        (folder / "web.service.d").mkdir()
        assert restarts("web.service", (folder,)) == "always"
        assert forked(lambda: (restarts("web.service", (folder,)), activations((folder,))), 54321)[1] == (
            None,
            {},
        )

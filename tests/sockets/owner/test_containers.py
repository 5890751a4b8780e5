"""Names of containers from a runtime's socket: a real server on a real unix socket."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from portview.sockets.owner import containers
from portview.sockets.owner.containers import known_containers
from portview.sockets.owner.records import Container, Published, Runtime
from portview.vocabulary import Protocol

ID = "ab" * 32
LISTED = [
    {
        "Id": ID,
        "Names": ["/web\x1b[2J"],
        "Image": "nginx:1",
        "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2", "GlobalIPv6Address": ""}}},
        "Ports": [
            {"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
            {"PrivatePort": 53, "PublicPort": 5353, "Type": "udp"},
            {"PrivatePort": 443, "Type": "tcp"},
            {"PrivatePort": 9, "PublicPort": 9, "Type": "sctp"},
            "nonsense",
        ],
    }
]


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Callable[[bytes], Path]]:
    """`runtime(body)` starts a server that answers every request with `body` and gives its socket."""
    servers: list[socketserver.BaseServer] = []

    def start(body: bytes) -> Path:
        class Answer(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                asked = self.rfile.readline()
                assert asked == b"GET /containers/json HTTP/1.1\r\n"
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        path = tmp_path / f"{len(servers)}.sock"
        server = socketserver.UnixStreamServer(str(path), Answer)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return path

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_runtime_names_its_containers(runtime: Callable[[bytes], Path]) -> None:
    path = runtime(json.dumps(LISTED).encode())
    assert known_containers([(path, Runtime.PODMAN)])[ID] == Container(
        Runtime.PODMAN,
        ID,
        r"web\x1b[2J",
        "nginx:1",
        addresses=("172.17.0.2",),
        published=(
            Published("127.0.0.1", 8080, Protocol.TCP, 80),
            Published("0.0.0.0", 5353, Protocol.UDP, 53),
        ),
    )


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff", b'{"message": "no"}', b'[{"Names": 3}]'])
def test_nonsense_names_nothing(runtime: Callable[[bytes], Path], body: bytes) -> None:
    assert not any(one.name for one in known_containers([(runtime(body), Runtime.DOCKER)]).values())


def test_a_socket_that_nobody_serves_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert known_containers([(tmp_path / "file", Runtime.DOCKER), (tmp_path / "gone", Runtime.DOCKER)]) == {}


def test_a_user_without_a_home_may_lack_the_right_to_look(
    root: None, forked: Callable[..., tuple[int, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with /run/podman, which is root's alone; and in a container with a user of its own."""
    monkeypatch.delenv("HOME", raising=False)
    with TemporaryDirectory() as closed:  # of mode 0700
        sockets = [(Path(closed) / "podman.sock", Runtime.PODMAN)]
        _, known = forked(lambda: known_containers(sockets), 54321)
    assert isinstance(known, dict)


def test_the_runtimes_files_name_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ID).mkdir()
    (tmp_path / ID / "config.v2.json").write_text(
        '{"Name": "/db", "Config": {"Image": "pg"},'
        ' "NetworkSettings": {"Networks": {"b": {"IPAddress": "172.17.0.3"}}}}'
    )
    listed = tmp_path / "containers.json"
    listed.write_text(json.dumps([{"id": "cd" * 32, "names": ["pod"]}, 7]))
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / f"web-0_shop_nginx-{'ef' * 32}.log").touch()
    monkeypatch.setattr(containers, "_DOCKER_FILES", tmp_path)
    monkeypatch.setattr(containers, "_PODMAN_FILES", listed)
    monkeypatch.setattr(containers, "_KUBERNETES_LOGS", logs)
    known = known_containers([])
    assert known[ID] == Container(Runtime.DOCKER, ID, "db", "pg", addresses=("172.17.0.3",))
    assert known["cd" * 32].name == "pod"
    assert known["ef" * 32].name == "shop/web-0/nginx"

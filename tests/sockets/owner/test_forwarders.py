"""What stands behind a forwarder: told by its arguments or its configuration, or not at all."""

import os
from pathlib import Path

import pytest

from portview.sockets.owner.forwarders import forward_of
from portview.sockets.owner.proxy_configs import haproxy_targets, nginx_targets
from portview.sockets.owner.records import Forward, How, Process


def process(name: str, *arguments: str) -> Process:
    return Process(1, None, name, 1, arguments)


DOCKER = (
    "docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80"
)


@pytest.mark.parametrize(
    ("name", "command", "targets"),
    [
        ("docker-proxy", DOCKER, ("172.17.0.2:80",)),
        ("docker-proxy", DOCKER.replace("172.17.0.2", "fd00::2"), ("[fd00::2]:80",)),
        ("rootlesskit-doc", DOCKER, ("172.17.0.2:80",)),
        ("ssh", "ssh -fN -L 8080:db.lan:5432 host", ("db.lan:5432",)),
        ("ssh", "ssh -NfL8080:[fd00::1]:80 host", ("[fd00::1]:80",)),
        ("ssh", "ssh -p 22 -L *:8080:10.0.0.1:80 -L 9:a:1 host", ("10.0.0.1:80",)),
        ("ssh", "ssh -L [::1]:8080:localhost:80 host", ("localhost:80",)),
        ("socat", "socat TCP-LISTEN:8080,fork,reuseaddr TCP:10.0.0.1:80,nodelay", ("TCP:10.0.0.1:80",)),
        ("socat", "socat -d TCP4:10.0.0.1:80 tcp6-l:8080", ("TCP4:10.0.0.1:80",)),
    ],
)
def test_arguments_that_name_the_target(name: str, command: str, targets: tuple[str, ...]) -> None:
    forward = forward_of(process(name, *command.split()), 8080)
    assert forward is not None
    assert forward.targets == targets
    assert forward.told_by == "arguments"


@pytest.mark.parametrize(
    ("name", "command", "how"),
    [
        ("rootlessport", "rootlessport", How.CONTAINER),
        ("kube-proxy", "kube-proxy --config=/x", How.KUBERNETES),
        ("frps", "frps -c /nowhere/frps.toml", How.FRP),
        ("frpc", "frpc", How.FRP),
        ("ssh", "ssh -D 127.0.0.1:8080 host", How.SSH_DYNAMIC),
        ("ssh", "ssh -ND8080 host", How.SSH_DYNAMIC),
    ],
)
def test_a_target_that_nobody_tells_stays_unknown(name: str, command: str, how: How) -> None:
    forward = forward_of(process(name, *command.split()), 8080)
    assert forward is not None
    assert (forward.how, forward.targets) == (how, ())


def test_a_session_of_sshd_listens_for_its_client_and_the_master_for_itself() -> None:
    session = forward_of(process("sshd", "sshd: alice@pts/0"), 8080)
    assert session == Forward(How.SSH_REMOTE, "sshd", (), "arguments")
    assert forward_of(process("sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"), 22) is None


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("docker-proxy", DOCKER),
        ("docker-proxy", "docker-proxy"),
        ("ssh", "ssh -L 8080:db:5432 host"),
        ("ssh", "ssh -L nonsense host"),
        ("ssh", "ssh -L"),
        ("socat", "socat TCP-LISTEN:8080 TCP:10.0.0.1:80"),
        ("socat", "socat -V"),
        ("nginx", "nginx: master process nginx -c /nowhere/nginx.conf"),
        ("postgres", "postgres -D /data"),
    ],
)
def test_another_port_or_another_program_is_no_forward(name: str, command: str) -> None:
    assert forward_of(process(name, *command.split()), 7) is None


def test_nginx_in_stream_and_http_with_includes(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "web.conf").write_text(
        'server { listen 80; listen [::]:80; server_name "a;b";'
        " location / { proxy_pass http://10.0.0.2:3000; } }"
        "server { listen 81; proxy_pass other; }"
    )
    main = tmp_path / "nginx.conf"
    main.write_text(
        "# listen 9;\nevents {}\nhttp { include conf.d/*.conf; include nginx.conf; }\n"
        "stream { server { listen 0.0.0.0:5432; proxy_pass db.lan:5432; }"
        " server { listen unix:/x; proxy_pass y; } server { listen 10.0.0.1; proxy_pass z; } }"
    )
    assert set(nginx_targets(str(main))) == {
        (80, "http://10.0.0.2:3000"),
        (81, "other"),
        (5432, "db.lan:5432"),
        (80, "z"),
    }
    for name in ("nginx", "nginx: worker"):
        forward = forward_of(process(name, "nginx:", "master", "nginx", "-c", str(main)), 5432)
        assert forward == Forward(How.PROXY, name, ("db.lan:5432",), str(main))
    titled = forward_of(process("nginx", f"nginx: master process nginx -c {main}"), 5432)
    assert titled == Forward(How.PROXY, "nginx", ("db.lan:5432",), str(main))


def test_haproxy_frontends_backends_and_listen_sections(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(
        "frontend web\n bind *:443 ssl # bind :9\n use_backend api if x\n default_backend app\n"
        "backend app\n server a 10.0.0.3:8080 check\n server b 10.0.0.4:8080\n"
        "backend api\n server c 10.0.0.5:80\nlisten db\n bind :3306,:3307\n server d 10.0.0.6:3306\n"
    )
    found = list(haproxy_targets(str(path)))
    assert [target for port, target in found if port == 443] == [
        "10.0.0.5:80",
        "10.0.0.3:8080",
        "10.0.0.4:8080",
    ]
    assert {port for port, target in found if target == "10.0.0.6:3306"} == {3306, 3307}
    assert len(found) == 5
    forward = forward_of(process("haproxy", "haproxy", "-f", str(path)), 3307)
    assert forward == Forward(How.PROXY, "haproxy", ("10.0.0.6:3306",), str(path))


def test_kube_proxys_own_ports_are_no_doors() -> None:
    assert forward_of(process("kube-proxy"), 10256) is None
    assert forward_of(process("kube-proxy"), 30080) == Forward(How.KUBERNETES, "kube-proxy")


CLIENTS = {
    "toml": """serverAddr = "203.0.113.1"\nserverPort = 7001\nwebServer.port = 7400\nauth.token = "hunter2"
[[visitors]]\nname = "v"\ntype = "stcp"\nserverName = "db"\nbindPort = 6000\n""",
    "ini": """[common]\nserver_addr = 203.0.113.1\nserver_port = 7001\nadmin_port = 7400\ntoken = hunter2
[v]\ntype = stcp\nrole = visitor\nserver_name = db\nbind_port = 6000
[ssh]\ntype = tcp\nlocal_port = 22\nremote_port = 6001\n""",
}
SERVERS = {
    "toml": "kcpBindPort = 7002\nvhostHTTPPort = 8080\nwebServer.port = 7500\n",
    "ini": "[common]\nkcp_bind_port = 7002\nvhost_http_port = 8080\ndashboard_port = 7500\n",
}


@pytest.mark.parametrize("form", CLIENTS)
def test_the_visitors_of_an_frp_client(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"frpc.{form}"
    path.write_text(CLIENTS[form])
    frpc = process("frpc", "frpc", "-c", str(path))
    told = Forward(How.FRP, "frpc", ("db (by 203.0.113.1:7001)",), str(path))
    assert forward_of(frpc, 6000) == told
    assert forward_of(process("frpc", "frpc", f"--config={path}"), 6000) == told
    assert forward_of(frpc, 7400) is None
    assert forward_of(frpc, 6001) == Forward(How.FRP, "frpc")


@pytest.mark.parametrize("form", SERVERS)
def test_an_frp_server_has_ports_of_its_own_and_opens_others_for_its_clients(
    tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"frps.{form}"
    path.write_text(SERVERS[form])
    frps = process("frps", "frps", "-c", str(path))
    assert [port for port in (7000, 7002, 7500, 8080, 6000) if forward_of(frps, port)] == [8080, 6000]


@pytest.mark.parametrize(
    "text", ["", "{{ .Envs.X }}", "visitors = 3", "[[visitors]]\nbindPort = 6000", "[v\n"]
)
def test_an_frp_configuration_that_says_nothing_leaves_it_unknown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "frpc.toml"
    path.write_text(text)
    assert forward_of(process("frpc", "frpc", "-c", str(path)), 6000) == Forward(How.FRP, "frpc")


@pytest.mark.parametrize(
    "text", ["", "}}}{{{", "server {", 'include "', "\x00\xff", "listen;", "bind\nserver\n"]
)
def test_a_broken_configuration_tells_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken"
    path.write_text(text)
    assert list(nginx_targets(str(path))) == []
    assert list(haproxy_targets(str(path))) == []


def test_only_plain_files_of_root_or_oneself_are_read(tmp_path: Path) -> None:
    config = "stream { server { listen 80; proxy_pass db; } }"
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "mine").write_text(config)
    (tmp_path / "theirs").write_text(config)
    assert list(nginx_targets(str(tmp_path / "pipe"))) == []
    assert list(nginx_targets("/dev/zero")) == []
    assert list(nginx_targets(str(tmp_path))) == []
    assert list(nginx_targets(str(tmp_path / "mine"))) == [(80, "db")]
    if os.geteuid() == 0:
        os.chown(tmp_path / "theirs", 65534, 65534)
        assert list(nginx_targets(str(tmp_path / "theirs"))) == []

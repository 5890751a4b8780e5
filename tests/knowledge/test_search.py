"""A new user finds what they came for: by number, name, product, message, risk or question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.knowledge.load import risk_texts
from portview.knowledge.search import answer, each, exact, search
from portview.vocabulary import Protocol


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("5244", "5244/tcp"),
        ("openlist", "5244/tcp"),
        ("飞牛", "5666/tcp fnos"),
        ("fnos", "5666/tcp fnos"),
        ("群晖", "5000/tcp"),
        ("青龙面板", "5700/tcp"),
        ("宝塔", "8888/tcp bt-panel"),
        ("lucky", "16601/tcp"),
        ("ddns-go", "9876/tcp"),
        ("v2raya", "2017/tcp"),
        ("1panel", "10086/tcp"),
        ("qnap", "8080/tcp qnap"),
        ("极空间", "5055/tcp zspace"),
        ("emby", "8096/tcp"),
        ("wireguard", "51820/udp"),
        ("gitea", "3000/tcp gitea"),
        ("53 udp", "53/udp"),
        ("udp dns", "53/udp"),
        ("refused", "refused"),
        ("what does refused mean?", "refused"),
        ("can two programs share a port?", "share-a-port"),
        ("SO_REUSEPORT", "share-a-port"),
        ("can one process have several ports", "several-ports"),
        ("TIME_WAIT", "program-ends"),
        ("which ports can I use?", "my-ports"),
        ("0-1023", "port-ranges"),
        ("32768-60999", "ephemeral-ports"),
        ("ephemeral", "ephemeral-ports"),
        ("icmp port", "no-ports"),
        ("why do hackers scan ports", "why-scan"),
        ("well-known ports", "find-ports"),
        ("check from outside", "from-outside"),
        ("it works on the server itself", "works-locally"),
        ("is udp insecure?", "udp-or-tcp"),
        ("nc -zvu", "nc-udp"),
        ("how do I find who uses a port?", "ss"),
        ("nmap 1000 ports", "nmap"),
        ("telnet by hand", "telnet-by-hand"),
        ("tencent cloud", "tencent-cloud"),
        ("阿里云", "alibaba-cloud"),
        ("home broadband in china", "home-broadband-in-china"),
        ("err_unsafe_port", "browser_unsafe_port"),
        ("备案", "icp_filing_missing"),
        ("443 by hand", "443/tcp by hand"),
        ("53/udp by hand", "53/udp by hand"),
        ("connection closed by foreign host", "closed_by_peer"),
        # Half typed: what is shortest is meant.
        ("Connection refu", "refused"),
        ("jelly", "8096/tcp"),
    ],
)
def test_the_first_answer(query: str, first: str) -> None:
    assert search(query)[0].id == first


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("port forwarding", "forward-a-port"),
        ("nat", "forward-a-port"),
        ("router", "forward-a-port"),
        ("how to open a port in ufw", "open-a-port"),
        ("how do I allow port 443 in firewalld", "443/tcp"),
        ("reverse proxy", "reverse-proxy"),
        ("dynamic dns", "dynamic-dns"),
        ("what listens on port 80", "80/tcp"),
        ("what listens on 80?", "80/tcp"),
        ("who uses 53/udp here", "53/udp"),
        ("minecraft server", "25565/tcp"),
        ("curl: (7) Failed to connect to nas.lan port 80: No route to host", "unreachable"),
        ("can 2 programs share a port", "share-a-port"),
        ("nmap 1000 ports", "nmap"),
        ("ssh root@10.0.0.1:22", "22/tcp"),
        ("truenas", "80/tcp nas-page"),
        ("群晖", "5000/tcp"),
        ("minecraft port", "25565/tcp"),
        ("curl: (35) error:0A00010B:SSL routines::wrong version number", "tls_not_expected"),
        ("curl: (7) Failed to connect to nas.lan port 8080: Couldn't connect to server", "refused"),
        ("ERROR 2003 (HY000): Can't connect to MySQL server on 'db' (110)", "timed_out"),
        ("ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (113)", "unreachable"),
        ('Can\'t connect to MySQL server on "db" (110 "Connection timed out")', "timed_out"),
        ("ERROR 2003 (HY000): Can't connect to MySQL server on 'db'", "refused"),
        ("ERROR 2003 (HY000): Can't connect to MySQL server on '10.0.0.3:3306' (111)", "refused"),
        ("dial tcp 10.0.0.5:6379: i/o timeout", "timed_out"),
        ("dial tcp: lookup nas.lan: no such host", "name_not_resolved"),
        ("read ECONNRESET", "closed_by_peer"),
        ("Error: listen EADDRINUSE: address already in use :::3000", "port-in-use"),
        ("Bind for 0.0.0.0:80 failed: port is already allocated.", "port-in-use"),
        ("port 53 in use", "port-in-use"),
        ("端口被占用", "port-in-use"),
        ("CLOSE_WAIT", "connection-states"),
        ("ping works but port closed", "ping-and-ports"),
        ("open port but cannot connect from outside", "not-reachable"),
        ("port 465 or 587", "mail-ports"),
        ("504 gateway timeout", "est_http_502_503_504"),
        # Messages that are no matter of ports, and say so.
        ("Received disconnect from 10.0.0.5 port 22:2: Too many authentication failures", "ssh-messages"),
        ("Host key verification failed.", "ssh-messages"),
        ("root@10.0.0.5: Permission denied (publickey).", "ssh-messages"),
        ("kex_exchange_identification: read: Connection reset by peer", "ssh-messages"),
        ("client_loop: send disconnect: Broken pipe", "ssh-messages"),
        (
            "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/x.sock' (2)",
            "socket-files",
        ),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "socket-files"),
        ("ERROR 1045 (28000): Access denied for user 'root'@'10.0.0.9'", "login-messages"),
        ("404 not found", "http-status"),
        ("NET::SEC_ERROR_UNKNOWN_ISSUER", "certificate-warning"),
        # What programs print.
        ("PR_END_OF_FILE_ERROR", "est_reset_after_client_data"),
        (
            "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to a.lan:443",
            "est_reset_after_client_data",
        ),
        (
            "curl: (28) Failed to connect to 10.0.0.5 port 443 after 9 ms: Couldn't connect to server",
            "timed_out",
        ),
        ("curl: (52)", "closed_by_peer"),
        ("connect ECONNREFUSED 127.0.0.1:5432", "localhost-refused"),
        ("dial tcp [::1]:5432: connect: connection refused", "refused"),
        ("Error: listen EACCES: permission denied 0.0.0.0:80", "cannot-listen"),
        ("nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)", "cannot-listen"),
        ("listen tcp 10.0.0.9:80: bind: cannot assign requested address", "cannot-listen"),
        ("[WinError 10061] No connection could be made", "refused"),
        ("connect() failed (111: Connection refused) while connecting to upstream", "backend_down"),
        ("http: server gave HTTP response to HTTPS client", "tls_not_expected"),
        ("nginx.service: Failed with result 'exit-code'", "service_crashed"),
        ("TLS key negotiation failed to occur within 60 seconds", "vpn-ports"),
        ("WebSocket connection to 'wss://nas.lan/ws' failed:", "websocket"),
        ("mount error(113): could not connect to 10.0.0.5", "network-drive"),
        ("ERR_PROXY_CONNECTION_FAILED", "proxy-variables"),
        ("error 522", "cloudflare-ports"),
        # Products and plain words.
        ("iStoreOS", "soft-router"),
        ("cloudflare ports", "cloudflare-ports"),
        ("samba port", "445/tcp"),
        ("what is the default port of redis?", "6379/tcp"),
        ("plex not reachable", "not-reachable"),
        ("wireguard not connecting", "vpn-ports"),
        ("port knocking", "port-knocking"),
        ("no_proxy", "proxy-variables"),
        ("NAT type", "nat-type"),
        ("how do I close a port", "close-a-port"),
        ("nas", "nas-ports"),
        # Chinese, which has no spaces between its words.
        ("爱快", "soft-router"),
        ("25端口", "25/tcp"),
        ("jellyfin端口是多少\uff1f", "8096/tcp"),
        ("群晖端口", "5000/tcp"),
        ("8080端口被占用怎么办", "port-in-use"),
        ("为什么连接被拒绝", "refused"),
        ("飞牛连不上", "not-reachable"),
        ("双重NAT", "double_nat"),
    ],
)
def test_what_answers_a_question(question: str, entry: str) -> None:
    found = answer(question)
    assert found is not None
    assert found.id == entry


@pytest.mark.parametrize(
    "question", ["pizza recipe", "weather in berlin", "how do I reset my password", "water", "is ::1 mine"]
)
def test_what_only_shares_a_word_answers_nothing(question: str) -> None:
    assert answer(question) is None


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("22,80", ["22/tcp", "80/tcp"]),
        ("22 80", ["22/tcp", "80/tcp"]),
        ("53/udp; 8000-8010", ["53/udp", "8000-8010"]),
        ("22 22", ["22/tcp"]),
        ("22", []),
        ("53 udp", []),
        ("22 ssh", []),
        ("ports 22 and 80", ["22/tcp", "80/tcp"]),
        ("8080 vs 8443?", ["8080/tcp", "8443/tcp"]),
        ("22 to 80", []),
        ("80 443 in use", []),
    ],
)
def test_a_list_of_ports(query: str, ids: list[str]) -> None:
    assert [entry.id for entry in each(query)] == ids
    if ids:
        assert [entry.id for entry in search(query)] == ids


def test_a_range_lists_its_ports_after_its_own_page() -> None:
    first, *ports = search("8000-8010")
    assert (first.kind, first.id) == ("range", "8000-8010")
    assert ports
    assert all(entry.port is not None and 8000 <= entry.port <= 8010 for entry in ports)
    assert search("ports 8000 to 8010") == search("8000-8010")


@pytest.mark.parametrize("query", ["10-5", "1-70000", "99999-100000"])
def test_what_is_no_range(query: str) -> None:
    assert exact(query) is None


def test_transport_and_risk_choose_ports() -> None:
    udp = search("udp")
    assert {entry.protocol for entry in udp} == {Protocol.UDP}
    high = search("risk:high udp")
    assert high
    for entry in high:
        assert entry.protocol is Protocol.UDP
        assert entry.risk is not None
        assert risk_texts()[entry.risk].level == "high"
    assert {entry.risk for entry in search("risk:redis")} == {"redis"}
    assert {entry.port for entry in search("8000-9000 risk:camera")} == {8000, 8554, 8765, 8971}
    assert "8006/tcp" in [entry.id for entry in search("risk: proxmox")]
    assert search("risk:nonsense") == ()


def test_a_transport_in_a_question_chooses_nothing() -> None:
    assert search("can tcp and udp use the same port number")[0].id == "tcp-and-udp"


@given(st.text(max_size=40))
def test_every_text_can_be_searched(text: str) -> None:
    found = search(text)
    assert len(found) <= 200
    assert len({entry.id for entry in found}) == len(found)
    named = exact(text)
    assert named is None or found[0] == named
    answered = answer(text)
    assert answered is None or answered in (*found, named)

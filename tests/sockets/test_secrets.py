"""Command lines as people start servers, with and without secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.sockets.secrets import masked


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("app --password=hunter2 --port 80", "app --password=*** --port 80"),
        ("app --db-password hunter2 -v", "app --db-password *** -v"),
        ("PGPASSWORD=x psql", "PGPASSWORD=*** psql"),
        ("curl https://bob:s3cret@host/x", "curl https://bob:***@host/x"),
        ("git https://ghp_0123456789abcdef@host/x", "git https://***@host/x"),
        ("x postgres://u:p@h:5432/db", "x postgres://u:***@h:5432/db"),
        ("app --api-key 'two words' -v", "app --api-key *** -v"),
        ("app '--api-key=two words' -v", "app '--api-key=***' -v"),
        ("app 'password=two words' x", "app 'password=***' x"),
        ("mysql -u root -phunter2 db", "mysql -u root -p*** db"),
        ("/usr/bin/mysqldump -p hunter2", "/usr/bin/mysqldump -p ***"),
        ("sshpass -p hunter2 ssh h", "sshpass -p *** ssh h"),
        ("redis-cli -a hunter2", "redis-cli -a ***"),
        ("curl -H Authorization: Bearer abcdefghijk", "curl -H Authorization: Bearer ***"),
        ('x "secret": "a b" y', 'x "secret": *** y'),
        ("x --api-key=abc --access_token abc", "x --api-key=*** --access_token ***"),
        (
            "java -Djavax.net.ssl.keyStorePassword=abc -jar x",
            "java -Djavax.net.ssl.keyStorePassword=*** -jar x",
        ),
        ("redis-server --requirepass hunter2", "redis-server --requirepass ***"),
    ],
)
def test_secrets_are_masked(command: str, shown: str) -> None:
    assert masked(command) == shown


@pytest.mark.parametrize(
    "command",
    [
        "ssh -p 22 host",
        "nginx: master process /usr/sbin/nginx -g daemon on;",
        "redis-server *:6379",
        "x --passive y",
        "x author=me --pass-through y",
        "app --token -v",
        "git http://alice@host/x",
        "socat TCP-LISTEN:80 TCP:10.0.0.1:80",
        "",
    ],
)
def test_the_rest_stays_as_it_is(command: str) -> None:
    assert masked(command) == command


@given(st.text(), st.text())
def test_any_text_can_be_masked(before: str, after: str) -> None:
    assert (
        "hunter2hunter2"
        not in masked(f"{before} --password=hunter2hunter2 {after}").partition("--password=")[2]
    )

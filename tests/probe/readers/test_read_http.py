"""The head of an HTTP response, as servers really send it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.probe.readers.http import read_http
from portview.probe.talk_records import HttpAnswer
from portview.text import clean


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n", HttpAnswer(200, "OK", "nginx")),
        (b"HTTP/1.0 404 Not Found\nserver:x\n\n", HttpAnswer(404, "Not Found", "x")),
        (b"HTTP/1.1 503 \r\n\r\n", HttpAnswer(503)),
        (b"HTTP/1.1 204\r\n\r\n", HttpAnswer(204)),
        (b"HTTP/2 200\r\n", HttpAnswer(200)),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://a.example/\r\nLocation: http://b/\r\n\r\nServer: x",
            HttpAnswer(302, "Found", None, "http://a.example/"),
        ),
        (b"HTTP/1.1 200 O", HttpAnswer(200, "O")),
        (b"HTTP/1.1 200 \x1b[31m\r\n\r\n", HttpAnswer(200, "\\x1b[31m")),
        (b"HTTP/1.1 2", None),
        (b"HTTP/1.1 099 no\r\n", None),
        (b"<html>HTTP/1.1 200 OK", None),
        (b"SSH-2.0-x\r\n", None),
        (b"", None),
    ],
)
def test_head(data: bytes, answer: HttpAnswer | None) -> None:
    assert read_http(data) == answer


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: b"HTTP/1.1 200" + rest))
def test_any_bytes_are_read(data: bytes) -> None:
    answer = read_http(data)
    assert answer is None or 100 <= answer.status <= 999
    for text in (answer.reason, answer.server, answer.location) if answer else ():
        assert text is None or clean(text) == text

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portview.sockets.command_line import in_one_line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("nginx: master process nginx -g daemon off;",), "nginx: master process nginx -g daemon off;"),
        (("sshd: alice [priv]", "", "", ""), "sshd: alice [priv]"),
        (("redis-server", "*:6379"), "redis-server *:6379"),
        (("app", "--key", "two words"), "app --key 'two words'"),
        (("app", "it's so"), """app 'it'"'"'s so'"""),
        ((), ""),
    ],
)
def test_only_white_space_is_quoted(arguments: tuple[str, ...], line: str) -> None:
    assert in_one_line(arguments) == line


@given(st.lists(st.text("ab \t=-", min_size=1).filter(str.strip), min_size=2))
def test_a_shell_takes_it_apart_again(arguments: list[str]) -> None:
    assert [one.strip() for one in shlex.split(in_one_line(arguments))] == [one.strip() for one in arguments]

"""What of a socket can be copied, and the report about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portview.sockets.records import Hidden, LocalSocket, Owner, Snapshot
from portview.tui.services import Services

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


@pytest.mark.parametrize(
    ("key", "copied"),
    [
        ("Y", "tcp 0.0.0.0:22  LISTEN  root  sshd  812  ssh"),
        ("c", "/usr/sbin/sshd -D"),
        ("P", "812"),
    ],
)
def test_a_row_a_command_line_and_a_pid_can_be_copied(play: Play, key: str, copied: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(key)
        assert stage.app.clipboard == copied

    play(story)


def test_a_long_command_line_is_copied_whole_and_told_in_short(
    play: Play, prepared: Services, socket_like: Callable[..., LocalSocket]
) -> None:
    command = f"/usr/bin/server --root {'/very-long' * 9} --bind 127.0.0.1"
    one = replace(socket_like(22, "server"), owners=(Owner(812, "server", command, "root"),))

    async def story(stage: Stage) -> None:
        await stage.press("c")
        assert stage.app.clipboard == command
        await stage.until(lambda: stage.told.endswith("/very-long/very-…"))

    play(story, replace(prepared, snapshot=lambda _: Snapshot((one,), Hidden(), "proc")))


def test_the_report_is_written_once_and_holds_no_secrets(
    play: Play,
    prepared: Services,
    socket_like: Callable[..., LocalSocket],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    owner = Owner(812, "app", "app --password=hunter2 [/x]", "root")
    snapshot = Snapshot((replace(socket_like(22, "app"), owners=(owner,)),), Hidden(), "proc")

    async def story(stage: Stage) -> None:
        await stage.press("e")
        path = tmp_path / "portview-22-tcp-20240501-140300.txt"
        text = path.read_text(encoding="utf-8")
        assert "--password=*** [/x]" in text
        assert "hunter2" not in text
        assert '"scope": "every_address"' in text
        await stage.press("e")
        await stage.until(lambda: "File exists" in stage.text)
        assert path.read_text(encoding="utf-8") == text

    play(story, replace(prepared, snapshot=lambda _: snapshot))

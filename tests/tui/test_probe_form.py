from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from textual import events

from portview.probe.records import Target
from portview.vocabulary import Protocol

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]


def knocks(stage: Stage) -> list[str]:
    return [knock.ended or "running" for knock in stage.pane.rows.items]


async def knock_at(stage: Stage, host: str) -> None:
    await stage.press("2")
    if not stage.field("#host").has_focus:
        await stage.press("slash")
    await stage.type(host)
    await stage.press("enter")


def test_the_form_is_where_typing_goes_first(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        assert stage.field("#host").has_focus
        await stage.type("nas.lan")
        await stage.press("tab")
        await stage.type("445")
        await stage.press("enter")
        await stage.until(lambda: knocks(stage) == ["refused"])
        assert stage.pane.rows.has_focus
        assert "✗ Connection refused by nas.lan" in stage.text
        assert "nas.lan:445" in stage.text

    play(story)


def test_an_empty_port_is_a_hint_and_no_value(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        assert "Port e.g. 443" in stage.text
        assert stage.field("#port").value == ""

    play(story)


@pytest.mark.parametrize("typed", ["nas.lan:22", "ssh://nas.lan", "[2001:db8::7]:22", " nas.lan  ssh "])
def test_a_host_may_bring_its_port(play: Play, typed: str) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, typed)
        await stage.until(lambda: knocks(stage) == ["connected"])
        assert stage.field("#port").value == "22"

    play(story)


def test_a_port_typed_with_the_host_counts_more_than_the_last_one(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.until(lambda: knocks(stage) == ["connected"])
        await knock_at(stage, "nas.lan:445")
        await stage.until(lambda: knocks(stage) == ["refused", "connected"])

    play(story)


def test_host_and_port_may_be_typed_as_for_telnet(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.until(lambda: knocks(stage) == ["connected"])
        await stage.press("slash")
        await stage.type("nas.lan 445")
        assert "445/tcp does not leave" in stage.text
        await stage.press("enter")
        await stage.until(lambda: knocks(stage) == ["refused", "connected"])
        assert (stage.field("#host").value, stage.field("#port").value) == ("nas.lan", "445")
        await stage.press("slash", "tab", "ctrl+u", "shift+tab")
        await stage.type("nas.lan 22")
        await stage.press("tab", "enter")
        await stage.until(lambda: knocks(stage) == ["connected", "refused", "connected"])

    play(story)


@pytest.mark.parametrize(
    ("typed", "host", "name"),
    [
        ("https://nas.lan:8080/x", "https://nas.lan", "nas.lan"),
        ("https://admin:hunter2@[2001:db8::1]:8080", "https://2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_scheme_of_a_url_stays_with_the_host(play: Play, typed: str, host: str, name: str) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, typed)
        await stage.until(lambda: len(knocks(stage)) == 1)
        assert (stage.field("#host").value, stage.field("#port").value) == (host, "8080")
        assert "8080/tcp is usually" in stage.text
        await stage.press("slash", "tab")
        await stage.type("8443")
        assert "8443/tcp is usually" in stage.text
        await stage.press("enter")
        await stage.until(lambda: len(knocks(stage)) == 2)
        targets = [item.target for item in stage.pane.rows.items]
        assert targets == [Target(name, port, Protocol.TCP, "https") for port in (8443, 8080)]

    play(story)


@pytest.mark.parametrize(
    ("host", "complaint"),
    [
        ("", "✗ no host given"),
        ("nas.lan", "✗ no port given"),
        ("nas.lan:99999", "✗ 99999 is not a port"),
        ("[/x]:1", "✗ "),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_form(play: Play, host: str, complaint: str) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, host)
        assert complaint in stage.text.splitlines()[3]
        assert knocks(stage) == []
        assert stage.field("#host").has_focus

    play(story)


@pytest.mark.parametrize("timeout", ["never", "0", "-1", "1e9", "nan"])
def test_a_timeout_is_a_number_of_seconds(play: Play, timeout: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:22")
        stage.field("#timeout").value = timeout
        await stage.press("enter")
        assert "✗ the timeout is a number of seconds" in stage.text
        assert knocks(stage) == []

    play(story)


def test_udp_is_chosen_with_the_keyboard(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:53")
        await stage.press("tab", "tab", "space")
        assert "● UDP" in stage.text
        await stage.press("tab", "enter")
        await stage.until(lambda: len(knocks(stage)) == 1)
        assert stage.pane.rows.items[0].target == Target("nas.lan", 53, Protocol.UDP)

    play(story)


def test_enter_on_the_choice_of_the_transport_knocks(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:53")
        await stage.press("tab", "tab", "space")
        assert "Enter go" in stage.footer
        await stage.press("enter")
        await stage.until(lambda: len(knocks(stage)) == 1)
        assert stage.pane.rows.items[0].target == Target("nas.lan", 53, Protocol.UDP)

    play(story)


def test_a_paste_is_one_clean_line(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        stage.app.post_message(events.Paste("  nas.lan\x1b]0;x\x07\r\n  22\n"))
        await stage.until(lambda: stage.field("#host").value)
        assert stage.field("#host").value == "nas.lan\\x1b]0;x\\x07 22"

    play(story)


def test_a_paste_takes_the_place_of_what_is_selected(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await knock_at(stage, "nas.lan:22")
        await stage.until(lambda: knocks(stage) == ["connected"])
        await stage.press("slash")
        stage.app.post_message(events.Paste("vps.lan:445"))
        await stage.until(lambda: stage.field("#host").value == "vps.lan:445")

    play(story)


def test_advice_follows_what_is_typed_and_a_complaint_stays(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("2")
        await stage.type("nas.lan:22")
        assert "! SSH servers penalise" in stage.text
        await stage.press("tab")
        await stage.type("https")
        assert "! SSH" in stage.text  # the port that stands with the host counts
        await stage.press("shift+tab")
        await stage.type("nas.lan")
        assert "443/tcp is usually https" in stage.text
        await stage.press("tab", "tab", "space")
        assert "443/udp" in stage.text
        await stage.press("shift+tab")
        await stage.type("99999")
        await stage.press("enter")
        assert "✗ 99999 is not a port" in stage.text

    play(story, size=(120, 40))

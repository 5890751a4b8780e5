"""Nothing is stopped that was not shown and said yes to; each step is a question of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from portview.sockets.owner.records import Process
from portview.sockets.owner.tree import read_process
from portview.sockets.stop import Done, Result
from portview.sockets.stop_plan import Obstacle, Protection, Step, StopPlan, Way
from portview.tui import stop_screen
from portview.tui.services import Services
from portview.tui.stop_screen import StopScreen
from portview.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from tests.tui.stage import Stage

Play = Callable[..., None]
NGINX = Process(70, 1, "nginx", 10, ("nginx", "--token=hunter2"))
TERM, KILL = Step(Way.TERM, process=NGINX), Step(Way.KILL, process=NGINX)
PLAN = StopPlan(80, "nginx", "root", (TERM, KILL), holder=NGINX)


class Asked:
    """Keeps what it was asked to do; every step leaves the process alive, or ends it."""

    def __init__(self, result: Result) -> None:
        self.steps: list[Step] = []
        self._result = result

    def __call__(self, step: Step, cancel: threading.Event) -> Done:
        self.steps.append(step)
        return Done(self._result)


def services(prepared: Services, plan: StopPlan, asked: Asked) -> Services:
    return replace(prepared, plan_stop=lambda one, survey: plan, stop=asked)


def said(stage: Stage) -> str:
    return stage.app.screen.query_one(Panel).page.text()


@pytest.fixture(autouse=True)
def _at_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    """These stories know the page before it is shown."""
    monkeypatch.setattr(stop_screen, "GLANCE_S", 0.0)


def test_enter_that_was_typed_ahead_or_pasted_does_nothing(
    play: Play, prepared: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_screen, "GLANCE_S", 3600.0)
    asked = Asked(Result.ENDED)

    async def story(stage: Stage) -> None:
        await stage.press("x", "enter")
        assert "Enter does step 1" in said(stage)
        assert asked.steps == []

    play(story, services(prepared, PLAN, asked))


def test_the_plan_is_shown_and_escape_leaves_everything(play: Play, prepared: Services) -> None:
    asked = Asked(Result.ENDED)

    async def story(stage: Stage) -> None:
        await stage.press("x")
        assert "kill -TERM 70" in stage.text
        assert "nginx, pid 70, user root" in stage.text
        assert "hunter2" not in stage.text
        assert "Enter do it" in stage.footer
        await stage.press("escape")
        assert not isinstance(stage.app.screen, StopScreen)
        assert asked.steps == []

    play(story, services(prepared, PLAN, asked))


def test_term_first_and_kill_only_when_asked_for_once_more(play: Play, prepared: Services) -> None:
    asked = Asked(Result.SENT)

    async def story(stage: Stage) -> None:
        await stage.press("x", "enter")
        await stage.until(lambda: "SIGTERM was sent" in said(stage))
        assert asked.steps == [TERM]
        assert "still there" in said(stage)
        await stage.press("enter")
        await stage.until(lambda: "SIGKILL was sent" in said(stage))
        assert asked.steps == [TERM, KILL]
        await stage.press("enter")
        assert len(asked.steps) == 2

    play(story, services(prepared, PLAN, asked))


def test_after_the_end_nothing_more_is_offered(play: Play, prepared: Services) -> None:
    asked = Asked(Result.ENDED)

    async def story(stage: Stage) -> None:
        await stage.press("x", "enter")
        await stage.until(lambda: "has ended" in said(stage))
        assert "do it" not in stage.footer
        assert "Esc q close" in stage.footer
        assert "Enter or Esc goes back" in said(stage)
        await stage.press("enter")
        assert not isinstance(stage.app.screen, StopScreen)
        assert asked.steps == [TERM]

    play(story, services(prepared, PLAN, asked))


@pytest.mark.parametrize("protection", Protection)
def test_a_protected_one_takes_its_port_typed(play: Play, prepared: Services, protection: Protection) -> None:
    asked = Asked(Result.ENDED)

    async def story(stage: Stage) -> None:
        await stage.press("x", "enter")
        await stage.type("8")
        await stage.press("enter")
        await stage.type("y")
        await stage.press("enter")
        assert asked.steps == []
        await stage.type("80")
        await stage.press("enter")
        await stage.until(lambda: "has ended" in said(stage))
        assert asked.steps == [TERM]
        assert "Esc q close" in stage.footer
        await stage.press("enter")
        assert not isinstance(stage.app.screen, StopScreen)

    play(story, services(prepared, replace(PLAN, protection=protection), asked))


def test_enter_waits_while_a_step_is_done(play: Play, prepared: Services) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def slowly(step: Step, cancel: threading.Event) -> Done:
        begun.set()
        assert goes_on.wait(30)
        return Done(Result.ENDED)

    async def story(stage: Stage) -> None:
        await stage.press("x", "enter")
        await stage.until(begun.is_set)
        await stage.press("enter")
        assert isinstance(stage.app.screen, StopScreen)
        assert "Step 1 is being done" in said(stage)
        assert "do it" not in stage.footer
        goes_on.set()
        await stage.until(lambda: "has ended" in said(stage))

    play(story, replace(prepared, plan_stop=lambda one, survey: PLAN, stop=slowly))


def test_without_the_right_the_command_is_told_and_nothing_done(play: Play, prepared: Services) -> None:
    asked = Asked(Result.ENDED)
    plan = StopPlan(80, "nginx", "root", obstacle=Obstacle.NOT_YOURS, instead=("sudo kill -TERM 70",))

    async def story(stage: Stage) -> None:
        await stage.press("x")
        assert "sudo kill -TERM 70" in stage.text
        assert "do it" not in stage.footer
        await stage.press("enter")
        assert asked.steps == []

    play(story, services(prepared, plan, asked))


def test_a_real_process_is_ended(play: Play, prepared: Services) -> None:
    waiting = "print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", waiting], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        process = read_process(program.pid)
        plan = replace(PLAN, steps=(Step(Way.TERM, process=process),))

        async def story(stage: Stage) -> None:
            await stage.press("x", "enter")
            await stage.until(lambda: "has ended" in said(stage))

        try:
            play(story, replace(prepared, plan_stop=lambda one, survey: plan))
        finally:
            program.kill()
        assert program.wait(10) == -signal.SIGTERM


def test_one_that_is_stopped_and_deaf_is_ended_step_by_step(play: Play, prepared: Services) -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.send_signal(signal.SIGSTOP)
        process = read_process(program.pid)
        plan = replace(
            PLAN, steps=tuple(Step(way, process=process) for way in (Way.CONT, Way.TERM, Way.KILL))
        )

        async def story(stage: Stage) -> None:
            async def step(number: int, result: str) -> None:
                assert f"Enter does step {number}" in said(stage)
                await stage.press("enter")
                await stage.until(lambda: result in said(stage))

            await stage.press("x")
            await step(1, "goes on")
            await step(2, "still there")
            await step(3, "has ended")
            assert "Step" not in said(stage)

        try:
            play(story, replace(prepared, plan_stop=lambda one, survey: plan))
        finally:
            program.kill()
        assert program.wait(10) == -signal.SIGKILL


def test_a_q_that_is_typed_into_the_field_is_not_said_to_close(play: Play, prepared: Services) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("x")
        assert "Esc close" in stage.footer
        await stage.press("q")
        assert isinstance(stage.app.screen, StopScreen)

    play(story, services(prepared, replace(PLAN, protection=next(iter(Protection))), Asked(Result.ENDED)))

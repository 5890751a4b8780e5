"""The plan to stop a socket's owner, as it is shown before anything is done."""

import os
import socket

import pytest

from portview.diagnose import stopping
from portview.diagnose.stopping import plan_for, result_line, stop_page
from portview.diagnose.survey import Survey
from portview.knowledge.page import Tone
from portview.sockets.informed import Informed
from portview.sockets.owner.records import Process
from portview.sockets.source import best_source
from portview.sockets.stop import Done, Result
from portview.sockets.stop_plan import SIGNALS, Obstacle, Protection, Step, StopPlan, Way

NGINX = Process(70, 1, "nginx [/x]", 10)
TERM, KILL = Step(Way.TERM, process=NGINX), Step(Way.KILL, process=NGINX)
UNIT = Step(Way.UNIT, ("systemctl", "stop", "nginx.service"))


def test_what_will_be_done_is_shown_with_its_command() -> None:
    text = stop_page(StopPlan(80, "nginx", "root", (UNIT, KILL))).text()
    assert "systemd ends it the way" in text
    assert "$ systemctl stop nginx.service" in text
    assert "$ kill -KILL 70" in text
    assert "Enter does step 1" in text


def test_a_protected_one_asks_for_its_port() -> None:
    page = stop_page(StopPlan(22, "sshd", "root", (TERM, KILL), Protection.LOGIN))
    assert page.tone is Tone.BAD
    assert "type the port number: 22" in page.text()
    assert "Enter does step 1" not in page.text()


@pytest.mark.parametrize("obstacle", Obstacle)
def test_without_the_right_only_the_command_is_told(obstacle: Obstacle) -> None:
    plan = StopPlan(80, "nginx", "root", obstacle=obstacle, instead=("sudo kill -TERM 70",))
    text = stop_page(plan).text()
    assert "$ sudo kill -TERM 70" in text
    assert "Enter" not in text


@pytest.mark.parametrize("protection", Protection)
@pytest.mark.parametrize("way", Way)
def test_every_way_and_protection_has_words(protection: Protection, way: Way) -> None:
    step = Step(way, process=NGINX) if way in SIGNALS else Step(way, ("x", "stop", "name"))
    warnings = (
        ("restarts", (("unit", "u"), ("restart", "always"))),
        ("activated", (("unit", "u"),)),
        ("clients", (("count", "2"),)),
        ("others", (("ports", "443/tcp"),)),
        ("stopped", (("pid", "7"),)),
        ("inherited", (("count", "2"), ("pid", "7"))),
    )
    page = stop_page(StopPlan(80, "x", "root", (step, KILL), protection, warnings=warnings))
    assert len(page.sections) == 5


def test_the_process_is_shown_with_its_user_and_its_command_line_without_secrets() -> None:
    holder = Process(70, 1, "redis-server", 10, ("redis-server", "--requirepass", "hunter2"))
    text = stop_page(StopPlan(6379, "redis-server", "redis", (TERM, KILL), holder=holder)).text()
    assert "redis-server, pid 70, user redis" in text
    assert "redis-server --requirepass" in text
    assert "hunter2" not in text


def test_when_it_is_over_nothing_is_asked_any_more() -> None:
    text = stop_page(StopPlan(80, "nginx", "root")).text()
    assert "Enter or Esc goes back" in text
    assert "Step" not in text


@pytest.mark.parametrize("result", Result)
def test_every_result_has_words(result: Result) -> None:
    line = result_line(TERM, Done(result, "why"))
    assert line.text
    assert (line.tone is Tone.GOOD) == (result in (Result.ENDED, Result.DONE, Result.GONE, Result.GOES_ON))


def test_this_very_process_is_protected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), opened.accept()[0]:
            survey = Survey(Informed(best_source()).snapshot(everything=True))
            [mine] = [each for each in survey.snapshot.sockets if each.is_listener and each.port == port]
            plan = plan_for(mine, survey)
    assert plan.protection is Protection.SELF
    assert plan.first is not None
    assert plan.first.process is not None
    assert plan.first.process.pid == os.getpid()
    assert ("clients", (("count", "1"),)) in plan.warnings


@pytest.mark.parametrize(
    ("connection", "carries"),
    [("192.0.2.9 50000 192.0.2.1 {port}", True), ("192.0.2.9 50000 192.0.2.1 1", False), ("", False)],
)
def test_the_port_of_this_login_is_protected(
    monkeypatch: pytest.MonkeyPatch, connection: str, carries: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
        survey = Survey(Informed(best_source()).snapshot())
    [mine] = [each for each in survey.snapshot.sockets if each.port == port]
    monkeypatch.setenv("SSH_CONNECTION", connection.format(port=port))
    monkeypatch.setattr(stopping, "restarts", lambda unit: None)
    assert (plan_for(mine, survey).protection is Protection.LOGIN) == carries

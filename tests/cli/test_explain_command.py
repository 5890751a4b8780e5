import json

import pytest

from tests.cli.conftest import Run


def test_alone_it_lists_the_topics(portview: Run) -> None:
    done = portview("explain")
    assert done.returncode == 0
    assert {"refused", "fw_reject_host", "timed_out"} <= {
        line.split()[0] for line in done.stdout.splitlines() if line
    }
    topics = json.loads(portview("explain", "--json").stdout)["topics"]
    assert {"id", "kind", "title"} == set(topics[0])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("5244",), "Alist"),
        (("refused",), "Connection refused"),
        (("fw_reject_host",), "reject"),
        (("ssh",), "22"),
        (("No", "route", "to", "host"), "ICMP"),
        (("70000",), "65535"),
        (("0",), "reserved"),
    ],
)
def test_what_people_ask(portview: Run, words: tuple[str, ...], expected: str) -> None:
    done = portview("explain", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected.lower() in done.stdout.lower()
    assert json.loads(portview("explain", *words, "--json").stdout)["schema"] == 1


def test_near_misses_are_suggested(portview: Run) -> None:
    done = portview("explain", "refusd")
    assert (done.returncode, done.stdout) == (2, "")
    assert "refused" in done.stderr


def test_a_question_in_plain_words_gets_the_page_that_fits_best(portview: Run) -> None:
    question = ("why", "is", "my", "port", "refused")
    done = portview("explain", *question)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Connection refused")
    assert "Also: " in done.stdout
    document = json.loads(portview("explain", *question, "--json").stdout)
    assert document["title"] == "Connection refused"
    assert "refused" not in document["also"]
    assert len(document["also"]) > 1
    assert json.loads(portview("explain", "refused", "--json").stdout)["also"] == []

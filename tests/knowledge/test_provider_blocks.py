"""Ports that do not get through: complete, with sources, and in few words."""

from pathlib import Path

import pytest

from portview.knowledge.blocked import block_line, port_list, short_note
from portview.knowledge.files import KnowledgeError
from portview.knowledge.load import phrases
from portview.knowledge.provider_blocks import blocking, blocks, blocks_for, read_blocks
from portview.vocabulary import Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


def test_each_block_says_where_it_is_from() -> None:
    words = phrases("blocks")
    for block in blocks():
        assert block.source.strip()
        assert block.date == "undated" or block.date[:4].isdecimal()
        assert f"{block.direction}_{block.confidence}" in words["line"]
        assert not block.unless or block.unless in words["unless"]
        assert all(name == name.lower() for name in block.names)
    assert len({(block.provider, block.direction, block.ports) for block in blocks()}) == len(blocks())


@pytest.mark.parametrize(
    ("port", "protocol", "direction", "provider"),
    [
        (25, TCP, "out", "Tencent Cloud"),
        (25, TCP, "out", "AWS EC2"),
        (25, TCP, "out", "Azure"),
        (25, TCP, "out", "Google Cloud"),
        (25, TCP, "out", "Alibaba Cloud"),
        (465, TCP, "out", "Hetzner Cloud"),
        (443, TCP, "in", "Tianyi Cloud"),
        (8443, TCP, "in", "home broadband in China"),
        (9996, UDP, "in", "the carrier network of mainland China"),
        (4791, UDP, "in", "the carrier network of mainland China"),
        (1434, UDP, "in", "Cox"),
        (6000, TCP, "browser", "a browser"),
    ],
)
def test_who_blocks_what(port: int, protocol: Protocol, direction: str, provider: str) -> None:
    assert provider in blocking(port, protocol, direction).split(", ")
    assert provider in {block.provider for block in blocks_for(port, protocol)}


def test_a_note_is_short() -> None:
    note = short_note(25, TCP)
    assert note is not None
    assert "outbound (Tencent Cloud, Alibaba Cloud and" in note
    assert "browsers refuse it" in note
    assert short_note(6000, TCP) == "browsers refuse it"
    assert short_note(5244, TCP) is None
    assert short_note(6000, UDP) is None


def test_lines_name_source_and_date() -> None:
    (block,) = [block for block in blocks_for(465, TCP) if block.provider == "Hetzner Cloud"]
    line = block_line(block, "465/tcp")
    assert line.startswith("Hetzner Cloud")
    assert "reported to block 465/tcp from its customers" in line
    assert "2026" in line
    assert line.endswith("It is lifted on request.")


def test_runs_of_ports_become_ranges() -> None:
    (cox,) = [block for block in blocks() if block.provider == "Cox" and block.direction == "in"]
    assert port_list(cox) == "TCP 25, 80, 136-139, 143, 445, 1433; UDP 135-139, 1434, 1900"


_GOOD = """
[[block]]
provider = "P"
direction = "in"
tcp = [1]
source = "s"
date = "2026"
confidence = "reported"
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_GOOD.replace("tcp = [1]", ""), "names no port"),
        (_GOOD.replace("[1]", "[70000]"), "tcp: is not a list of ports"),
        (_GOOD.replace("[1]", '["1"]'), "tcp: is not a list of ports"),
        (_GOOD.replace('"in"', '"up"'), "direction: is 'up', not one of in, out, browser"),
        (_GOOD.replace('source = "s"', ""), "source: is missing"),
        (_GOOD.replace('date = "2026"', ""), "date: is missing"),
        (_GOOD + 'colour = "red"', "colour: is not a known key"),
        ("[blocks]", "blocks: is not a known key"),
    ],
)
def test_a_broken_block_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "blocks.toml"
    path.write_text(text)
    with pytest.raises(KnowledgeError) as caught:
        read_blocks(str(path))
    assert str(path) in str(caught.value)
    assert words in str(caught.value)

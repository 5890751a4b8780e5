import tomllib
from pathlib import Path

import pytest

from portview.tui import keys, settings
from portview.tui.settings import Settings
from portview.tui.views import Choice, Views

SORT = Choice("local", "sort", ("port", "address"))


def test_without_a_file_everything_is_as_it_comes(tmp_path: Path) -> None:
    assert settings.read(tmp_path / "none.toml") == (Settings(), ())


def test_the_template_sets_nothing_and_tells_what_holds() -> None:
    text = settings.TEMPLATE.read_text(encoding="utf-8")
    assert settings.parse(tomllib.loads(text)) == (Settings(), ())
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    set_all = "\n".join(line for line in lines if " = " in line or line.startswith("["))
    parsed, complaints = settings.parse(tomllib.loads(set_all))
    assert complaints == ()
    assert (parsed.theme, parsed.refresh_s, parsed.history) == ("auto", 2.0, True)
    assert set(parsed.keys) == {key.name for _, group in keys.GROUPS for key in group}


def test_the_template_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "portview/config.toml"
    assert settings.write_template(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text('theme = "dark"\n')
    assert not settings.write_template(path)
    assert path.read_text() == 'theme = "dark"\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("theme = 3", "theme is none of auto, dark, light, ansi"),
        ('characters = "big5"', "characters is none of auto, utf-8, ascii"),
        ("refresh_s = true", "refresh_s is not a number of seconds from 0.5 to 3600"),
        ("refresh_s = 0", "refresh_s is not a number of seconds from 0.5 to 3600"),
        ("watch_s = nan", "watch_s is not a number of seconds from 2 to 3600"),
        ('history = "no"', "history is neither true nor false"),
        ("colour = 1", "colour is not a setting"),
        ('"\\u001b[2J" = 1', "\\x1b[2J is not a setting"),
        ("[local]\nsort = 1", "local.sort is not a text"),
        ('[keys]\nfly = "f"', "keys.fly is no action"),
        ('[keys]\nsort = ""', "keys.sort names no key"),
        ('[keys]\nsort = "q"', "keys.sort is q, the key of quit"),
        ('[keys]\nsort = "j"', "keys.sort is j, the key of down"),
        ('[keys]\nquit = "p"', "keys.quit is p, the key of probe"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line_and_ignored(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text + "\n", encoding="utf-8")
    assert settings.read(path) == (Settings(), (complaint,))


@pytest.mark.parametrize("data", [b"theme", b"\xff\xfe", b"[" * 100_000])
def test_a_broken_file_sets_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    read, (complaint,) = settings.read(path)
    assert read == Settings()
    assert complaint.startswith("config.toml is not TOML")
    assert complaint.isprintable()


def test_the_rest_of_a_file_holds_beside_what_cannot_be_used() -> None:
    keys = {"sort": "o", "up": "n"}
    read, complaints = settings.parse(
        {"theme": "light", "nonsense": 1, "keys": keys, "local": {"sort": "address"}}
    )
    assert read == Settings(theme="light", keys={"sort": "o"}, views={"local.sort": "address"})
    assert complaints == ("nonsense is not a setting", "keys.up is n, the key of scan")


def test_two_actions_can_change_their_keys() -> None:
    read, complaints = settings.parse({"keys": {"sort": "p", "probe": "s"}})
    assert complaints == ()
    assert read.keys == {"sort": "p", "probe": "s"}


# --- views ----------------------------------------------------------------------------------------


def test_a_choice_starts_with_the_first_option_and_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "state/views.json"
    views = Views(file)
    assert views.first_time
    assert views.get(SORT) == "port"
    views.set(SORT, "address")
    again = Views(file)
    assert not again.first_time
    assert again.get(SORT) == "address"
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_settings_hold_at_each_start(tmp_path: Path) -> None:
    views = Views(tmp_path / "views.json", {"local.sort": "address"})
    assert views.get(SORT) == "address"
    views.set(SORT, "port")
    assert views.get(SORT) == "port"
    assert Views(tmp_path / "views.json", {"local.sort": "address"}).get(SORT) == "address"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"local.sort": 3}', b'{"local.sort": "colour"}', b"\xff"])
def test_a_broken_memory_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "views.json").write_bytes(data)
    assert Views(tmp_path / "views.json").get(SORT) == "port"


def test_a_disk_that_takes_nothing_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    views = Views(tmp_path / "file/views.json")
    views.set(SORT, "address")
    assert views.get(SORT) == "address"


def test_only_options_can_be_chosen() -> None:
    with pytest.raises(ValueError, match="no option"):
        Views().set(SORT, "colour")


def test_views_that_a_pane_does_not_have_are_told() -> None:
    views = Views(None, {"local.sort": "colour", "local.size": "big"})
    assert views.complaints([SORT]) == ["local.sort is none of port, address", "local.size is not a setting"]


def test_a_place_that_cannot_be_looked_at_is_as_good_as_empty(tmp_path: Path) -> None:
    assert Views(tmp_path / ("a" * 300)).first_time

"""Files of TOML with the mistakes of people who write TOML for the first time: the message says what is meant."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from takeup.errors import InputError
from takeup.io import OutputError, as_path, read_toml, write_whole
from takeup.scenario import load_scenario

LINES = {
    "a decimal comma": ("set = 0,5", "set = 0.5"),
    "a percent sign": ("set = 50%", "set = 0.5"),
    "separators of thousands": ("cost = 1.000,5", "cost = 1_000.5"),
    "a unit": ("cost = 500万", "cost = 5_000_000"),
    "full-width digits": ("set = ０．５", "set = 0.5"),
    "no digit before the point": ("set = .5", "set = 0.5"),
    "a leading zero": ("ramp_months = 06", "ramp_months = 6"),
    "a text without quotes": ("lever = publicity", 'lever = "publicity"'),
    "a month without quotes": ("from = 2019-03", 'from = "2019-03"'),
    "a truth value of Python": ("local = True", "local = true"),
    "a colon": ("set: 0.5", "set = 0.5"),
    "no sign": ("set 0.5", "set = 0.5"),
    "a semicolon": ("set = 0.5;", "without a semicolon"),
    "a comment of C": ("// a comment", 'comments after "#"'),
    "JSON": ('{"set": 0.5}', "key = value"),
    "a key twice": ("set = 1\nset = 2", "each key once"),
    "a path of Windows": ('file = "C:\\Users\\me"', "single quotes"),
    "line ends of the Macintosh": ("set = 1\rset = 2", "line ends"),
}


@pytest.mark.parametrize("case", LINES)
def test_a_line_that_is_not_toml_is_refused_with_what_is_meant(case: str, tmp_path: Path) -> None:
    line, expected = LINES[case]
    file = tmp_path / "x.toml"
    file.write_bytes(line.encode())
    with pytest.raises(InputError, match="the file is not TOML") as raised:
        read_toml(file)
    assert expected in str(raised.value).partition("allowed: ")[2]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-16", "UTF-16"), ("utf-16-le", "probably UTF-16"), ("utf-16-be", "probably UTF-16"), ("utf-32", "UTF-32")],
)
def test_other_encodings_of_unicode_are_named(encoding: str, named: str, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes("set = 1".encode(encoding))
    with pytest.raises(InputError, match=f'not UTF-8 text .*given: "{named}"'):
        read_toml(file)


def test_a_very_long_line_is_refused_quickly(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("set = " + " " * 200_000 + "0,5 x", encoding="utf-8")
    began = time.perf_counter()
    with pytest.raises(InputError, match="not TOML"):
        read_toml(file)
    assert time.perf_counter() - began < 5.0


VALUES = {
    "a number in quotes": ("set = 0.5", 'set = "0.5"', "a number, as in 0.5 without quotes"),
    "a percentage in quotes": ("set = 0.5", 'set = "50%"', "a number, as in 0.5 without quotes"),
    "a date": ('"2019-03"', "2019-03-01", 'in quotes, as in "2019-03"'),
    "a text for a list": ("set = 0.5", 'set = 0.5\nstreets = "Street 01"', 'a list, as in ["Street 01"]'),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_of_another_type_is_refused_with_what_is_meant(case: str, tmp_path: Path) -> None:
    old, new, expected = VALUES[case]
    text = 'title = "x"\nsource = "x"\n[[intervention]]\nlever = "publicity"\nset = 0.5\nfrom = "2019-03"\n'
    file = tmp_path / "x.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match="the value is not allowed here") as raised:
        load_scenario(file)
    assert expected in str(raised.value)


@pytest.mark.parametrize("given", [b"x", 5, None, ["x"], 0.5])
def test_only_text_and_paths_are_paths(given: object) -> None:
    with pytest.raises(InputError, match="file: the value is not a path"):
        as_path(given, "file")


def test_a_path_with_a_null_character_is_refused() -> None:
    with pytest.raises(OutputError, match="null character"):
        write_whole(Path("a\0b"), "")


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert as_path("~/x") == tmp_path / "x"

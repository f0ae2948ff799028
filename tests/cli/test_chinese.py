"""Every command in Chinese: what it prints has no English but names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

import takeup
from takeup.analysis.why import REASONS
from takeup.district import ATTRIBUTES, SERVICES, definition_of, definitions, levers, load_district, shipped_districts
from takeup.district.parameters import STATUSES
from takeup.report.i18n import language_of
from takeup.scenario import known_scenarios
from takeup.simulation import COLUMNS
from tests.cli.conftest import SMALL, Command
from tests.cli.test_help import commands

WORD = re.compile(r"[A-Za-z]{2,}")
HAN = re.compile(r"[\u4e00-\u9fff]")
COMMAND = re.compile(r"takeup(?: [a-z-]+)?(?: [^\s：；。]+)*")
"""A command line that is suggested, and the name of the program before a message."""
FOLDERS = re.compile(
    r"(?:(?<=：)|^)(?:here|all|out|stress|validation|region|why|trial|plan|measures)\b", re.MULTILINE
)
"""Folders of these tests."""
PATH = re.compile(r"`\w+`|[\w./~-]*[./][\w./~-]+|拟合的数据：.*")
"""Quoted columns, paths, file names, dotted names of parameters, and names of the figures that a calibration met."""
ROOT = Path(takeup.__file__).parents[2]
WORDS_OF_FILES = {
    "inf",
    "YYYY",
    "MM",
    "DISTRICT",
    "install",
    "row",
    "rows",
    "name",
    "VALID",
    "LAPSED",
    "HEARD",
    "UNAWARE",
    "SHA",
}
"""Values, placeholders and constants, which are the same in files of all languages."""
SOURCES = {
    "post", "Bai", "Linos", "AEJ", "Economic", "Policy", "Bhargava", "Manoli", "American", "Political", "Science",
    "KFF", "Braconnier", "Dormagen", "Pons", "Christensen", "Public", "Administration", "Review", "Xie",
    "Yuan", "Xu", "IJERPH", "pubmed", "NBS", "Guangdong", "Banerjee", "Finkelstein", "Hanna", "Olken", "Ornaghi",
    "Sumarto", "Hotard", "Lawrence", "Laitin", "Hainmueller", "Gest", "Koslowski", "Yasenov", "Dahl", "ken",
    "Mogstad", "Chai", "Xing", "Xia", "Zhu", "Lin", "Ke", "Zhang", "Weidong", "Mertens", "Capuno", "Karaivanov",
    "Oster", "Thornton", "Journal", "Nature", "Human", "Behaviour", "PNAS", "PMC", "WPS", "Cochrane", "CD",
}  # fmt: skip
"""Authors, journals and series that sources name."""
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
"""Blocks and spans of code in Markdown."""

PROGRAMS = {"Excel", "Word", "Markdown", "Dask", "Ctrl", "tcp"}
"""Programs, formats, protocols and keys."""
VALUES_OF_OPTIONS = {
    "both",
    "screening",
    "waves",
    "gp",
    "worst",
    "off",
    "seed",
    "fit",
    "false",
    "none",
    "results",
    "objects",
}
"""Values and keys that a help names."""
TYPES = {"str", "Path", "list", "path", "name"}
"""Types of arguments, which typer adds."""


def identifiers() -> set[str]:
    """Words of the names in files and on the command line."""
    districts = [load_district(name) for name in shipped_districts()]
    names = {
        *definitions(),
        *COLUMNS,
        *SERVICES,
        *ATTRIBUTES,
        *(level for levels in ATTRIBUTES.values() for level in levels),
        *known_scenarios(),
        *shipped_districts(),
        *(parameter.name for place in districts for parameter in place.parameters),
        *(street for place in districts for street in place.streets),
        *(place.population.name for place in districts),
        *(number for place in districts for measure in place.measures for number in measure.numbers),
        *(area.name for place in districts for area in place.population.areas),
        *REASONS,
        "baseline",
        "takeup_calibration",
    }
    chinese = language_of("zh")
    of_measures = [definition_of(measure.numbers[0]) for place in districts for measure in place.measures]
    stated = [*definitions().values(), *of_measures]
    formulas = " ".join(chinese.phrase(definition.equation) for definition in stated)
    return {word for name in names for word in WORD.findall(name)} | set(WORD.findall(formulas))


def english_in(text: str) -> set[str]:
    """Return the English words of a text that are no names."""
    shortened = FOLDERS.sub(" ", PATH.sub(" ", COMMAND.sub(" ", text)))
    return set(WORD.findall(shortened)) - identifiers() - WORDS_OF_FILES - SOURCES


def english_in_markdown(text: str) -> set[str]:
    """Return the English words of a text in Markdown that are neither names nor code."""
    return english_in(CODE.sub(" ", text))


def printed_in_chinese(command: Command, *arguments: str, status: int = 0) -> str:
    """Run a command in Chinese, and return what it prints after checking it."""
    result = command(*arguments, "--language", "zh")
    assert result.status == status, result.err
    text = result.out + result.err
    assert HAN.search(text), text
    assert not english_in(text), (arguments, english_in(text), text)
    return text


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--long"),
        ("list", "--district", "template"),
        ("parameters",),
        ("parameters", "--long"),
        ("explain", "publicity"),
        ("explain", "value", "--long"),
        ("explain", "leave_factor"),
        ("explain", "wait_months"),
        ("explain", "village_outreach"),
        ("explain", "village_outreach", "--long"),
        ("explain", "失效"),
        ("measures",),
        ("measures", "liwan", "--long", "--per-month", "3万"),
        ("check", "publicity"),
        ("check", str(ROOT / "model" / "takeup" / "districts" / "liwan")),
        ("check", str(ROOT / "model" / "takeup" / "districts" / "template")),
    ],
    ids=" ".join,
)
def test_names_and_meanings_are_printed_in_chinese(command: Command, arguments: tuple[str, ...]) -> None:
    if arguments == ("check", "publicity"):
        arguments = ("check", str(known_scenarios()["publicity"]))
    printed_in_chinese(command, *arguments)


@pytest.mark.parametrize("name", [*definitions(), *COLUMNS])
def test_every_meaning_is_chinese(name: str) -> None:
    chinese = language_of("zh")
    meaning = chinese.phrase(definitions()[name].meaning if name in definitions() else COLUMNS[name])
    assert HAN.search(meaning)
    assert not english_in(meaning)


def test_grains_countermeasures_and_statuses_are_chinese() -> None:
    chinese = language_of("zh")
    for definition in levers().values():
        for name in (definition.grain, definition.countermeasure):
            assert HAN.search(chinese.words(str(name))), name
    assert all(HAN.search(chinese.words(status)) for status in STATUSES)


def test_new_files_are_announced_in_chinese(command: Command) -> None:
    assert "已写入：" in printed_in_chinese(command, "scenario", "new", "mine")
    assert "可执行：takeup check here" in printed_in_chinese(command, "district", "new", "here")
    printed_in_chinese(command, "check", "mine.toml")
    printed_in_chinese(command, "district", "synthesise", "--out", "all", "--count", "2", "--population", "20000")


@pytest.mark.slow
def test_runs_are_printed_in_chinese(command: Command) -> None:
    printed_in_chinese(command, "run", "baseline", *SMALL, "--out", "out")
    printed_in_chinese(command, "check", "out")
    province = ("--out", "all", "--count", "12", "--population", "120000")
    printed_in_chinese(command, "district", "synthesise", *province)
    until = ("--until", "2010-12", "--workers", "1", "--agents", "3000")
    printed_in_chinese(command, "run", "baseline", "--district", "all", *until, "--out", "region")


@pytest.mark.slow
@pytest.mark.parametrize(
    "runs", [("--point", "--replicates", "2"), ("--draws", "3"), ("--point", "--replicates", "1")]
)
def test_comparisons_are_printed_in_chinese(command: Command, runs: tuple[str, ...]) -> None:
    small = ("--agents", "2000", "--from", "2018-01", "--until", "2019-12", "--workers", "1")
    scenarios = ("publicity", "all_five", "coordination", "willingness", "simpler_process")
    text = printed_in_chinese(command, "compare", *scenarios, *small, *runs, "--out", "out")
    assert "宣传" in text
    if runs[-1] != "1":
        printed_in_chinese(command, "compare", "publicity", *small, *runs, "--precision", "50", "--out", "precise")


@pytest.mark.slow
def test_the_demo_the_stress_tests_and_the_validation_are_printed_in_chinese(
    command: Command, tmp_path: Path
) -> None:
    printed_in_chinese(command, "demo", "--out", "demo")
    printed_in_chinese(command, "stress", "template", "--agents", "1500", "--workers", "1", "--out", "stress")
    small = ("--draws", "3", "--agents", "2000", "--workers", "1")
    printed_in_chinese(command, "validate", *small, "--page", "page.md", "--out", "validation")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "## 各项研究的设置" in page
    assert not english_in_markdown(page)


@pytest.mark.slow
@pytest.mark.parametrize("runs", [("--point",), ("--point", "--replicates", "2"), ("--draws", "3")])
def test_reasons_and_trials_are_printed_in_chinese(command: Command, tmp_path: Path, runs: tuple[str, ...]) -> None:
    small = ("--agents", "2000", "--workers", "1", *runs)
    text = printed_in_chinese(command, "why", "--until", "2019-06", *small, "--out", "why")
    assert "沙普利值" in text
    assert {"funnel.zh.png", "obstacles.zh.png"} <= {file.name for file in (tmp_path / "why").iterdir()}
    groups = ("--groups", "housing=dormitory", "--eligible", "qualified", "--until", "2020-03", "--month", "2020-03")
    text = printed_in_chinese(command, "trial", "publicity", *groups, *small, "--out", "trial")
    assert "试验组" in text
    assert (tmp_path / "trial" / "trial.zh.png").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("runs", [("--point", "--replicates", "2"), ("--draws", "2")])
def test_plans_are_printed_in_chinese(command: Command, tmp_path: Path, runs: tuple[str, ...]) -> None:
    small = ("--budget", "300万", "--per-year", "--agents", "1500", "--until", "2019-12", "--workers", "1", *runs)
    packages = printed_in_chinese(command, "plan", "--most", "64", *small, "--out", "plan")
    assert "帕累托前沿" in packages
    printed_in_chinese(command, "plan", "--measure", "village_outreach", *small, "--out", "measures")
    for folder in ("plan", "measures"):
        assert (tmp_path / folder / "frontier.zh.png").is_file()


def help_in_chinese(text: str) -> set[str]:
    """Return the English words in a help that are no names, placeholders, types or values of options."""
    shortened = re.sub(
        r"\[默认：[^\]]*\]|[^\s│]*\|[^\s│]*|--[a-z-]+|\b[A-Z_]{2,}\b|示例： takeup .*|用法：.*", " ", text
    )
    of_commands = {word for name, _ in commands() for word in WORD.findall(name)}
    return english_in(shortened) - PROGRAMS - VALUES_OF_OPTIONS - TYPES - of_commands


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_help_is_chinese(command: Command, narrow: None, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    result = command(*name.split()[1:], "--help")
    assert result.status == 0
    assert not help_in_chinese(result.out), (help_in_chinese(result.out), result.out)
    assert "用法：" in result.out
    assert "示例： takeup" in result.out
    assert "…" not in result.out.replace("tcp://…", "").replace("A:B,…", "")
    assert max(map(cell_len, result.out.splitlines())) <= 80


def test_the_option_before_a_command_is_its_language(command: Command) -> None:
    assert "政策杠杆" in command("--language", "zh", "list").out
    assert "Lever" in command("--language", "zh", "list", "--language", "en").out
    assert "用法：" in command("--language", "zh", "district", "--help").out
    assert "Usage:" in command("district", "--help").out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("explain", "qqzzxx"), "给定值：“qqzzxx”"),
        (("compare", "nothing"), "给定值："),
        (("scenario", "new", "a b"), "允许值："),
    ],
)
def test_the_frame_of_an_error_is_chinese(command: Command, arguments: tuple[str, ...], expected: str) -> None:
    result = command(*arguments, "--language", "zh")
    assert result.status == 2
    assert expected in result.err
    assert "given:" not in result.err
    assert "allowed:" not in result.err


def test_the_environment_decides_without_the_option(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    assert "政策杠杆" in command("list").out
    assert "Lever" in command("list", "--language", "en").out
    assert "给定值" in command("explain", "qqzzxx").err
    monkeypatch.setenv("LC_ALL", "C")
    assert "Lever" in command("list").out


def test_columns_are_aligned_by_the_width_of_characters(command: Command) -> None:
    lines = command("check", str(ROOT / "model/takeup/districts/template"), "--language", "zh").out.splitlines()
    rows = [line for line in lines if re.search(r"\de-\d\d", line)]
    widths = {_cells(line[: re.search(r" +\d\.\de-", line).end()]) for line in rows}  # type: ignore[union-attr]
    assert len(rows) > 3
    assert len(widths) == 1


def _cells(text: str) -> int:
    """Return the width of a text in columns of the terminal: a Chinese character has two."""
    return sum(2 if HAN.match(character) or character in "、，（）" else 1 for character in text)

"""The blocks of the documents: commands run, Python runs, TOML is right, and what is written is explained."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from takeup.cli.app import exit_code_of
from takeup.district import RULE, SHIPPED, definitions
from tests.docs.example_overrides import GIVEN, OWN_TOML
from tests.docs.pages import PAGES, REPOSITORY, CodeBlock, blocks, name_of, words_of
from tests.docs.shell import LANGUAGES, WINDOWS, check_line, lines_of, run_line

WORDS = {word for page in PAGES for word in words_of(page)}
"""All names that stand as code in any document."""
MOST_AGENTS = "2_000"
OF_MEASURE = "yuan_per_year_"
"""Beginning of the columns that docs/plan.md explains as `yuan_per_year_NAME`."""


def with_blocks(*languages: str) -> pytest.MarkDecorator:
    pages = [page for page in PAGES if blocks(page, *languages)]
    return pytest.mark.parametrize("page", pages, ids=name_of)


@with_blocks(*LANGUAGES)
def test_every_command_of_a_page_exists_with_its_options(page: Path) -> None:
    for block in blocks(page, *LANGUAGES):
        for line in lines_of(block):
            check_line(line, block.place)


@pytest.mark.docs
@pytest.mark.usefixtures("undrawn")
@with_blocks(*LANGUAGES)
def test_the_commands_of_a_page_run_one_after_the_other_and_what_they_write_is_explained(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _run(page, tmp_path)


@pytest.mark.docs
@with_blocks(WINDOWS)
def test_on_windows_the_commands_are_the_makefiles(page: Path) -> None:
    made = re.search(r"^SCENARIOS = (.+)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert made is not None
    for block in blocks(page, WINDOWS):
        for line in lines_of(block):
            if line.startswith("takeup compare "):
                assert line == f"takeup compare {made[1]}", block.place
            else:
                run_line(line, block.place)


def _run(page: Path, folder: Path) -> None:
    given = GIVEN.get(name_of(page), {})
    for name, source in given.items():
        if source.startswith(OWN_TOML):
            block = blocks(page, "toml")[int(source.removeprefix(OWN_TOML)) - 1]
            (folder / name).write_text(block.text, encoding="utf-8")
            continue
        copy = shutil.copytree if (REPOSITORY / source).is_dir() else shutil.copy
        copy(REPOSITORY / source, folder / name)
    for block in blocks(page, *LANGUAGES):
        for line in lines_of(block):
            run_line(line, block.place)
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.relative_to(folder).parts[0] not in {name.split("/")[0] for name in given}:
            _check_explained(file)


def _check_explained(file: Path) -> None:
    """Every column of a table stands in some document, and so does the name of every file of results."""
    if file.suffix == ".csv":
        columns = list(pd.read_csv(file, nrows=0).columns)
    elif file.suffix == ".parquet":
        columns = list(pd.read_parquet(file).columns)
    else:
        columns = []
    missing = [column for column in columns if not _is_explained(column)]
    assert not missing, f"no document explains these columns of {file.name}: {missing}"
    if "results" in file.parts and file.suffix not in (".lock", ""):
        english = file.with_name(file.name.replace(".zh.", "."))  # docs/languages.md explains the names by language
        is_explained = english.name in WORDS or english.stem in WORDS or f".{english.stem}" in WORDS
        assert is_explained or english.with_suffix(".csv").name in WORDS, f"no document explains the file {file.name}"


def _is_explained(column: str) -> bool:
    """A column by its name; parameters by the part before the dot, `effect …` by its first word; what data names.

    Data name the sizes of dated rules, too.
    """
    first = re.split(r"[. ]", column)[0]
    named = column.removeprefix(f"{RULE}.") in WORDS | NAMED or column.removeprefix(OF_MEASURE) in NAMED
    return named or first in definitions() or (" " in column and first in WORDS)


def _named() -> set[str]:
    """What the shipped data files name: findings, figures, candidates, obstacles, options of plans."""
    files = [*(REPOSITORY / "model").rglob("*.toml"), *(REPOSITORY / "calibration").rglob("*.toml")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r'^name = "(\w+)"$', text, re.MULTILINE))


NAMED = _named()


def test_every_block_says_in_which_language_it_is_and_so_how_it_is_tested() -> None:
    known = {*LANGUAGES, WINDOWS, "python", "py", "toml", "text", "json"}
    for page in PAGES:
        for block in blocks(page):
            assert block.language in known, f"{block.place}: a block of {block.language or 'nothing'}"


@with_blocks("py")
def test_python_for_other_machines_is_python_at_least(page: Path) -> None:
    for block in blocks(page, "py"):
        ast.parse(block.text, block.place)


@pytest.mark.docs
@with_blocks("python")
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "python"):
        small = re.sub(r"agents=[\d_]+", f"agents={MOST_AGENTS}", block.text)
        small = re.sub(r'PermitModel\((district="\w+", )?rng', rf"PermitModel(\1agents={MOST_AGENTS}, rng", small)
        done = subprocess.run(
            [sys.executable, "-c", small], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block.place}: {done.stderr}"


@with_blocks("toml")
def test_the_toml_of_a_page_is_toml_and_whole_scenarios_pass_check(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in (REPOSITORY / "scenarios").glob("*.toml"):
        shutil.copy(file, tmp_path)
    for number, block in enumerate(blocks(page, "toml")):
        parts = [block.text] if _is_one_table(block) else block.text.splitlines()  # or alternatives, a line each
        table = {name: value for part in parts for name, value in tomllib.loads(part).items()}
        if {"title", "source", "intervention"} <= set(table):
            own = tmp_path / f"scenario_{number}.toml"
            if "size" in table:  # only a district's rules.toml has sizes
                own = shutil.copytree(SHIPPED / "template", tmp_path / f"place_{number}") / "rules.toml"
            own.write_text(block.text, encoding="utf-8")
            assert exit_code_of(["check", str(own)]) == 0, f"{block.place}: {capsys.readouterr().err}"


def _is_one_table(block: CodeBlock) -> bool:
    keys = re.findall(r"^(\w+) = ", block.text.split("\n[")[0], re.MULTILINE)
    return len(keys) == len(set(keys))

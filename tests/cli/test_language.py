"""`takeup compare --language`, `--labels` and `--office`: pages, figures and labelled tables in Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from takeup.report import typography
from tests.cli.conftest import Command

HAN = re.compile(r"[\u4e00-\u9fff]")
SMALL = ("--agents", "2000", "--from", "2018-01", "--until", "2019-06", "--workers", "1", "--replicates", "2")


@pytest.mark.slow
def test_two_languages_stand_beside_each_other_with_the_same_tables(command: Command, tmp_path: Path) -> None:
    tables = []
    for language in ("en", "zh"):
        result = command("compare", "publicity", *SMALL, "--language", language, "--out", "out")
        assert result.status == 0, result.err
        tables.append([(tmp_path / "out" / f"{name}.csv").read_bytes() for name in ("comparison", "groups", "gains")])
    assert tables[0] == tables[1]
    assert '<html lang="en">' in (tmp_path / "out" / "report.html").read_text()
    assert '<html lang="zh-CN">' in (tmp_path / "out" / "report.zh.html").read_text()
    pictures = {file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*.png")}
    chinese = {name for name in pictures if name.endswith(".zh.png")}
    assert {name.replace(".zh.png", ".png") for name in chinese} == pictures - chinese
    assert "publicity/overview.zh.png" in chinese
    assert command("check", "out").status == 0


@pytest.mark.slow
def test_office_files_and_labelled_tables_are_written_on_request(command: Command, tmp_path: Path) -> None:
    wanted = ("--language", "zh", "--labels", "zh", "--office", "--out", "out")
    assert command("compare", "publicity", *SMALL, *wanted).status == 0
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"tables.zh.xlsx", "summary.zh.docx", "comparison.zh.csv", "groups.zh.csv", "gains.zh.csv"} <= names
    labelled = pd.read_csv(tmp_path / "out" / "comparison.zh.csv", encoding="utf-8-sig")
    assert set(labelled["情景"]) == {"基准情景", "宣传"}


def test_labels_in_another_language_are_refused(command: Command) -> None:
    result = command("compare", "publicity", *SMALL, "--labels", "fr")
    assert result.status == 2
    assert "--labels: unknown language" in result.err


@pytest.mark.slow
def test_figures_and_page_bring_their_chinese_font(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typography, "get_font_names", lambda: [typography.FONT])
    result = command("compare", "publicity", *SMALL, "--language", "zh", "--out", "out")
    assert result.status == 0, result.err
    page = (tmp_path / "out" / "report.zh.html").read_text()
    assert page.count('@font-face { font-family: "Takeup Sans SC"; src: url("data:font/woff;base64,') == 1
    captions = re.findall("<figcaption>(.+)</figcaption>", page) + re.findall('aria-label="([^"]+)"', page)
    assert len(captions) == 2 * page.count("<figure ") + 1 > 1, "two per figure, and one of the contents"
    for caption in captions:
        assert HAN.search(caption), caption


def test_another_language_is_refused_before_anything_is_written(command: Command, tmp_path: Path) -> None:
    result = command("compare", "publicity", *SMALL, "--language", "fr", "--out", "out")
    assert result.status == 2
    assert "--language" in result.err
    assert '"fr"' in result.err
    assert "en, zh" in result.err
    assert not (tmp_path / "out").exists()

"""`takeup compare --language`: the report and the figures in Chinese, everything else as it was."""

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
def test_the_report_is_chinese_and_the_tables_are_not(command: Command, tmp_path: Path) -> None:
    for language in ("en", "zh"):
        result = command("compare", "publicity", *SMALL, "--language", language, "--out", language)
        assert result.status == 0, result.err
    assert '<html lang="zh-CN">' in (tmp_path / "zh" / "report.html").read_text()
    assert '<html lang="en">' in (tmp_path / "en" / "report.html").read_text()
    names = {
        name: {str(file.relative_to(tmp_path / name)) for file in (tmp_path / name).rglob("*")}
        for name in ("en", "zh")
    }
    assert names["en"] == names["zh"]
    for table in ("comparison.csv", "groups.csv", "gains.csv"):
        pd.testing.assert_frame_equal(*(pd.read_csv(tmp_path / name / table) for name in ("en", "zh")))


@pytest.mark.slow
def test_figures_and_page_bring_their_chinese_font(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typography, "get_font_names", lambda: [typography.FONT])
    result = command("compare", "publicity", *SMALL, "--language", "zh", "--out", "out")
    assert result.status == 0, result.err
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count('@font-face { font-family: "Takeup Sans SC"; src: url("data:font/woff;base64,') == 1
    captions = re.findall("<figcaption>(.+)</figcaption>", page) + re.findall('aria-label="([^"]+)"', page)
    assert len(captions) == 2 * page.count("<figure>") > 0
    for caption in captions:
        assert HAN.search(caption), caption


def test_another_language_is_refused_before_anything_is_written(command: Command, tmp_path: Path) -> None:
    result = command("compare", "publicity", *SMALL, "--language", "fr", "--out", "out")
    assert result.status == 2
    assert "--language" in result.err
    assert '"fr"' in result.err
    assert "en, zh" in result.err
    assert not (tmp_path / "out").exists()

"""`takeup calibrate` in Chinese: what it prints, its page and its figures have no English but names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from takeup.district import SUMMARY as SUMMARY_FILE
from takeup.district import District
from takeup.report.i18n import language_of
from takeup_calibration.diagnostics import CHECKS, Direction
from takeup_calibration.evaluator import policy_names
from takeup_calibration.figures import effects_figure, experiments_figure, predictions_figure, ranks_figure
from takeup_calibration.report import findings, reliability, report_html
from tests.cli.conftest import Command
from tests.cli.conftest import command as command  # noqa: PLC0414  (a fixture)
from tests.cli.test_chinese import HAN, english_in
from tests.report.test_language import Visible
from tools.update_translations import texts_of_observations

TARGETS = """
[[target]]
name = "take_up"
expression = "valid / population"
month = "2010-12"
value = 0.05
tolerance = 0.02
status = "assumed"
source = "自拟"
local = true

[[target]]
name = "shown"
expression = "unaware / population"
month = "2010-12"
value = 0.5
tolerance = 0.1
status = "assumed"
source = "自拟"
local = true
fit = false
"""
SMALL = ("--rows", "8", "--waves", "1", "--draws", "5", "--confirm", "0", "--agents", "1600", "--workers", "1")
NAMES = {"take", "up", "shown", "waves", "nan", "letter", "figures"} | set(policy_names())
INTERVAL = [-0.1, 0.5, 4.2]
SUMMARY = {
    "parameters": {"publicity": {"sd_ratio": 0.4}, "learning": {"sd_ratio": 0.5}, "fee": {"sd_ratio": 1.0}},
    "directions": [
        {"spread": 0.3, "parts": dict(parts), "words": Direction(0.3, parts).text}
        for parts in (
            (("publicity", 0.7), ("stigma", -0.5), ("value", 0.4), ("trust", 0.3)),
            (("publicity", 0.7),),
        )
    ],
    "effects": {name: {"prior": INTERVAL, "posterior": [0.1, 0.5, 0.9]} for name in policy_names()},
    "targets": {
        "take_up": {"wanted": [0.1, 0.1], "tolerance": 0.1, "fitted": True, "prior": INTERVAL, "posterior": INTERVAL}
    },
    "experiments": {
        "letter": {
            "estimate": 0.0,
            "standard_error": 0.1,
            "fitted": False,
            **dict.fromkeys(("prior", "posterior", "prior_predictive", "predictive"), INTERVAL),
        }
    },
    "ranks": {"truths": 300, "band": [2, 9], "counts": {f"effect {name}": [3, 4] for name in policy_names()}},
    "diagnostics": [{"name": name, "passed": False, "measured": "1.5", "wanted": "2"} for name in CHECKS],
}
"""The parts of a summary that sentences and figures use."""


def test_sentences_are_chinese_but_for_names() -> None:
    chinese = language_of("zh")
    sentences = [*findings(SUMMARY, chinese), reliability(SUMMARY, chinese)]
    assert all(HAN.search(sentence) for sentence in sentences)
    assert "publicity 增加，同时 value 或 trust 减少 或 stigma 增加" in " ".join(sentences)
    assert not english_in(" ".join(sentences)) - NAMES


@pytest.mark.parametrize("plot", [effects_figure, experiments_figure, predictions_figure, ranks_figure])
def test_figures_are_chinese_but_for_names(plot: object) -> None:
    assert callable(plot)
    figure = plot(SUMMARY, language_of("zh"))
    texts = " ".join(str(text.get_text()) for text in figure.findobj(Text))
    assert HAN.search(texts)
    assert not english_in(texts) - NAMES
    assert np.isfinite(figure.get_size_inches()).all()


@pytest.mark.parametrize("text", [*texts_of_observations()])
def test_every_source_of_shipped_targets_and_experiments_is_chinese(text: str) -> None:
    assert not english_in(language_of("zh").phrase(text)) - {"ln"}


def test_the_page_of_the_shipped_calibration_is_chinese_but_for_names(liwan: District) -> None:
    """Checks and combinations are English text in a stored summary, and messages in that of a running command."""
    stored = json.loads((liwan.folder / SUMMARY_FILE).read_text(encoding="utf-8"))
    summary = stored | {"diagnostics": [], "directions": []}
    page = report_html(summary, liwan.population, [], language_of("zh"))
    of_observations = {*summary["targets"], *summary["experiments"]}
    names = {word for name in of_observations for word in re.findall("[a-z]+", name)}
    visible = re.sub(r"takeup \d[\w.+]*", " ", " ".join(Visible(page).text))
    assert not english_in(visible) - NAMES - names - {"ln", "rerun"}  # a function and an option
    for text in ("Linos 等 2022，American Economic Journal: Economic Policy；没有效果；", "<td>专项行动</td>"):
        assert text in page


@pytest.mark.slow
def test_the_command_its_page_and_its_figures_are_chinese(command: Command, tmp_path: Path) -> None:
    (tmp_path / "targets.toml").write_text(TARGETS, encoding="utf-8")
    arguments = ("calibrate", "template", "--targets", "targets.toml", *SMALL, "--out", "out")
    result = command(*arguments, "--language", "zh")
    assert result.status == 0, result.err
    assert not english_in(result.out + result.err) - NAMES, result.out
    page = (tmp_path / "out" / "report.zh.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    visible = re.sub(r"takeup \d[\w.+]*", " ", " ".join(Visible(page).text))
    assert not english_in(visible) - NAMES - {"rerun"}
    pictures = {file.name for file in (tmp_path / "out").glob("*.png")}
    assert pictures
    assert all(name.endswith(".zh.png") for name in pictures)
    assert command(*arguments).status == 0
    assert (tmp_path / "out" / "report.html").is_file()
    assert {file.name for file in (tmp_path / "out").glob("*.zh.png")} == pictures

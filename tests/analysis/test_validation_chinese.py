"""The page of a validation in Chinese: it has no English but names, and the numbers of the English page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from takeup.analysis.validation.page import COLUMNS, validation_page
from takeup.analysis.validation.result import Validation, ValidationSpec, summarise_validation
from takeup.analysis.validation.studies import QUANTITIES, read_studies
from takeup.district import District, read_posterior
from takeup.report.i18n import ENGLISH, Language, language_of
from takeup.runs import RunSettings
from tests.analysis.posteriors import write_posterior
from tests.analysis.test_validation_predictions import lines, row
from tests.cli.test_chinese import HAN, english_in_markdown
from tools.update_translations import texts_of_studies

CHINESE = language_of("zh")
STUDIES = read_studies()
Values = Mapping[str, float | None]
OUTCOMES = {
    "above": dict.fromkeys(QUANTITIES, 1e3),
    "below": dict.fromkeys(QUANTITIES, -1e3),
    "right": {**dict.fromkeys(QUANTITIES, 1.0), "sign_conditions": -1.0, "sign_procedure": -1.0},
    "none": dict.fromkeys(QUANTITIES),
}
"""Values of all quantities by what they are: too high, too low, on the right side of zero, undefined."""
NUMBER = re.compile(r"[+−]?\d[\d.,]*")


def validated(district: District, folder: Path, values: Values) -> Validation:
    """A validation whose draws all have the same values."""
    posterior = read_posterior(write_posterior(folder / "posterior.parquet", 3), district.parameters)
    spec = ValidationSpec.of(district, STUDIES, posterior, RunSettings(agents=1500, seed=1), draws=3)
    return summarise_validation(spec, [values] * 3)


def page_of(validation: Validation, translate: Language) -> str:
    return validation_page(validation, date(2026, 11, 30), translate)


def rows_of(page: str) -> list[list[str]]:
    """The rows of the two tables of observations and findings, which have the same number of columns."""
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return [cells for cells in rows if len(cells) == len(COLUMNS)]


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("name", ["liwan", "template"])
def test_the_page_is_chinese_but_for_names(
    liwan: District, template: District, tmp_path: Path, name: str, outcome: str
) -> None:
    """The calibration of Liwan was fitted to studies; the template has no calibration."""
    validation = validated({"liwan": liwan, "template": template}[name], tmp_path, OUTCOMES[outcome])
    page = page_of(validation, CHINESE)
    assert not english_in_markdown(page), english_in_markdown(page)
    assert all(HAN.search(line) for line in page.splitlines() if line.startswith(("#", "- ")))
    for check in validation.checks:
        title = CHINESE.phrase(check.study.title)
        assert f"### {title}\n" in page
        assert (f"- **{title}**，模型为 " in page) == check.is_miss
    assert ("：模型的预测高于观测。" in page) == (name == "liwan")
    assert "2026年11月30日" in page
    assert "--page docs/validation.zh.md --language zh\n" in page


@pytest.mark.parametrize("outcome", ["above", "below", "right"])
def test_the_tables_have_the_numbers_of_the_english_page(liwan: District, tmp_path: Path, outcome: str) -> None:
    """Citations, in the second column, have dates in another order."""
    validation = validated(liwan, tmp_path, OUTCOMES[outcome])
    english, chinese = (rows_of(page_of(validation, translate)) for translate in (ENGLISH, CHINESE))
    assert len(english) == len(chinese) > len(STUDIES.each)
    for cells, translated in zip(english, chinese, strict=True):
        for column in {*range(len(COLUMNS))} - {1}:
            assert NUMBER.findall(cells[column]) == NUMBER.findall(translated[column]), cells


@pytest.mark.parametrize("text", [*texts_of_studies()])
def test_every_text_of_the_studies_has_a_translation(text: str) -> None:
    assert not english_in_markdown(CHINESE.phrase(text))


def test_a_prediction_that_is_worse_than_the_null_models_is_described_in_chinese(tmp_path: Path) -> None:
    low, unreliable = (
        row("form", "experiment", low=0.1, high=0.3, inside=False),
        row("take_up", "target", pareto_k=0.9),
    )
    rerun = row("wait", "target", rerun=True)
    page = "\n".join(lines(tmp_path, low, unreliable, rerun, difference=-0.5, translate=CHINESE))
    assert not english_in_markdown(page), english_in_markdown(page)
    for part in ("**2 项试验中有 1 项**", "**不高于**零模型", "模型的预测低于观测。", "1 项预测不可靠", "| **否** |"):
        assert part in page
    assert "没有已知的原因。" in "\n".join(
        lines(tmp_path, row("unknown", "target", low=0.6, inside=False), translate=CHINESE)
    )

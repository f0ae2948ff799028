"""Office files of reasons, trials and plans, in both languages in one folder."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from docx import Document

from takeup.analysis.optimise import OptimisationSpec, read_options, summarise_optimisation
from takeup.analysis.optimise.allocation_output import headline_sentence as division_headline
from takeup.analysis.optimise.allocation_output import write_allocation
from takeup.analysis.optimise.office import division_texts, package_texts
from takeup.analysis.optimise.output import write_optimisation
from takeup.analysis.optimise.text import headline_sentence as package_headline
from takeup.analysis.trial.office import office_texts as trial_texts
from takeup.analysis.trial.output import headline_sentence as trial_headline
from takeup.analysis.trial.output import write_trials
from takeup.analysis.why.office import office_texts as why_texts
from takeup.analysis.why.output import write_why
from takeup.analysis.why.summary import headline_sentence as why_headline
from takeup.district import District
from takeup.report.i18n import ENGLISH, Language, language_of
from takeup.report.office_files import office_writer
from takeup.report.results_folder import verify_results
from takeup.runs import RunSettings
from takeup.runs.scheduler import Runner
from tests.analysis.test_allocation import plan_of
from tests.district.measured import THREE, measured
from tests.report.test_trial import invented as invented_trials
from tests.report.test_why_figures import invented as invented_reasons

HAN = re.compile(r"[\u4e00-\u9fff]")
CHINESE = language_of("zh")
PLAN = """
title = "方案 Two options"
source = "invented"

[[option]]
name = "letters"
title = "方案 Letters to all"
source = "invented"
status = "assumed"
[[option.size]]
name = "once"
[[option.size.intervention]]
lever = "publicity"
add = 0.1
from = "2010-07"
cost = { per_month_cny = 1000, source = "assumed" }
"""

Case = tuple[Any, Callable[..., None], Callable[..., Any], Callable[..., str], int]
"""A result, the function that writes it, its texts, its sentence, and the number of tables in the workbook."""


def reasons(district: District, folder: Path) -> Case:
    del folder
    return invented_reasons(district, 3, drawn=True), write_why, why_texts, why_headline, 5


def trials(district: District, folder: Path) -> Case:
    del folder
    return invented_trials(district, 3, drawn=True), write_trials, trial_texts, trial_headline, 2


def division(district: District, folder: Path) -> Case:
    del district
    numbers = count(1)
    distinct = re.sub('label_zh = "措施"', lambda _: f'label_zh = "措施{next(numbers)}"', THREE)
    with Runner.open(None) as runner:
        result = plan_of(measured(folder / "d", distinct), draws=2).run(runner)
    return result, write_allocation, division_texts, division_headline, 2


def packages(district: District, folder: Path) -> Case:
    file = folder / "plan.toml"
    file.write_text(PLAN, encoding="utf-8")
    settings = RunSettings(agents=2_000, until="2010-12")
    spec = OptimisationSpec.of(district, read_options(file), 1e6, settings, posterior=None, draws=2, most=50)
    with Runner.open(None) as runner:
        result = summarise_optimisation(spec, spec.run(runner))
    return result, write_optimisation, package_texts, package_headline, 2


@pytest.fixture(scope="module", params=[reasons, trials, division, packages])
def case(request: pytest.FixtureRequest, template: District, tmp_path_factory: pytest.TempPathFactory) -> Case:
    made: Case = request.param(template, tmp_path_factory.mktemp("case"))
    return made


@pytest.fixture(scope="module")
def folder(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results in English and then in Chinese, with office files and labelled tables."""
    result, write, texts, *_ = case
    folder = tmp_path_factory.mktemp("office") / "results"
    for translate in (ENGLISH, CHINESE):
        write(folder, result, translate, office_writer(texts, translate, translate, office=True))
    return folder


@pytest.mark.parametrize("translate", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_document_has_the_sentence_the_figure_and_the_table(
    case: Case, folder: Path, translate: Language
) -> None:
    result, _, texts, sentence, _ = case
    document = Document(str(folder / translate.file_name("summary.docx")))
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    assert sentence(result, translate) in paragraphs
    assert len(document.inline_shapes) == 1
    (table,) = document.tables
    expected = texts(result, translate).table
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        list(expected.headings),
        *map(list, expected.rows),
    ]
    if translate is CHINESE:
        assert all(HAN.search(heading) or heading == "%" for heading in expected.headings)
        assert all(HAN.search(row[0]) for row in expected.rows)


@pytest.mark.parametrize("translate", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_workbook_opens_and_describes_every_column(case: Case, folder: Path, translate: Language) -> None:
    content = (folder / translate.file_name("tables.xlsx")).read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    sheets = pd.read_excel(io.BytesIO(content), sheet_name=None)
    *tables, columns, _ = sheets
    assert len(tables) == case[-1]
    for name in tables:
        assert len(sheets[name])
        described = sheets[columns][sheets[columns].iloc[:, 0] == name]
        assert list(described.iloc[:, 1]) == list(sheets[name].columns)
        assert translate is ENGLISH or all(HAN.search(column) for column in sheets[name].columns), name


def test_labelled_tables_of_both_languages_have_the_numbers_of_the_others(folder: Path) -> None:
    files = [file for file in folder.glob("*.csv") if "." not in file.stem]
    assert files
    for file in files:
        table = pd.read_csv(file)
        for translate in (ENGLISH, CHINESE):
            labelled = pd.read_csv(folder / f"{file.stem}.{translate.code}.csv", encoding="utf-8-sig")
            assert len(labelled) == len(table)
            assert not set(labelled.columns) & set(table.columns), "a heading is in words"
            assert translate is ENGLISH or all(HAN.search(column) for column in labelled.columns), file
            for place, column in enumerate(table.columns):
                if table[column].dtype == float:
                    assert labelled.iloc[:, place].to_list() == pytest.approx(table[column].to_list(), nan_ok=True)


def test_the_files_of_both_languages_are_in_the_manifest(folder: Path) -> None:
    names = {file.name for file in folder.iterdir()}
    assert {"summary.docx", "summary.zh.docx", "tables.xlsx", "tables.zh.xlsx"} < names
    assert verify_results(folder) == len(names) - 1

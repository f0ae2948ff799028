"""Office files: workbook, document and labelled tables of comparisons, reasons, trials and plans."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from docx import Document

from takeup.analysis.compare.office import COLUMNS, office_texts
from takeup.analysis.compare.output import plots_of
from takeup.analysis.compare.result import Comparison, group_table, summary_table
from takeup.analysis.compare.targets import no_targets
from takeup.analysis.compare.text import findings
from takeup.report.columns import Column, LabelledTable, read_columns
from takeup.report.i18n import ENGLISH, Language, language_of
from takeup.report.office_files import office_writer
from takeup.report.workbook import workbook_bytes

from .invented import drawn_from

HAN = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_WORD = re.compile(r"[A-Za-z]{2,}")
CHINESE = language_of("zh")
LAST_SHEETS = {"en": ["Columns", "About"], "zh": ["各列说明", "说明"]}


def written(folder: Path, comparison: Comparison, translate: Language) -> tuple[bytes, bytes]:
    """Return the workbook and the document of a comparison."""
    figures = {"first": next(iter(plots_of(comparison).values()))(comparison, translate)}
    folder.mkdir(exist_ok=True)
    office_writer(office_texts, translate, None, office=True)(folder, comparison, {}, figures)
    names = (translate.file_name(name) for name in ("tables.xlsx", "summary.docx"))
    workbook, document = ((folder / name).read_bytes() for name in names)
    return workbook, document


@pytest.fixture(scope="module", params=["replicates", "draws"])
def compared(request: pytest.FixtureRequest, comparison: Comparison) -> Comparison:
    return comparison if request.param == "replicates" else drawn_from(comparison)


@pytest.mark.parametrize("translate", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_pandas_reads_every_sheet_as_a_table(tmp_path: Path, compared: Comparison, translate: Language) -> None:
    workbook, _ = written(tmp_path, compared, translate)
    sheets = pd.read_excel(io.BytesIO(workbook), sheet_name=None)
    assert list(sheets)[-2:] == LAST_SHEETS[translate.code]
    first = next(iter(sheets.values()))
    summary = summary_table(compared)
    assert list(first.iloc[:, 0]) == [translate.phrase(title) for title in summary["title"]]
    assert list(first.iloc[:, 1]) == pytest.approx(list(summary["take_up_percent"]))
    assert len(sheets) == (6 if compared.drawn is None else 7)


@pytest.mark.parametrize("translate", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_workbook_describes_every_column(tmp_path: Path, compared: Comparison, translate: Language) -> None:
    workbook, _ = written(tmp_path, compared, translate)
    sheets = pd.read_excel(io.BytesIO(workbook), sheet_name=None)
    columns = sheets[LAST_SHEETS[translate.code][0]]
    for name in list(sheets)[:-2]:
        assert list(columns[columns.iloc[:, 0] == name].iloc[:, 1]) == list(sheets[name].columns), name
    assert columns.notna().all(axis=None)


def test_the_chinese_workbook_has_no_english_but_names(tmp_path: Path, compared: Comparison) -> None:
    workbook, _ = written(tmp_path, compared, CHINESE)
    sheets = pd.read_excel(io.BytesIO(workbook), sheet_name=None)
    own = {word for scenario in compared.scenarios for word in ENGLISH_WORD.findall(scenario.title)}
    for name, sheet in list(sheets.items())[:-2]:
        assert HAN.search(name)
        assert all(HAN.search(str(column)) for column in sheet.columns), name
        texts = " ".join(str(value) for value in sheet.select_dtypes("str").to_numpy().ravel())
        assert set(ENGLISH_WORD.findall(texts)) <= own | {"nan"}, name
    meanings = " ".join(sheets["各列说明"]["含义"])
    assert set(ENGLISH_WORD.findall(meanings)) <= {"YYYY", "MM"}


def test_cells_have_formats_and_headings_stay_visible(tmp_path: Path, comparison: Comparison) -> None:
    workbook, _ = written(tmp_path, comparison, ENGLISH)
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    sheet = book["Summary"]
    assert sheet.freeze_panes == "A2"
    headings = {str(cell.value): cell.column_letter for cell in sheet[1]}
    assert sheet[f"{headings['Additional valid permits']}3"].number_format == "#,##0"
    assert sheet[f"{headings['Take-up, %']}2"].number_format == "0.0"
    assert sheet["A1"].font.bold
    assert book["By month"]["C2"].number_format == "0.0%"


def test_missing_and_infinite_numbers_are_valid_cells() -> None:
    frame = pd.DataFrame({"Yuan": [1.5, float("nan"), float("inf")]})
    table = LabelledTable("costs", "Costs", frame, (Column("yuan", "Yuan", "cost", "yuan"),))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_bytes([table], [], ENGLISH)))["Costs"]
    assert [cell.value for cell in sheet["A"]] == ["Yuan", 1.5, None, "∞"]


@pytest.mark.parametrize("translate", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_document_has_the_sentences_the_figure_and_the_table(
    tmp_path: Path, compared: Comparison, translate: Language
) -> None:
    _, document = written(tmp_path, compared, translate)
    read = Document(io.BytesIO(document))
    paragraphs = [paragraph.text for paragraph in read.paragraphs]
    for sentence in findings(compared, summary_table(compared), translate):
        assert sentence in paragraphs
    assert len(read.inline_shapes) == 1
    (table,) = read.tables
    assert [row.cells[0].text for row in table.rows][1:] == [
        translate.phrase(scenario.title) for scenario in compared.scenarios
    ]
    assert any("takeup" in text for text in paragraphs)
    if translate.code == "zh":
        own = {word for scenario in compared.scenarios for word in ENGLISH_WORD.findall(scenario.title)}
        text = " ".join([*paragraphs[:-1], *(cell.text for row in table.rows for cell in row.cells)])
        assert set(ENGLISH_WORD.findall(re.sub("takeup calibrate DISTRICT --install", "", text))) <= own


def test_the_same_comparison_gives_the_same_bytes(tmp_path: Path, comparison: Comparison) -> None:
    first, second = (written(tmp_path / name, comparison, CHINESE) for name in ("a", "b"))
    assert first == second
    for content in first:
        with ZipFile(io.BytesIO(content)) as archive:
            assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert archive.read("docProps/core.xml").count(b"2000-01-01T00:00:00Z") == 2


def test_labelled_tables_have_chinese_headings_and_the_same_numbers(tmp_path: Path, comparison: Comparison) -> None:
    tables = {"comparison": comparison.comparison, "gains": comparison.gains, "groups": comparison.groups}
    office_writer(office_texts, ENGLISH, CHINESE, office=False)(tmp_path, comparison, tables, {})
    for name, table in tables.items():
        file = tmp_path / f"{name}.zh.csv"
        assert file.read_bytes().startswith("\ufeff".encode()), "spreadsheet programs recognise UTF-8 by it"
        labelled = pd.read_csv(file, encoding="utf-8-sig")
        assert all(HAN.search(column) for column in labelled.columns)
        for place, column in enumerate(table.columns):
            if pd.api.types.is_numeric_dtype(table[column]):
                assert labelled.iloc[:, place].to_list() == pytest.approx(table[column].to_list(), nan_ok=True)
    gains = pd.read_csv(tmp_path / "gains.zh.csv", encoding="utf-8-sig")
    assert {"全部", "年龄", "街道"} <= set(gains["属性"])


def test_every_column_of_a_comparison_is_described(compared: Comparison) -> None:
    columns = read_columns(COLUMNS)
    tables = {
        "summary": summary_table(compared),
        "comparison": compared.comparison,
        "by_group": group_table(compared),
        "gains": compared.gains,
        "groups": compared.groups,
        "targets": no_targets(),
    }
    if compared.drawn is not None:
        tables |= {"draws": compared.drawn.runs, "ensemble": compared.drawn.scenarios}
    for name, table in tables.items():
        assert set(table.columns) <= set(columns[name]), name
        for translate in (ENGLISH, CHINESE):
            headings = [columns[name][column].heading(translate) for column in table.columns]
            assert len(set(headings)) == len(headings), name
            assert not set(headings) & set(table.columns), "a heading is in words"


def test_the_command_does_not_import_the_libraries_of_office_files() -> None:
    check = (
        "import sys, takeup.cli.compare, takeup.cli.why, takeup.cli.trial, takeup.cli.plan\n"
        "assert not {'openpyxl', 'docx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", check], check=True)

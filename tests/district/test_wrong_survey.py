"""Errors in survey tables and mapping files."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeup.district import District
from takeup.district.survey import read_mapping, read_survey, reader
from takeup.errors import InputError
from tests.district.surveys import survey_of

WRONG = {
    "an unknown level": ("age,work\n20,none\n30,nonne\n", ["row 3, column work", '"nonne"', "contract", '"none"?']),
    "a row of nothing before it": ("age,work\n\n,\n30,nonne\n", ["row 4, column work"]),
    "an impossible age": ("age\n200\n", ["row 2, column age", '"200"', "0 to 120", "missing.age"]),
    "a negative stay": ("stay\n-1\n", ["row 2, column stay", '"-1"', "0 to 1800"]),
    "a slip in a name": ("age,eduction\n20,junior\n", ["row 1", '"eduction"', "ignore", 'did you mean "education"?']),
    "another case": ("Age,work\n20,none\n", ["row 1", '"Age"', 'did you mean "age"?']),
    "UTF-16": ("age\n20\n".encode("utf-16"), ["not UTF-8", 'given: "UTF-16"']),
    "UTF-16 without a mark": ("age\n20\n".encode("utf-16-le"), ["not UTF-8", 'given: "probably UTF-16"']),
    "a workbook": (b"PK\x03\x04" + bytes(9), ["not UTF-8", "a workbook of a spreadsheet"]),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + bytes(9), ["not UTF-8", "a workbook of a spreadsheet"]),
    "an error of a spreadsheet": ("age\n#N/A\n", ["row 2, column age", '"#N/A"', "missing.age of a mapping"]),
    "a missing level in words": ("work\nNULL\n", ["row 2, column work", '"NULL"', "missing.work of a mapping"]),
    "no column of the model's": (
        "id,name\n1,20\n",
        ["row 1", "no column of the table has a name that the model knows", '"id, name"'],
    ),
    "semicolons": ("id;age\n1;20\n", ["row 1", "separated by semicolons", '"id;age"', "allowed: commas"]),
    "tabs": ("id\tage\n1\t20\n", ["row 1", "separated by tabs", "allowed: commas"]),
    "a separator line with semicolons": ("sep=;\nid;age\n1;20\n", ["separated by semicolons"]),
    "a year as months": ("stay\n2010\n", ["row 2, column stay", '"2010"', "0 to 1800", "missing.stay"]),
    "a missing-value code as months": ("stay\n999\n", ["row 2, column stay", '"999"', "missing.stay"]),
    "a date as months": ("stay\n2010/1\n", ["row 2, column stay", '"2010/1"', "a number of months without its unit"]),
    "a unit": ("age\n41岁\n", ["row 2, column age", '"41岁"', "a number of years without its unit"]),
    "an underscore": ("age\n3_1\n", ["row 2, column age", '"3_1"', "a number of years"]),
    "full-width digits": ("age\n４１\n", ["row 2, column age", "U+FF14 FULLWIDTH DIGIT FOUR"]),
    "a row after a separator line": ("sep=,\nage\n20\nx\n", ["row 4, column age", '"x"']),
    "two columns for one": (
        "stay,tenure\n1,1\n",
        ["row 1", 'two columns have names that mean "stay"', "stay, tenure"],
    ),
    "a negative weight": (
        "age,w\n20,1\n20,-0.5\n",
        ["row 3, column w", "the value is not a weight", '"-0.5"', "from 1e-12"],
    ),
    "a weight that is nan": ("age,w\n20,nan\n", ["row 2, column w", "the value is not a weight", '"nan"']),
    "no weight": ("age,w\n20,\n", ["row 2, column w", "the value is not a weight"]),
    "an infinite weight": ("age,w\n20,inf\n", ["row 2, column w", "the value is not a weight", '"inf"']),
    "weights of nobody": ("age,w\n20,0\n30,0\n", ["contain no respondent to count", 'given: "2 rows"', "above 0"]),
    "children alone": ("age,w\n12,1\n", ["contain no respondent to count", "16 and over"]),
    "no respondent answered": ("age,work,w\n20,,1\n", ["column work", "no respondent has a value"]),
    "an empty file": ("", ["the file is empty"]),
    "names alone": ("age,w\n", ["contain no respondent to count", 'given: "0 rows"']),
    "a row too long": ("age,w\n20,1\n20,1,4\n", ["row 3", "the number of cells differs", "given: 3", "allowed: 2"]),
    "a row too short": ("age,w\n20\n", ["row 2", "the number of cells differs"]),
    "an open quote": ('age,w\n"20,1\n', ["line 2", "the file is not valid CSV"]),
    "another encoding": ("age,w\n二十,1\n".encode("gb18030"), ["not UTF-8", "allowed: UTF-8"]),
    "the weight misnamed": ("age,ww\n20,1\n", ["--weight", '"w"', "age, ww"]),
    "a street misspelt": (
        "street,w\nStreet 01,1\nStret 02,1\n",
        ["row 3, column street", '"Stret 02"', 'did you mean "Street 02"?', "levels.street"],
    ),
    "the first street misspelt": ("street,w\nStret 02,1\nStreet 01,1\n", ["row 2, column street", '"Stret 02"']),
    "too many streets": (
        "street,w\n" + "".join(f"s{n},1\n" for n in range(1_001)),
        ["the column contains too many streets", "1,000"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_table_is_reported_with_row_column_what_is_given_and_what_is_allowed(
    tmp_path: Path, template: District, case: str
) -> None:
    table, parts = WRONG[case]
    weighted = b"w" in (table if isinstance(table, bytes) else table.encode()).partition(b"\n")[0].split(b",")
    with pytest.raises(InputError) as raised:
        survey_of(tmp_path, table, template, weight="w" if weighted or "misnamed" in case else None)
    for part in ("survey.csv", *parts):
        assert part in str(raised.value)


WRONG_MAPPINGS = {
    "an unknown key": ("[column]\nage = 'age'\n", ["mapping.toml", "unknown key", '"column"', '"columns"?']),
    "an unknown column": ("[columns]\nwork = 'wrk'\n", ["mapping.toml", "columns, work", '"wrk"', '"work"?']),
    "levels of an unknown column": ("[levels.wrk]\na = 'none'\n", ["mapping.toml", "levels", '"wrk"', '"work"?']),
    "an unknown level": ("[levels.work]\na = 'nonne'\n", ["levels, work, a", "unknown level of work", '"none"?']),
    "a number": ("[levels.work]\na = 1\n", ["mapping.toml", "levels, work, a", "1"]),
    "a column that is not there": ("[columns]\nWrok = 'work'\n", ["survey.csv", "columns", '"Wrok"', '"work"?']),
    "a code that is not listed": ("[levels.age]\n1 = '16-24'\n", ["row 2, column age", '"20"', "16-24", "45+, 1"]),
    "a street that is not listed": (
        "[columns]\nwork = 'street'\n[levels.street]\nNone = 'A'\n",
        ["row 2, column work", "unknown street", '"none"', '"None"?'],
    ),
}


@pytest.mark.parametrize("case", WRONG_MAPPINGS)
def test_a_wrong_mapping_is_reported(tmp_path: Path, template: District, case: str) -> None:
    mapping, parts = WRONG_MAPPINGS[case]
    with pytest.raises(InputError) as raised:
        survey_of(tmp_path, "age,work\n20,none\n", template, mapping=mapping)
    for part in parts:
        assert part in str(raised.value)


def test_a_file_too_large_or_too_long_is_refused(
    tmp_path: Path, template: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(200_000_001)
    mapping = read_mapping(None)
    with pytest.raises(InputError, match=r"200,000,001 bytes.*at most 200,000,000 bytes"):
        read_survey(tmp_path / "large.csv", weight=None, mapping=mapping, streets=())
    with pytest.raises(InputError, match="no such file"):
        read_survey(tmp_path, weight=None, mapping=mapping, streets=())
    monkeypatch.setattr(reader, "MOST_ROWS", 2)
    survey_of(tmp_path, "age\n20\n20\n", template)
    with pytest.raises(InputError, match="too many rows"):
        survey_of(tmp_path, "age\n20\n20\n20\n", template)


def test_empty_cells_at_the_end_of_rows_are_no_columns(tmp_path: Path, template: District) -> None:
    """Spreadsheets write them for columns that were used once, in some rows and not in others."""
    for text in ("age,work,,\n20,none\n30,none,,\n", "age,work\n20,none,,\n30,none\n"):
        file = tmp_path / "survey.csv"
        file.write_text(text, encoding="utf-8")
        survey = read_survey(file, weight=None, mapping=read_mapping(None), streets=template.population.streets)
        assert (survey.respondents, survey.unused) == (2, ())

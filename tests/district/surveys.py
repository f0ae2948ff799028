"""Survey tables for the tests, and the estimates from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from takeup.district import District
from takeup.district.survey import Survey, SurveyTable, read_mapping, read_survey

EIGHT = """\
id,age,work,housing,w
1,16-24,contract,dormitory,1
2,16-24,contract,dormitory,3
3,25-34,informal,informal_lease,2
4,25-34,none,informal_lease,2
5,25-34,informal,registered_lease,4
6,35-44,contract,registered_lease,1
7,45+,self_employed,owned,5
8,45+,contract,dormitory,2
"""


def survey_of(
    folder: Path, table: str | bytes, base: District, *, weight: str | None = None, mapping: str | None = None
) -> Survey:
    file = folder / "survey.csv"
    file.write_bytes(table if isinstance(table, bytes) else table.encode())
    if mapping is not None:
        (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    translation = read_mapping(folder / "mapping.toml" if mapping is not None else None)
    return read_survey(file, weight=weight, mapping=translation, streets=base.population.streets)


def stated(tables: Sequence[SurveyTable], *of: str) -> SurveyTable:
    (match,) = [table for table in tables if table.of == of]
    return match


def shares(tables: Sequence[SurveyTable], attribute: str) -> dict[str, float]:
    table = stated(tables, attribute)
    return dict(zip(table.levels[0], table.shares.tolist(), strict=True))

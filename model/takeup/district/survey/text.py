"""A population.toml written of stated tables."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district.attributes import TENURE_STARTS
from takeup.district.district import District
from takeup.district.survey.counting import Survey
from takeup.district.survey.tables import Stated
from takeup.district.survey.tally import standard_error
from takeup.district.survey.translation import STAY, STREET
from takeup.district.written import key, quoted, rounded
from takeup.months import MONTHS_A_YEAR, START

_HEAD: Final = """\
# Made by `takeup district from-table` of {survey}, on the pattern of the district {base}. What the records tell of
# says so in its source; the standard errors are those of a simple random sample of the effective size.

name = {name}
name_zh = {name_zh}
invented = {invented}

[[population]]
month = "{month}"
persons = {persons:_}
status = "assumed"
source = "--population of takeup district from-table; who counted, and when, is to be put in here"
"""


def population_text(
    tables: list[Stated], survey: Survey, base: District, *, name: str, name_zh: str, persons: int
) -> str:
    """The content of the new district's population.toml.

    It is marked as invented while anything in it comes from an invented district.

    Args:
        tables: as `stated_tables` gives them.
        survey: what they were counted from.
        base: the district started from.
        name, name_zh: of the new district.
        persons: who live there; one count, the same in every month.
    """
    invented = base.population.invented and any(table.tally is None for table in tables)
    parts = [
        _HEAD.format(
            survey=_comment(survey.name), base=_comment(base.name), name=quoted(name), name_zh=quoted(name_zh),
            invented=str(invented).lower(), month=START, persons=persons,
        )
    ]  # fmt: skip
    for table in tables:
        if table.of == (STREET,):
            parts += _streets(table, survey, base)
        elif table.of == (STAY,):
            parts.append(_tenure(table))
        else:
            parts.append(_table(table))
    return "\n".join(parts)


def _table(table: Stated) -> str:
    lines = ["[[table]]", f"of = [{', '.join(quoted(name) for name in table.of)}]", *_known(table)]
    if len(table.of) == 1:
        return "\n".join([*lines, f"shares = {_inline(table.levels[0], table.shares)}", ""])
    rows = [
        f"{key(level)} = {_inline(table.levels[1], row)}"
        for level, row in zip(table.levels[0], table.shares, strict=True)
    ]
    return "\n".join([*lines, "[table.shares]", *rows, ""])


def _streets(table: Stated, survey: Survey, base: District) -> list[str]:
    of_base = {street.name: street for street in base.population.streets}
    errors = standard_error(table.shares, table.tally.effective).tolist() if table.tally is not None else None
    parts = []
    for place, (name, share) in enumerate(zip(table.levels[0], table.shares.tolist(), strict=True)):
        known = of_base.get(name)
        lines = ["[[street]]", f"name = {quoted(name)}"]
        lines.append(f"name_zh = {quoted(known.name_zh if known is not None else survey.streets[name])}")
        if known is not None and known.code is not None:
            lines.append(f"code = {quoted(known.code)}")
        note = f"; standard error {errors[place]:.4f}" if errors is not None else ""
        parts.append("\n".join([*lines, f"share = {rounded(share)!r}", *_known(table, note), ""]))
    return parts


def _tenure(table: Stated) -> str:
    years = ", ".join(f"{start / MONTHS_A_YEAR:g}" for start in TENURE_STARTS[1:])
    shares = ", ".join(repr(rounded(share)) for share in table.shares)
    return "\n".join(["[tenure]", f"years = [{years}]", f"shares = [{shares}]", *_known(table), ""])


def _known(table: Stated, note: str = "") -> list[str]:
    return [
        f"status = {quoted(table.status)}",
        f"source = {quoted(table.source)}",
        f"rule = {quoted(table.rule + note)}",
    ]


def _inline(levels: tuple[str, ...], shares: NDArray[np.float64]) -> str:
    inner = ", ".join(f"{key(level)} = {rounded(share)!r}" for level, share in zip(levels, shares, strict=True))
    return f"{{ {inner} }}"


def _comment(text: str) -> str:
    """On one line, whatever a file is called."""
    return quoted(text)[1:-1]

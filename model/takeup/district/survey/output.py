"""What was found in survey records: a line a share, and what to think of before it is used.

A population.toml written of stated tables.
"""

from __future__ import annotations

from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.district.attributes import STREET, TENURE_STARTS
from takeup.district.district import District
from takeup.district.survey.estimates import SurveyTable
from takeup.district.survey.mapping import STAY
from takeup.district.survey.reader import SMALL_CELL, Survey, standard_error, wilson
from takeup.io import quote_toml, round_share, toml_key
from takeup.months import MONTHS_A_YEAR, START

_WEIGHT_NAMES = frozenset({"weight", "weights", "wt", "权重"})


def margins_frame(tables: list[SurveyTable]) -> pd.DataFrame:
    """A line a share, in the order of the tables.

    Columns: attribute, level, and those of the second attribute of a pair; share; standard error; low and high end
    of the 95 % interval; respondents in the cell; respondents who answered, their effective number, and who did not
    answer; whether the cell is small; status; source. What was not counted has no numbers but its share.
    """
    rows: list[dict[str, Any]] = []
    for table in tables:
        shares = table.shares.ravel()
        first, second = table.of[0], table.of[1] if len(table.of) == 2 else ""
        tally = table.tally
        nothing = np.full(len(shares), np.nan)
        low, high = wilson(shares, tally.effective) if tally is not None else (nothing, nothing)
        errors = standard_error(shares, tally.effective) if tally is not None else nothing
        respondents = tally.respondents.ravel() if tally is not None else nothing
        for place, levels in enumerate(product(*table.levels)):
            rows.append(
                {
                    "attribute": first,
                    "level": levels[0],
                    "second_attribute": second,
                    "second_level": levels[1] if second else "",
                    "share": shares[place],
                    "standard_error": errors[place],
                    "low": low[place],
                    "high": high[place],
                    "respondents": respondents[place],
                    "answered": tally.answered if tally is not None else np.nan,
                    "effective": tally.effective if tally is not None else np.nan,
                    "unanswered": tally.missing if tally is not None else np.nan,
                    "small": tally is not None and bool(respondents[place] < SMALL_CELL),
                    "status": table.status,
                    "source": table.source,
                }
            )
    whole = dict.fromkeys(("respondents", "answered", "unanswered"), "Int64")
    return pd.DataFrame(rows).astype(whole)


def warnings(tables: list[SurveyTable], survey: Survey) -> list[str]:
    """What to think of before the district is used, a sentence each."""
    said = []
    if survey.under_age:
        said.append(f"{survey.under_age:,} persons under 16 are left out: the model has none.")
    if survey.weightless:
        said.append(f"{survey.weightless:,} persons with a weight of 0 are left out.")
    for name in survey.passed:
        if name.casefold() in _WEIGHT_NAMES and not survey.weighted:
            said.append(f"The column {name} was not used: --weight {name} would weight by it.")
    for table in tables:
        if len(table.of) == 1 and table.of != (STREET,):
            for level, share in zip(table.levels[0], table.shares.tolist(), strict=True):
                if share == 0.0:
                    said.append(
                        f"Nobody is {level} ({table.of[0]}): the share is 0, and so the model will have nobody of "
                        "this group; it needs a share above 0 to say anything of it."
                    )
        elif table.tally is not None and table.of == (STREET,) and len(table.levels[0]) < len(survey.streets):
            lost = sorted(set(survey.streets) - set(table.levels[0]))
            said.append(f"Left out, as nobody counted lives there: {', '.join(lost)}.")
    return said


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


def survey_population_toml(
    tables: list[SurveyTable], survey: Survey, base: District, *, name: str, name_zh: str, persons: int
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
            survey=_comment(survey.name),
            base=_comment(base.name),
            name=quote_toml(name),
            name_zh=quote_toml(name_zh),
            invented=str(invented).lower(),
            month=START,
            persons=persons,
        )
    ]
    for table in tables:
        if table.of == (STREET,):
            parts += _streets(table, survey, base)
        elif table.of == (STAY,):
            parts.append(_tenure(table))
        else:
            parts.append(_table(table))
    return "\n".join(parts)


def _table(table: SurveyTable) -> str:
    lines = ["[[table]]", f"of = [{', '.join(quote_toml(name) for name in table.of)}]", *_known(table)]
    if len(table.of) == 1:
        return "\n".join([*lines, f"shares = {_inline(table.levels[0], table.shares)}", ""])
    rows = [
        f"{toml_key(level)} = {_inline(table.levels[1], row)}"
        for level, row in zip(table.levels[0], table.shares, strict=True)
    ]
    return "\n".join([*lines, "[table.shares]", *rows, ""])


def _streets(table: SurveyTable, survey: Survey, base: District) -> list[str]:
    of_base = {street.name: street for street in base.population.streets}
    errors = standard_error(table.shares, table.tally.effective).tolist() if table.tally is not None else None
    parts = []
    for place, (name, share) in enumerate(zip(table.levels[0], table.shares.tolist(), strict=True)):
        known = of_base.get(name)
        lines = ["[[street]]", f"name = {quote_toml(name)}"]
        lines.append(f"name_zh = {quote_toml(known.name_zh if known is not None else survey.streets[name])}")
        if known is not None and known.code is not None:
            lines.append(f"code = {quote_toml(known.code)}")
        note = f"; standard error {errors[place]:.4f}" if errors is not None else ""
        parts.append("\n".join([*lines, f"share = {round_share(share)!r}", *_known(table, note), ""]))
    return parts


def _tenure(table: SurveyTable) -> str:
    years = ", ".join(f"{start / MONTHS_A_YEAR:g}" for start in TENURE_STARTS[1:])
    shares = ", ".join(repr(round_share(share)) for share in table.shares)
    return "\n".join(["[tenure]", f"years = [{years}]", f"shares = [{shares}]", *_known(table), ""])


def _known(table: SurveyTable, note: str = "") -> list[str]:
    return [
        f"status = {quote_toml(table.status)}",
        f"source = {quote_toml(table.source)}",
        f"rule = {quote_toml(table.rule + note)}",
    ]


def _inline(levels: tuple[str, ...], shares: NDArray[np.float64]) -> str:
    inner = ", ".join(
        f"{toml_key(level)} = {round_share(share)!r}" for level, share in zip(levels, shares, strict=True)
    )
    return f"{{ {inner} }}"


def _comment(text: str) -> str:
    """On one line, whatever a file is called."""
    return quote_toml(text)[1:-1]

"""Output of a survey: the table of margins, warnings, and the new district's population.toml."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd

from takeup.district.attributes import STREET, TENURE_STARTS
from takeup.district.district import District
from takeup.district.population import shares_by_level
from takeup.district.survey.estimates import SurveyTable
from takeup.district.survey.mapping import STAY
from takeup.district.survey.reader import SMALL_CELL, Survey, standard_error, wilson
from takeup.io import format_toml_table, round_share, toml_comment
from takeup.months import MONTHS_A_YEAR, START

_WEIGHT_NAMES: Final = frozenset({"weight", "weights", "wt", "权重"})
_HEAD: Final = """\
# Made by `takeup district from-table` from {survey}, with the district {base} as its base. The source of each table
# states which of the two it is from. Standard errors are those of a simple random sample of the effective size.

"""
_COUNT_SOURCE: Final = "--population of takeup district from-table; replace this by who counted, and when"


def margins_frame(tables: list[SurveyTable]) -> pd.DataFrame:
    """Tabulate the shares, one row per share, in the order of the tables.

    Columns: attribute, level, and those of the second attribute of a pair; share; standard error; lower and upper end
    of the 95 % interval; number of respondents in the cell; number of respondents with a value, their effective
    number, and number without a value; whether the cell is small; status; source. Shares taken over from the base
    district have no other numbers.
    """
    rows: list[dict[str, Any]] = []
    for table in tables:
        shares = table.shares.ravel()
        first, second = table.of[0], table.of[1] if len(table.of) == 2 else ""
        counts = table.counts
        none = np.full(len(shares), np.nan)
        low, high = wilson(shares, counts.effective) if counts is not None else (none, none)
        errors = standard_error(shares, counts.effective) if counts is not None else none
        respondents = counts.respondents.ravel() if counts is not None else none
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
                    "answered": counts.valid if counts is not None else np.nan,
                    "effective": counts.effective if counts is not None else np.nan,
                    "unanswered": counts.missing if counts is not None else np.nan,
                    "small": counts is not None and bool(respondents[place] < SMALL_CELL),
                    "status": table.status,
                    "source": table.source,
                }
            )
    integers = dict.fromkeys(("respondents", "answered", "unanswered"), "Int64")
    return pd.DataFrame(rows).astype(integers)


def warnings(tables: list[SurveyTable], survey: Survey) -> list[str]:
    """Return what a user should consider before using the district, one sentence per warning."""
    sentences = []
    if survey.under_age:
        sentences.append(f"{survey.under_age:,} persons under 16 are left out: the model has none.")
    if survey.weightless:
        sentences.append(f"{survey.weightless:,} persons with a weight of 0 are left out.")
    for name in survey.passed:
        if name.casefold() in _WEIGHT_NAMES and not survey.weighted:
            sentences.append(f"The column {name} was not used: --weight {name} would weight by it.")
    for table in tables:
        if len(table.of) == 1 and table.of != (STREET,):
            for level, share in zip(table.levels[0], table.shares.tolist(), strict=True):
                if share == 0.0:
                    sentences.append(
                        f"Nobody is {level} ({table.of[0]}): the share is 0, so the model has nobody in this group; "
                        "results for it need a share above 0."
                    )
        elif table.counts is not None and table.of == (STREET,) and len(table.levels[0]) < len(survey.streets):
            omitted = sorted(set(survey.streets) - set(table.levels[0]))
            sentences.append(f"Left out, because no respondent lives there: {', '.join(omitted)}.")
    return sentences


def survey_population_toml(
    tables: list[SurveyTable], survey: Survey, base: District, *, name: str, name_zh: str, persons: int
) -> str:
    """Format the new district's population.toml.

    The district is marked as invented if any table is taken over from an invented district.

    Args:
        tables: the tables, from `estimate_tables`.
        survey: the survey they were estimated from.
        base: the base district.
        name, name_zh: names of the new district.
        persons: number of residents, the same in every month.
    """
    invented = base.population.invented and any(table.counts is None for table in tables)
    population = {"month": START, "persons": persons, "status": "assumed", "source": _COUNT_SOURCE}
    parts = [
        _HEAD.format(survey=toml_comment(survey.name), base=toml_comment(base.name))
        + format_toml_table({"name": name, "name_zh": name_zh, "invented": invented}),
        format_toml_table(population, "[[population]]"),
    ]
    for table in tables:
        if table.of == (STREET,):
            parts += _streets(table, survey, base)
        elif table.of == (STAY,):
            years = [int(start / MONTHS_A_YEAR) for start in TENURE_STARTS[1:]]
            shares = [round_share(share) for share in table.shares]
            parts.append(format_toml_table({"years": years, "shares": shares} | _evidence(table), "[tenure]"))
        elif len(table.of) == 1:
            items = {"of": table.of, **_evidence(table), "shares": shares_by_level(table.levels, table.shares)}
            parts.append(format_toml_table(items, "[[table]]"))
        else:
            parts.append(
                format_toml_table({"of": table.of, **_evidence(table)}, "[[table]]")
                + format_toml_table(shares_by_level(table.levels, table.shares), "[table.shares]")
            )
    return "\n".join(parts)


def _streets(table: SurveyTable, survey: Survey, base: District) -> list[str]:
    base_streets = {street.name: street for street in base.population.streets}
    errors = standard_error(table.shares, table.counts.effective).tolist() if table.counts is not None else None
    parts = []
    for place, (name, share) in enumerate(zip(table.levels[0], table.shares.tolist(), strict=True)):
        known = base_streets.get(name)
        items = {
            "name": name,
            "name_zh": known.name_zh if known is not None else survey.streets[name],
            "code": known.code if known is not None else None,
            "share": round_share(share),
            **_evidence(table, f"; standard error {errors[place]:.4f}" if errors is not None else ""),
        }
        parts.append(format_toml_table(items, "[[street]]"))
    return parts


def _evidence(table: SurveyTable, note: str = "") -> dict[str, str]:
    return {"status": table.status, "source": table.source, "rule": table.rule + note}

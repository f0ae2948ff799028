"""What was found in survey records: a line a share, and what to think of before it is used."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from takeup.district.survey.counting import Survey
from takeup.district.survey.tables import Stated
from takeup.district.survey.tally import SMALL_CELL, standard_error, wilson
from takeup.district.survey.translation import STREET

_WEIGHT_NAMES = frozenset({"weight", "weights", "wt", "权重"})


def margins_frame(tables: list[Stated]) -> pd.DataFrame:
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


def warnings(tables: list[Stated], survey: Survey) -> list[str]:
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

"""What a population.toml says of shares counted from survey records, or taken over: source and rule."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from takeup.district.district import District
from takeup.district.survey.answers import UNITS
from takeup.district.survey.counting import Survey
from takeup.district.survey.tally import Tally, standard_error


def source_of_records(survey: Survey, tally: Tally) -> str:
    """The source of a table counted from the records."""
    return (
        f"{'weighted ' if survey.weighted else ''}survey records {survey.name}, n = {tally.answered:,}, "
        f"effective n = {tally.effective:,.0f} (Kish)"
    )


def source_of_district(base: District, attributes: set[str]) -> str:
    """The source of shares taken over: that of the table which says most of just these attributes."""
    tables = [table for table in base.population.tables if attributes <= set(table.of)]
    source = min(tables, key=lambda table: len(table.of)).source
    return f"taken over from the district {base.name}: {source}"


def how_counted(survey: Survey, tally: Tally, columns: tuple[str, ...]) -> str:
    """The rule of a table counted from the records: of whom, and how answers became levels."""
    parts = [f"shares of those who answered ({tally.missing:,} did not)" if tally.missing else "shares of all"]
    parts += [f"answers on {name} translated by {survey.mapping}" for name in columns if name in survey.translated]
    parts += [f"{UNITS[name]} of {name} cut into the model's bands" for name in columns if name in survey.cut]
    return "; ".join(parts)


def standard_errors(levels: tuple[tuple[str, ...], ...], shares: NDArray[np.float64], tally: Tally) -> str:
    """The standard error of each share, by the levels it is of."""
    errors = standard_error(shares, tally.effective).ravel()
    named = zip(product(*levels), errors.tolist(), strict=True)
    return "standard errors: " + ", ".join(f"{' '.join(cell)} {error:.4f}" for cell, error in named)

"""What `why` found, as tables and in plain words."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pandas as pd

from takeup.answers.intervals import Interval
from takeup.answers.why.answer import PERCENT, Answer, Decomposition, summarised
from takeup.answers.why.causes import STEPS, TITLES, Cause
from takeup.answers.why.funnel import EVERYONE
from takeup.months import month_name
from takeup.report.wording import CONFIDENCE, NOTHING, count, decimal, interval, month, replicates

CREDIBLE: Final = "90\u00a0%"
"""How much of the draws lies in the interval that is shown of them."""


def causes_table(answer: Answer, funnel: pd.DataFrame) -> pd.DataFrame:
    """Everyone by cause, in the order of the causes.

    Args:
        answer: what was found.
        funnel: its own, or that with all obstacles removed.

    Returns:
        cause (its number), title, persons (of the district), percent with low and high, over runs.
    """
    rows = _everyone(funnel)
    shares = rows["share"].to_numpy(np.float64).reshape(-1, len(Cause)) * PERCENT
    persons = rows["persons"].to_numpy(np.float64).reshape(-1, len(Cause)) * answer.question.persons_per_agent
    found = summarised(shares, drawn=answer.question.drawn)
    return pd.DataFrame(
        {
            "cause": [int(cause) for cause in Cause],
            "title": [TITLES[cause] for cause in Cause],
            "persons": summarised(persons, drawn=answer.question.drawn).mean,
            "percent": found.mean,
            "low": found.low,
            "high": found.high,
        }
    )


def steps_table(answer: Answer) -> pd.DataFrame:
    """Each group by the steps of the funnel in percent, over runs; NaN where a group has nobody.

    Returns:
        attribute, level, and a column a step; everyone first, streets last.
    """
    rows = answer.funnel
    width = len(rows) // answer.runs
    shares = rows["share"].to_numpy(np.float64).reshape(answer.runs, width // len(Cause), len(Cause)) * PERCENT
    groups = rows[["attribute", "level"]].iloc[: width : len(Cause)].reset_index(drop=True)
    steps = {
        step: summarised(shares[:, :, list(causes)].sum(axis=2), drawn=answer.question.drawn).mean
        for step, causes in STEPS.items()
    }
    return groups.assign(**steps)


def residents(answer: Answer) -> float:
    """Persons living in the district in the funnel's month."""
    return float(_everyone(answer.funnel)["persons"].sum()) / answer.runs * answer.question.persons_per_agent


def headline(answer: Answer) -> str:
    """Of so many, so many hold a permit; and the largest reason why the others do not."""
    valid, *others = causes_table(answer, answer.funnel)["percent"].to_list()
    largest = max(others)
    reason = TITLES[Cause(1 + others.index(largest))]
    return (
        f"Of {count(residents(answer))} migrants, {decimal(valid)} % hold a valid permit at the end of "
        f"{month(answer.question.lives[0].month)}; the largest reason why the others do not: "
        f"{reason} ({decimal(largest)} %)."
    )


def removal(answer: Answer, decomposition: Decomposition) -> str:
    """How far take-up would go without the obstacles, which takes away most, and what is left."""
    parts = decomposition.parts
    first, until = month_name(decomposition.obstacles.removed_from), answer.question.lives[0].until
    largest = int(parts["points"].to_numpy().argmax())
    reached = PERCENT - float(decomposition.remaining.mean)
    return (
        f"With all {len(parts)} obstacles removed from {month(first)}, {decimal(reached)} % would hold one at the "
        f"end of {month(until)} instead of {decimal(float(decomposition.now.mean))} %; the largest: "
        f"{lower(decomposition.obstacles.each[largest].title)} ({decimal(float(parts['points'].iloc[largest]))} of "
        f"{decimal(float(decomposition.gap.mean))} points)."
    )


def meant_by_interval(answer: Answer) -> str:
    """What the numbers and their intervals are."""
    if answer.question.drawn:
        return (
            f"Medians and {CREDIBLE} intervals over {count(answer.runs)} draws of the posterior: what the district's "
            "figures leave open, and chance. Medians need not add up."
        )
    if answer.runs == 1:
        return "One replicate: there is no interval."
    return (
        f"Means over {replicates(answer.runs)} and their {CONFIDENCE} intervals (t distribution), which is chance "
        "between replicates, not doubt about parameters."
    )


def spread_of(found: Interval) -> str:
    """An interval over runs: 6.5 to 7.3; – where there is none."""
    return within(float(found.low), float(found.high))


def within(low: float, high: float) -> str:
    """From low to high, or – where there is no interval."""
    return interval(low, high) if math.isfinite(low) else NOTHING


def lower(title: str) -> str:
    """A title as it stands within a sentence or a list."""
    return f"{title[:1].lower()}{title[1:]}"


def _everyone(funnel: pd.DataFrame) -> pd.DataFrame:
    """The rows of the whole district."""
    return funnel[(funnel["attribute"] == EVERYONE[0]) & (funnel["level"] == EVERYONE[1])]

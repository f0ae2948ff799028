"""Tables and sentences that summarise a result of `why`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.statistics import Estimate, estimate_parts, mean_error
from takeup.analysis.uncertainty import mean_error_note, point_label, replicates_phrase
from takeup.analysis.why import REASONS
from takeup.analysis.why.attribution import STEPS, TITLES, WHOLE_POPULATION, Reason
from takeup.analysis.why.spec import Decomposition, Obstacle, WhyResult
from takeup.months import format_month
from takeup.report.formatting import PERCENT, count, decimal
from takeup.report.i18n import ENGLISH, Language

MIN_PERCENT: Final = 0.05
"""Smallest share that is listed; a smaller one would be shown as 0.0 %."""


def reasons_table(result: WhyResult, funnel: pd.DataFrame) -> pd.DataFrame:
    """Summarise the counts by reason over runs.

    Args:
        result: result of the runs.
        funnel: counts to summarise: `result.funnel`, or those with all obstacles removed.

    Returns:
        Table with one row per reason: cause (code of the reason), title, persons (of the district), percent, low,
        high.
    """
    rows = _whole_district(funnel)
    shares = _shares(rows)
    persons = rows["persons"].to_numpy(np.float64).reshape(-1, len(Reason)) * result.spec.persons_per_agent
    estimated = estimate_parts(shares, drawn=result.spec.drawn)
    return pd.DataFrame(
        {
            "cause": [int(reason) for reason in Reason],
            "title": [TITLES[reason] for reason in Reason],
            "persons": estimate_parts(persons, drawn=result.spec.drawn).center,
            "percent": estimated.center,
            "low": estimated.low,
            "high": estimated.high,
        }
    )


def steps_table(result: WhyResult) -> pd.DataFrame:
    """Summarise the steps of the funnel by group over runs.

    Returns:
        Table with one row per group, the whole district first and streets last: attribute, level, and one column per
        step in percent of the group; NaN for an empty group.
    """
    rows = result.funnel
    rows_per_run = len(rows) // result.runs
    shape = (result.runs, rows_per_run // len(Reason), len(Reason))
    shares = rows["share"].to_numpy(np.float64).reshape(shape) * PERCENT
    groups = rows[["attribute", "level"]].iloc[: rows_per_run : len(Reason)].reset_index(drop=True)
    steps = {
        step: estimate_parts(shares[:, :, list(reasons)].sum(axis=2), drawn=result.spec.drawn).center
        for step, reasons in STEPS.items()
    }
    return groups.assign(**steps)


def residents(result: WhyResult) -> float:
    """Return the population of the district in the month of the funnel, in persons."""
    return float(_whole_district(result.funnel)["persons"].sum()) / result.runs * result.spec.persons_per_agent


def headline_sentence(result: WhyResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on take-up and the most frequent reason for no valid permit."""
    valid, *others = reasons_table(result, result.funnel)["percent"].to_list()
    largest = max(others)
    place = others.index(largest)
    values = {
        "persons": count(residents(result)),
        "valid": decimal(valid),
        "month": translate.month(result.spec.month),
        "reason": translate.cause(REASONS[1 + place]),
        "share": decimal(largest),
    }
    if not result.spec.drawn:
        return translate(
            "Of {persons} migrants, {valid} % hold a valid permit at the end of {month}; the most frequent reason "
            "why the others do not: {reason} ({share} %).",
            **values,
        )
    return translate(
        "Of {persons} migrants, {valid} % hold a valid permit at the end of {month}; the most frequent reason why "
        "the others do not: {reason} ({share} %; the most frequent in {draws} % of the draws).",
        **values,
        draws=_share_largest(_shares(_whole_district(result.funnel))[:, 1:], place),
    )


def obstacle_sentence(result: WhyResult, decomposition: Decomposition, translate: Language = ENGLISH) -> str:
    """Write the sentence on take-up without obstacles, and the largest obstacle."""
    parts = decomposition.parts
    largest = int(parts["points"].to_numpy().argmax())
    values = {
        "number": len(parts),
        "first": translate.month(format_month(decomposition.obstacles.removed_from)),
        "month": translate.month(result.spec.until),
        "reached": decimal(PERCENT - float(decomposition.remaining.center)),
        "now": decimal(float(decomposition.now.center)),
        "obstacle": obstacle_label(decomposition.obstacles.each[largest], translate),
        "points": decimal(float(parts["points"].iloc[largest])),
        "gap": decimal(float(decomposition.gap.center)),
    }
    if not result.spec.drawn:
        return translate(
            "With all {number} obstacles removed from {first}, {reached} % would hold a permit at the end of {month} "
            "instead of {now} %; the largest obstacle: {obstacle} ({points} of {gap} points).",
            **values,
        )
    return translate(
        "With all {number} obstacles removed from {first}, {reached} % would hold a permit at the end of {month} "
        "instead of {now} %; the largest obstacle: {obstacle} ({points} of {gap} points; the largest in {draws} % of "
        "the draws).",
        **values,
        draws=_share_largest(decomposition.by_run, largest),
    )


def _share_largest(values: NDArray[np.float64], place: int) -> str:
    """Format the percentage of the runs in which a value is the largest.

    Args:
        values: values that are compared, shape (runs, values).
        place: number of the value.
    """
    return count(PERCENT * float((values.argmax(axis=1) == place).mean()))


def interval_note(result: WhyResult, translate: Language = ENGLISH) -> str:
    """Describe the estimates and intervals in the results of `why`."""
    if result.spec.drawn:
        contents = translate(
            "Means over {draws} draws of the posterior, which add up, and the intervals that contain 90\u00a0% of "
            "the draws: parameter uncertainty and Monte Carlo error.",
            draws=count(result.runs),
        )
        return translate.join([contents, _error_note(result, translate)])
    label = point_label(translate)
    if result.runs == 1:
        return translate.join([label, translate("One replicate: there is no interval.")])
    contents = translate(
        "Means over {replicates} and their 95\u00a0% intervals (t distribution): Monte Carlo error between "
        "replicates.",
        replicates=replicates_phrase(result.runs, translate),
    )
    return translate.join([label, contents])


def _error_note(result: WhyResult, translate: Language) -> str:
    """State the largest standard error of the printed means over draws."""
    shares = _shares(_whole_district(result.funnel))
    values = [shares]
    if result.decomposition is not None:
        take_up = result.decomposition.take_up_by_run
        values += [result.decomposition.by_run, take_up[:, -1:], take_up[:, -1:] - take_up[:, :1]]
    return mean_error_note(result.runs, float(mean_error(np.hstack(values)).max()), translate)


def format_interval(
    estimate: Estimate, translate: Language = ENGLISH, format_value: Callable[[float], str] = decimal
) -> str:
    """Format an interval over runs, such as "6.5 to 7.3"; "–" without one."""
    return translate.interval(float(estimate.low), float(estimate.high), format_value)


def obstacle_label(obstacle: Obstacle, translate: Language) -> str:
    """Return the title of an obstacle for use within a sentence or a list."""
    return _decapitalise(translate.phrase(obstacle.title))


def _decapitalise(title: str) -> str:
    """Give a title a small initial letter, for use within a sentence or a list."""
    return f"{title[:1].lower()}{title[1:]}"


def _shares(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the percent of a group with each reason, shape (runs, reasons)."""
    return rows["share"].to_numpy(np.float64).reshape(-1, len(Reason)) * PERCENT


def _whole_district(funnel: pd.DataFrame) -> pd.DataFrame:
    """Select the rows of the funnel that count the whole district."""
    return funnel[(funnel["attribute"] == WHOLE_POPULATION[0]) & (funnel["level"] == WHOLE_POPULATION[1])]

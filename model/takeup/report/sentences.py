"""What a comparison found, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from takeup.answers.comparison import Comparison
from takeup.answers.precision import Precision
from takeup.report.uncertainty import level, runs
from takeup.report.wording import (
    CONFIDENCE,
    count,
    interval,
    printable,
    replicates,
    rough,
    signed,
    signed_count,
    words,
)


def findings(summary: pd.DataFrame, confidence: str = CONFIDENCE) -> list[str]:
    """A sentence a scenario, the one that adds most first, to be read after "By December 2023".

    Args:
        summary: what `summary_table` gives.
        confidence: how much its intervals hold.
    """
    rows = summary.iloc[1:].sort_values("difference_points", ascending=False, kind="stable")
    return [
        _finding({str(name): value for name, value in row.items()}, confidence) for row in rows.to_dict("records")
    ]


def certainty(comparison: Comparison) -> str:
    """What the intervals cover, and what they do not."""
    parameters = list(comparison.district.parameters)
    assumed = sum(parameter.status == "assumed" for parameter in parameters)
    unknown = (
        "says nothing about what is not known of the parameters "
        f"({count(assumed)} of {count(len(parameters))} are assumed) or of the rules themselves."
    )
    if comparison.drawn is not None:
        return (
            f"The interval holds {level(comparison)} of {runs(comparison)}: of the parameters that the district's "
            "figures allow, each with other people and other luck. It says nothing about figures that are wrong, or "
            "about the rules themselves."
        )
    if comparison.replicates == 1:
        return f"One replicate has no interval: its chance is not known, and it {unknown}"
    return (
        f"The interval is that of the mean over {replicates(comparison.replicates)} and reflects chance "
        "between replicates only: other people and other luck under the same rules and parameters. It "
        f"{unknown}"
    )


def reached(precision: Precision, number: int) -> str:
    """How many replicates a precision took, or how far it was not reached."""
    if precision.is_reached:
        return (
            f"{replicates(number)}: every interval is narrower than {precision.wanted:g} points (the widest: "
            f"{precision.widest:.2g})."
        )
    return (
        f"{replicates(number)} are not enough for {precision.wanted:g} points: the interval of "
        f"{words(precision.scenario)} is {precision.widest:.2g} points wide."
    )


def _finding(row: Mapping[str, object], confidence: str) -> str:
    points, persons, low, high = (
        float(str(row[name])) for name in ("difference_points", "difference_persons", "persons_low", "persons_high")
    )
    title = f"“{printable(str(row['title']))}”"
    if not math.isfinite(points):
        return f"{title}: no result."
    if persons == 0.0 and not (low < 0.0 < high):
        return f"{title} changes nothing."
    in_points = f"{signed(points)} percentage points"
    if low <= 0.0 <= high:
        return (
            f"The effect of {title} cannot be told from chance: about {signed_count(rough(persons))} valid "
            f"permits{_within(low, high, confidence)}, {in_points}."
        )
    verb = "adds" if persons > 0 else "takes away"
    about = f"{count(abs(rough(persons)))} valid permits{_within(low, high, confidence)}"
    return f"{title} {verb} about {about}, {in_points}."


def _within(low: float, high: float, confidence: str) -> str:
    if not math.isfinite(low):
        return ""
    say = count if low > 0 else signed_count
    return f" ({confidence} interval {interval(rough(low), rough(high), say)})"

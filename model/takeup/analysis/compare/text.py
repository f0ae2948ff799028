"""Sentences that describe a comparison and its intervals."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Final

import pandas as pd

from takeup.analysis.compare.gains import ALL
from takeup.analysis.compare.result import Comparison
from takeup.analysis.uncertainty import point_label, replicates_phrase
from takeup.report.formatting import (
    CONFIDENCE,
    CREDIBLE,
    count,
    half_width,
    money,
    printable,
    rough,
    signed,
    signed_count,
)
from takeup.report.i18n import ENGLISH, Language


def runs(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """Describe the runs: 4 replicates, or 200 draws of the posterior."""
    if comparison.drawn is None:
        return replicates_phrase(comparison.replicates, translate)
    return translate("{number} draws of the posterior", number=count(comparison.replicates))


def statistic(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """Name the center of an estimate: the mean of replicates, the median of draws."""
    return translate("mean") if comparison.drawn is None else translate("median")


def interval_level(comparison: Comparison) -> str:
    """Return the level of the intervals: 95 % over replicates, 90 % over draws."""
    return CONFIDENCE if comparison.drawn is None else CREDIBLE


def describe_interval(comparison: Comparison, translate: Language = ENGLISH, *, paired: bool = False) -> str:
    """Describe the interval of a bar or band, and the uncertainty that it reflects.

    Args:
        comparison: a comparison with more than one run.
        translate: the language.
        paired: whether the interval is one of differences between each run and its own baseline.
    """
    if comparison.drawn is None:
        if paired:
            return translate(
                "95 % interval of that mean (t distribution, paired by replicate), which reflects Monte Carlo error, "
                "not the uncertainty of the parameters"
            )
        return translate(
            "95 % interval of that mean (t distribution), which reflects Monte Carlo error, not the uncertainty of "
            "the parameters"
        )
    if paired:
        return translate(
            "interval that contains 90 % of the draws, paired by draw, which reflects the uncertainty of the "
            "parameters given the district's data, and Monte Carlo error, not the uncertainty of the rules"
        )
    return translate(
        "interval that contains 90 % of the draws, which reflects the uncertainty of the parameters given the "
        "district's data, and Monte Carlo error, not the uncertainty of the rules"
    )


def median_error_note(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """State the Monte Carlo error of the medians that remains with this number of draws."""
    largest = float(comparison.posterior_result.scenarios["median_error"].max())
    return translate(
        "Monte Carlo standard error of the medians with {number} draws: at most {error} points.",
        number=count(comparison.replicates),
        error=half_width(largest),
    )


def cost_range(low: float, high: float, translate: Language = ENGLISH) -> str:
    """Format the interval of a cost per permit, whose upper end may be infinite."""
    if math.isfinite(low) and math.isinf(high):
        return translate("{amount} or more", amount=money(low))
    return translate.interval(low, high, money)


def figure_caption(comparison: Comparison, caption: str, translate: Language = ENGLISH) -> str:
    """Begin the caption of a figure at one parameter vector with its label."""
    return caption if comparison.drawn is not None else translate.join([point_label(translate), caption])


def place_and_month(comparison: Comparison, translate: Language) -> dict[str, str]:
    """Return the district and the month that are inserted into titles of figures."""
    return {
        "place": translate.place(comparison.district.population),
        "month": translate.month(comparison.until),
    }


def estimate_words(comparison: Comparison, translate: Language) -> dict[str, str]:
    """Return the words on intervals that are inserted into captions of figures."""
    return {
        "statistic": statistic(comparison, translate),
        "runs": runs(comparison, translate),
        "interval": describe_interval(comparison, translate, paired=True),
    }


def group_caveat(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """Describe the estimates and intervals in the table of differences by group."""
    if comparison.drawn is not None:
        return translate(
            "median over {runs}, and the interval that contains {level} of them, paired by draw: parameters and "
            "Monte Carlo error",
            runs=runs(comparison, translate),
            level=interval_level(comparison),
        )
    if comparison.replicates == 1:
        return translate("one replicate, no interval")
    return translate(
        "± half the {level} interval of its mean over {runs}, paired by replicate: Monte Carlo error only",
        runs=runs(comparison, translate),
        level=interval_level(comparison),
    )


def method_note(comparison: Comparison, translate: Language = ENGLISH) -> list[str]:
    """Describe the differences between the runs, and the method of the intervals."""
    named = {"runs": runs(comparison, translate), "level": interval_level(comparison)}
    if comparison.drawn is not None:
        return [
            translate(
                "The {runs} are sets of parameters that agree with the district's data. Each draw is run with its "
                "own seed: first its history, then every scenario branched from it. A scenario is compared with the "
                "baseline draw by draw. A draw with several seeds is represented by their mean.",
                **named,
            ),
            translate(
                "Intervals contain {level} of the draws, with equal numbers of draws below and above. The "
                "probability of being the best and the regret are means over draws. The second seeds separate the "
                "variance due to the parameters from that due to the random numbers (one-way random-effects analysis "
                "of variance).",
                **named,
            ),
        ]
    if comparison.replicates == 1:
        return []
    return [
        translate(
            "Each of the {runs} has its own seed. Intervals are {level} intervals of the mean of the differences, "
            "paired by replicate (Student’s t over {runs}).",
            **named,
        )
    ]


RECOMMENDED_DRAWS: Final = 100
"""Smallest recommended number of draws: five of 100 draws lie beyond each end of their central 90 % interval."""


def findings(comparison: Comparison, summary: pd.DataFrame, translate: Language = ENGLISH) -> list[str]:
    """Describe the effect of each scenario in a sentence, the largest effect first.

    A sentence states a probability under draws of a posterior, and the Monte Carlo error over replicates.

    Args:
        comparison: the comparison.
        summary: the table that `summary_table` makes of it.
        translate: the language.
    """
    rows = summary.iloc[1:].sort_values("difference_points", ascending=False, kind="stable")
    describe = _describe_over_draws if comparison.drawn is not None else _describe_over_replicates
    month = translate.month(comparison.until)
    return [describe(row, month, translate) for row in rows.to_dict("records")]


def interval_note(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """Describe the uncertainty that the intervals cover, and what they do not cover."""
    numbers = comparison.district.parameters.count_by_status()
    known = {
        "assumed": count(numbers["assumed"]),
        "all": count(sum(numbers.values())),
        "runs": runs(comparison, translate),
        "level": interval_level(comparison),
    }
    if comparison.drawn is not None and comparison.replicates < RECOMMENDED_DRAWS:
        return translate(
            "The interval contains {level} of {runs}: parameter uncertainty and Monte Carlo error. These draws are "
            "few, so its ends and the probability are imprecise. All draws agree with the district's data, and each "
            "is run with other people and other random numbers. The interval does not reflect errors in the data or "
            "in the rules themselves.",
            **known,
        )
    if comparison.drawn is not None:
        return translate(
            "The interval contains {level} of {runs}: parameter uncertainty and Monte Carlo error. All draws agree "
            "with the district's data, and each is run with other people and other random numbers. The interval does "
            "not reflect errors in the data or in the rules themselves.",
            **known,
        )
    if comparison.replicates == 1:
        return translate(
            "One replicate has no interval: its Monte Carlo error is unknown. It does not reflect the uncertainty of "
            "the parameters ({assumed} of {all} are assumed) or of the rules themselves.",
            **known,
        )
    return translate(
        "The interval is that of the mean over {runs} and reflects Monte Carlo error only: other people and other "
        "random numbers under the same rules and parameters. It does not reflect the uncertainty of the parameters "
        "({assumed} of {all} are assumed) or of the rules themselves. Intervals over draws of a district’s posterior "
        "include the uncertainty of the parameters and are much wider.",
        **known,
    )


def _describe_over_draws(row: Mapping[Hashable, object], month: str, translate: Language) -> str:
    """Describe an effect over draws: an interval with its probability.

    The sentence follows the ends as they are printed: with an end of 0 the direction is known.
    """
    points, *in_persons = _numbers(row)
    persons, low, high = (rough(number) for number in in_persons)
    title = _title(row, translate)
    if not math.isfinite(points) or (persons == 0.0 and low == 0.0 == high):
        return _nothing(title, points, translate)
    common = {"title": title, "month": month, "points": signed(points)}
    if low >= 0.0:
        return translate(
            "With 90 % probability {title} adds between {low} and {high} valid permits by {month} (median "
            "about {center}, {points} percentage points).",
            low=count(low),
            high=count(high),
            center=count(persons),
            **common,
        )
    if high <= 0.0:
        return translate(
            "With 90 % probability {title} takes away between {low} and {high} valid permits by {month} (median "
            "about {center}, {points} percentage points).",
            low=count(-high),
            high=count(-low),
            center=count(-persons),
            **common,
        )
    return translate(
        "With 90 % probability {title} changes the number of valid permits by {month} by between {low} and {high}, "
        "so the direction is uncertain (median about {center}, {points} percentage points).",
        low=signed_count(low),
        high=signed_count(high),
        center=signed_count(persons),
        **common,
    )


def _describe_over_replicates(row: Mapping[Hashable, object], month: str, translate: Language) -> str:
    """Describe an effect over replicates: its estimate and Monte Carlo error."""
    points, persons, low, high = _numbers(row)
    title = _title(row, translate)
    if not math.isfinite(points) or (persons == 0.0 and not (low < 0.0 < high)):
        return _nothing(title, points, translate)
    common = {"title": title, "month": month, "points": signed(points), "interval": _interval(low, high, translate)}
    if low <= 0.0 <= high:
        return translate(
            "The effect of {title} by {month} cannot be distinguished from random variation: about {persons} valid "
            "permits{interval}, {points} percentage points.",
            persons=signed_count(rough(persons)),
            **common,
        )
    rounded = count(abs(rough(persons)))
    if persons > 0:
        return translate(
            "Under these parameters {title} adds about {persons} valid permits by {month}{interval}, {points} "
            "percentage points.",
            persons=rounded,
            **common,
        )
    return translate(
        "Under these parameters {title} takes away about {persons} valid permits by {month}{interval}, {points} "
        "percentage points.",
        persons=rounded,
        **common,
    )


def _numbers(row: Mapping[Hashable, object]) -> tuple[float, float, float, float]:
    """Return the effect in points and in persons, and the interval in persons."""
    names = ("difference_points", "difference_persons", "persons_low", "persons_high")
    points, persons, low, high = (float(str(row[name])) for name in names)
    return points, persons, low, high


def _title(row: Mapping[Hashable, object], translate: Language) -> str:
    return f"“{printable(translate.phrase(str(row['title'])))}”"


def _nothing(title: str, points: float, translate: Language) -> str:
    if not math.isfinite(points):
        return translate("{title}: no result.", title=title)
    return translate("{title} changes nothing.", title=title)


def _interval(low: float, high: float, translate: Language) -> str:
    if not math.isfinite(low):
        return ""
    number_format = count if low > 0 else signed_count
    return translate(
        " (95 % Monte Carlo interval: {range})", range=translate.interval(rough(low), rough(high), number_format)
    )


def group_label(attribute: str, level: str, translate: Language = ENGLISH) -> str:
    """Return the name of a group: its attribute and level, or all persons."""
    if attribute == ALL:
        return translate("all persons")
    return translate("{attribute}: {level}", attribute=translate.words(attribute), level=translate.words(level))

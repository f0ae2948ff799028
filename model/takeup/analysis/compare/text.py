"""Sentences of a comparison: its findings, and what its numbers and intervals are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import pandas as pd

from takeup.analysis.compare.result import Comparison
from takeup.analysis.sequential import StoppingResult
from takeup.report.formatting import count, join_words, printable, replicates, rough, signed, signed_count
from takeup.report.i18n import ENGLISH, Language


def replicates_phrase(number: int, translate: Language = ENGLISH) -> str:
    """Format a number of replicates: 1 replicate, 4 replicates."""
    return translate("1 replicate") if number == 1 else translate("{number} replicates", number=number)


def runs(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """What estimates are taken over: 4 replicates, 200 draws of the posterior."""
    if comparison.drawn is None:
        return replicates_phrase(comparison.replicates, translate)
    return translate("{number} draws of the posterior", number=count(comparison.replicates))


def statistic(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """The name of the center of an estimate: the mean of replicates, the median of draws."""
    return translate("mean") if comparison.drawn is None else translate("median")


def level(comparison: Comparison) -> str:
    """Confidence level of the intervals over replicates, or the share of the draws that they hold."""
    return "95\u00a0%" if comparison.drawn is None else "90\u00a0%"


def intervals(comparison: Comparison, translate: Language = ENGLISH, *, paired: bool = False) -> str:
    """Describe the interval that a bar or a band shows, and the uncertainty that it reflects.

    Args:
        comparison: of more than one run.
        translate: the language.
        paired: whether the interval is of differences, each run's from its own baseline.
    """
    if comparison.drawn is None:
        if paired:
            return translate(
                "95 % interval of that mean (t distribution, paired by replicate), which is chance between "
                "replicates, not uncertainty of the parameters"
            )
        return translate(
            "95 % interval of that mean (t distribution), which is chance between replicates, not uncertainty of "
            "the parameters"
        )
    if paired:
        return translate(
            "interval that holds 90 % of the draws, paired by draw, which is what the district's figures leave open "
            "of the parameters, and chance, not uncertainty of the rules"
        )
    return translate(
        "interval that holds 90 % of the draws, which is what the district's figures leave open of the parameters, "
        "and chance, not uncertainty of the rules"
    )


def group_caveat(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """Describe the differences by group."""
    if comparison.drawn is not None:
        return translate(
            "median over {runs}, and the interval that holds {level} of them, paired by draw",
            runs=runs(comparison, translate),
            level=level(comparison),
        )
    if comparison.replicates == 1:
        return translate("one replicate, no interval")
    return translate(
        "± half the {level} interval of its mean over {runs}, paired by replicate",
        runs=runs(comparison, translate),
        level=level(comparison),
    )


def method_note(comparison: Comparison, translate: Language = ENGLISH) -> list[str]:
    """Describe how the runs differ from each other, and how the intervals are computed."""
    named = {"runs": runs(comparison, translate), "level": level(comparison)}
    if comparison.drawn is not None:
        return [
            translate(
                "The {runs} are sets of parameters that agree with the district's figures, each run with a seed of "
                "its own: its own history first, then every scenario branched from it. A scenario is compared with "
                "the baseline draw by draw. A draw run with several seeds counts by their mean.",
                **named,
            ),
            translate(
                "Intervals hold {level} of the draws, with as many below as above. Probability of being the best, "
                "and regret, are means over draws. The second seeds part the spread into what is not known of the "
                "parameters, and chance (analysis of variance, one way, random effects).",
                **named,
            ),
        ]
    if comparison.replicates == 1:
        return []
    return [
        translate(
            "Each of the {runs} has a seed of its own. Intervals are {level} intervals of the mean of the "
            "differences, replicate by replicate (Student’s t over {runs}).",
            **named,
        )
    ]


RECOMMENDED_DRAWS: Final = 100
"""With fewer draws, fewer than five lie beyond either end of the interval that holds 90 % of them."""


def findings(comparison: Comparison, summary: pd.DataFrame, translate: Language = ENGLISH) -> list[str]:
    """Describe the effect of each scenario in a sentence, the scenario that adds most first.

    Args:
        comparison: under draws a sentence states a probability, over replicates the Monte Carlo error.
        summary: see `summary_table`.
        translate: the language.
    """
    rows = summary.iloc[1:].sort_values("difference_points", ascending=False, kind="stable")
    describe = _describe_over_draws if comparison.drawn is not None else _describe_over_replicates
    month = translate.month(comparison.until)
    return [
        describe({str(name): value for name, value in row.items()}, month, translate)
        for row in rows.to_dict("records")
    ]


def interval_note(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """Describe the uncertainty that the intervals cover, and what they do not cover."""
    parameters = list(comparison.district.parameters)
    known = {
        "assumed": count(sum(parameter.status == "assumed" for parameter in parameters)),
        "all": count(len(parameters)),
        "runs": runs(comparison, translate),
        "level": level(comparison),
    }
    if comparison.drawn is not None and comparison.replicates < RECOMMENDED_DRAWS:
        return translate(
            "The interval holds {level} of {runs}, which are few: its ends are rough, and so is the probability. It "
            "is of the parameters that the district's figures allow, each with other people and other random "
            "numbers, and says nothing about figures that are wrong, or about the rules themselves.",
            **known,
        )
    if comparison.drawn is not None:
        return translate(
            "The interval holds {level} of {runs}: of the parameters that the district's figures allow, each with "
            "other people and other random numbers. It says nothing about figures that are wrong, or about the "
            "rules themselves.",
            **known,
        )
    if comparison.replicates == 1:
        return translate(
            "One replicate has no interval: its chance is not known, and it says nothing about what is not known of "
            "the parameters ({assumed} of {all} are assumed) or of the rules themselves.",
            **known,
        )
    return translate(
        "The interval is that of the mean over {runs} and reflects chance between replicates only: other people and "
        "other random numbers under the same rules and parameters. It says nothing about what is not known of the "
        "parameters ({assumed} of {all} are assumed) or of the rules themselves. Under draws of the district’s "
        "posterior (--draws) it would hold what is not known of the parameters too, and is then much wider.",
        **known,
    )


def precision_note(precision: StoppingResult, number: int) -> str:
    """State how many replicates the precision took, or the width that was reached."""
    if precision.is_reached:
        return (
            f"{replicates(number)}: every interval is narrower than {precision.wanted:g} points (the widest: "
            f"{precision.widest:.2g})."
        )
    return (
        f"{replicates(number)} are not enough for {precision.wanted:g} points: the interval of "
        f"{join_words(precision.scenario)} is {precision.widest:.2g} points wide."
    )


def monte_carlo_note(precision: StoppingResult, seeds: int) -> str:
    """State how many seeds per draw the precision took, or the width that was reached."""
    number = "1 seed" if seeds == 1 else f"{seeds} seeds"
    if precision.is_reached:
        return (
            f"{number} a draw: chance leaves of every mean effect over these draws less than {precision.wanted:g} "
            f"points open (at the most {precision.widest:.2g}; 95 % interval)."
        )
    return (
        f"{number} a draw are not enough for {precision.wanted:g} points: of the mean effect of "
        f"{join_words(precision.scenario)} chance leaves {precision.widest:.2g} open (95 % interval)."
    )


def _describe_over_draws(row: Mapping[str, object], month: str, translate: Language) -> str:
    """Describe an effect over draws: an interval with its probability."""
    points, persons, low, high = _numbers(row)
    title = _title(row, translate)
    if not math.isfinite(points) or (persons == 0.0 and low == 0.0 == high):
        return _nothing(title, points, translate)
    common = {"title": title, "month": month, "points": signed(points)}
    if low > 0.0:
        return translate(
            "With 90 % probability {title} adds between {low} and {high} valid permits by {month} (median "
            "about {center}, {points} percentage points).",
            low=count(rough(low)),
            high=count(rough(high)),
            center=count(rough(persons)),
            **common,
        )
    if high < 0.0:
        return translate(
            "With 90 % probability {title} takes away between {low} and {high} valid permits by {month} (median "
            "about {center}, {points} percentage points).",
            low=count(rough(-high)),
            high=count(rough(-low)),
            center=count(rough(-persons)),
            **common,
        )
    return translate(
        "With 90 % probability {title} changes the number of valid permits by {month} by between {low} and {high}: "
        "it may add or take away (median about {center}, {points} percentage points).",
        low=signed_count(rough(low)),
        high=signed_count(rough(high)),
        center=signed_count(rough(persons)),
        **common,
    )


def _describe_over_replicates(row: Mapping[str, object], month: str, translate: Language) -> str:
    """Describe an effect over replicates: its estimate and Monte Carlo error."""
    points, persons, low, high = _numbers(row)
    title = _title(row, translate)
    if not math.isfinite(points) or (persons == 0.0 and not (low < 0.0 < high)):
        return _nothing(title, points, translate)
    common = {"title": title, "month": month, "points": signed(points), "interval": _interval(low, high, translate)}
    if low <= 0.0 <= high:
        return translate(
            "The effect of {title} by {month} cannot be distinguished from chance: about {persons} valid "
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


def _numbers(row: Mapping[str, object]) -> tuple[float, float, float, float]:
    """The effect in points and in persons, and the interval in persons."""
    names = ("difference_points", "difference_persons", "persons_low", "persons_high")
    points, persons, low, high = (float(str(row[name])) for name in names)
    return points, persons, low, high


def _title(row: Mapping[str, object], translate: Language) -> str:
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
        " (95 % interval of chance: {range})", range=translate.interval(rough(low), rough(high), number_format)
    )

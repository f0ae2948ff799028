"""Findings of others beside what the model gives: in plain words, and as a table on 80 columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from takeup.answers.validation.answer import (
    INSIDE,
    MISSES,
    NO_RESULT,
    OUTSIDE,
    OVERLAPS,
    RIGHT,
    WRONG,
    Judged,
    Validation,
)
from takeup.answers.validation.findings import Finding
from takeup.report.wording import NOTHING, count, decimal, interval, printable, signed

PERCENT: Final = 100.0
_DIRECTIONS: Final = {"+": "above 0", "-": "below 0"}
_PLACES: Final = 2


def model_said(judged: Judged) -> str:
    """The model's median and interval."""
    say = _say(judged.finding)
    return f"{say(judged.median)} ({interval(judged.low, judged.high, say)})" if judged.draws else NOTHING


def range_said(finding: Finding) -> str:
    """The range of the study's figure, or its direction, with the unit."""
    if finding.sign is not None:
        return f"{_DIRECTIONS[finding.sign]} {finding.unit}"
    low, high = finding.range
    return f"{interval(low, high, _say(finding))}{'' if finding.unit == 'ratio' else f' {finding.unit}'}"


def headline(validation: Validation) -> str:
    """How many findings have which verdict, in one sentence."""
    parts = [
        f"{validation.number(verdict)} {verdict}"
        for verdict in (INSIDE, OVERLAPS, OUTSIDE, RIGHT, WRONG, NO_RESULT)
        if validation.number(verdict)
    ]
    return f"Of {len(validation.judged)} findings from elsewhere: {', '.join(parts)}."


def meant_by_interval(validation: Validation) -> str:
    """What the model's numbers are."""
    return (
        f"Medians and middle 90\u00a0% over {count(len(validation.draws))} draws of the posterior, each lived with a "
        "seed of its own: what the district's figures leave open of the parameters, and chance."
    )


def render_validation(validation: Validation) -> Table:
    """The table for the terminal."""
    place = validation.plan.district.population.name
    table = Table(
        title=Text(printable(f"Findings of others beside the model of {place}")), title_justify="left",
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=meant_by_interval(validation), caption_justify="left",
    )  # fmt: skip
    table.pad_edge = False
    table.add_column("Finding", overflow="fold", ratio=5)
    table.add_column("Its figure", overflow="fold", ratio=3)
    table.add_column("Model", overflow="fold", ratio=4)
    table.add_column("Agree", justify="right", no_wrap=True)
    table.add_column("Verdict", overflow="fold", ratio=2)
    for each in validation.judged:
        table.add_row(
            printable(each.finding.title), range_said(each.finding), model_said(each), agreeing_said(each),
            Text(each.verdict, style="bold" if each.verdict in MISSES else ""),
        )  # fmt: skip
    return table


def agreeing_said(judged: Judged) -> str:
    """The share of draws that agree with the finding."""
    return f"{decimal(PERCENT * judged.agreeing, 0)} %" if math.isfinite(judged.agreeing) else NOTHING


def _say(finding: Finding) -> Callable[[float], str]:
    """How a number of the finding's unit is written."""
    return partial(signed if finding.unit == "points" else decimal, places=_PLACES)

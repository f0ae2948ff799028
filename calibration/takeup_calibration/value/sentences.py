"""What the value of information comes to, in plain words."""

from __future__ import annotations

import math

from takeup.report.formatting import NOTHING, count, decimal, signed
from takeup_calibration.value.tables import percent, places_of, said, share
from takeup_calibration.value.valuing import Pair, Valuation
from takeup_calibration.value.worth import Estimate


def sentences(found: Valuation, pair: Pair) -> list[str]:
    """What knowing everything is worth, what the best candidate is, and what candidates tell of a pair."""
    return [_of_everything(found), _of_the_best(found), _of_the_pair(found, pair)]


def _of_everything(found: Valuation) -> str:
    evidence = found.evidence
    wins = float((evidence.benefits.argmax(axis=1) == evidence.scenarios.index(found.best)).mean())
    return (
        f"Of {len(evidence.scenarios)} scenarios {found.best} is best on average, and under {percent(wins)} % of "
        f"{count(len(evidence.benefits))} draws; whoever knew everything would gain "
        f"{_in_words(found.evpi, evidence.unit)} by choosing the best under each."
    )


def _of_the_best(found: Valuation) -> str:
    best = found.worths[0]
    if not found.steps:
        return "No candidate alone gains more than its own error: none is seen to change the choice for the better."
    then = [f"{step.candidate} ({said(step.gain, found)})" for step in found.steps[1:]]
    after = (
        f"; after it, in this order: {', '.join(then)}" if then else "; nothing beside it gains more than its error"
    )
    part = percent(share(best.evsi, found.evpi))
    of_all = "" if part == NOTHING else f", {part} % of it"
    return f"Most is gained by {best.candidate.name}: {_in_words(best.evsi, found.evidence.unit)}{of_all}{after}."


def _of_the_pair(found: Valuation, pair: Pair) -> str:
    unit = found.evidence.unit
    best = max(pair.parts, key=lambda part: part.removed.value)
    removes = "no candidate is seen to remove any of the variance of that difference"
    if best.removed.low > 0:
        removes = f"{best.candidate} removes most of the variance of that difference, {_removed(best.removed)}"
    chance = "" if math.isnan(pair.chance) else f" ({decimal(pair.chance)} from chance alone)"
    return (
        f"Between {pair.one} and {pair.other} the difference is {signed(pair.mean, places_of(unit))} {unit} on "
        f"average, its standard deviation {decimal(pair.sd)}{chance}, and {pair.one} is better under "
        f"{percent(pair.better)} % of the draws; {removes}."
    )


def _removed(removed: Estimate) -> str:
    low, high = max(removed.low, 0.0), min(removed.high, 1.0)
    return f"{percent(max(removed.value, 0.0))} % ({percent(low)} to {percent(high)})"


def _in_words(estimate: Estimate, unit: str) -> str:
    value, low, high = (decimal(number, places_of(unit)) for number in (estimate.value, estimate.low, estimate.high))
    return f"{value} {unit} ({low} to {high})"

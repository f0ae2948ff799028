"""The value of information as tables: for files, and for the terminal."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from rich import box
from rich.table import Table

from takeup.report.formatting import NOTHING, decimal
from takeup_calibration.value.evidence import POINTS
from takeup_calibration.value.valuing import Pair, Valuation
from takeup_calibration.value.worth import Estimate

PERCENT = 100.0
_THOUSAND = 1000.0


def voi_frame(found: Valuation) -> pd.DataFrame:
    """One line a candidate, the dearest first.

    Columns: candidate, title, unit; evsi_points, low, high, error (of collecting it alone, in `unit`), usual_points
    (the same as it is usually estimated), share_of_evpi; order, gain_given_earlier, gain_low, gain_high (empty for
    those whose gain is no larger than its standard error); cost_cny, status.
    """
    steps = {step.candidate: (number, step) for number, step in enumerate(found.steps, 1)}
    rows = []
    for worth in found.worths:
        number, step = steps.get(worth.candidate.name, (None, None))
        rows.append(
            {
                "candidate": worth.candidate.name,
                "title": worth.candidate.title,
                "unit": found.evidence.unit,
                "evsi_points": worth.evsi.value,
                "low": worth.evsi.low,
                "high": worth.evsi.high,
                "error": worth.evsi.error,
                "usual_points": worth.usual,
                "share_of_evpi": share(worth.evsi, found.evpi),
                "order": number,
                "gain_given_earlier": None if step is None else step.gain.value,
                "gain_low": None if step is None else step.gain.low,
                "gain_high": None if step is None else step.gain.high,
                "cost_cny": worth.candidate.cost_cny,
                "status": worth.candidate.status,
            }
        )
    numbers: dict[str, Any] = {
        "order": "Int64",
        "gain_given_earlier": float,
        "gain_low": float,
        "gain_high": float,
        "cost_cny": float,
    }
    return pd.DataFrame(rows).astype(numbers)


def pairs_frame(found: Valuation) -> pd.DataFrame:
    """One line a pair of scenarios and a candidate.

    Columns: one, other, unit; mean, sd, chance_sd (of the one's benefit less the other's), one_better (share of the
    draws); evpi_points, evpi_error; candidate, evsi_points, evsi_error, share_of_evpi; variance_removed, low, high.
    """
    return pd.DataFrame(
        [
            {
                "one": pair.one,
                "other": pair.other,
                "unit": found.evidence.unit,
                "mean": pair.mean,
                "sd": pair.sd,
                "chance_sd": pair.chance,
                "one_better": pair.better,
                "evpi_points": pair.evpi.value,
                "evpi_error": pair.evpi.error,
                "candidate": part.candidate,
                "evsi_points": part.evsi.value,
                "evsi_error": part.evsi.error,
                "share_of_evpi": share(part.evsi, pair.evpi),
                "variance_removed": part.removed.value,
                "low": part.removed.low,
                "high": part.removed.high,
            }
            for pair in found.pairs
            for part in pair.parts
        ]
    )


def share(part: Estimate, whole: Estimate) -> float:
    """A part of the value of knowing everything; NaN where that cannot be told from nothing."""
    return part.value / whole.value if whole.low > 0 else math.nan


def render(found: Valuation, pair: Pair) -> Table:
    """Candidates by value, and what each tells of a pair, on 80 columns."""
    parts = {part.candidate: part for part in pair.parts}
    steps = {step.candidate: (number, step) for number, step in enumerate(found.steps, 1)}
    table = Table(title=f"Worth collecting: {found.evidence.unit}, ± half the 95 % interval", box=box.SIMPLE_HEAD)
    table.padding, table.pad_edge, table.show_edge = (0, 1, 0, 0), False, False
    table.title_justify = table.caption_justify = "left"
    table.add_column("Candidate", no_wrap=True)
    for header in (
        "Alone",
        "% of\nEVPI",
        "In order",
        "And then\nadds",
        "% re-\nmoved",
        "1,000\nyuan",
    ):
        table.add_column(header, justify="right", no_wrap=True)
    for worth in found.worths:
        number, step = steps.get(worth.candidate.name, (None, None))
        cost = worth.candidate.cost_cny
        table.add_row(
            worth.candidate.name,
            said(worth.evsi, found),
            percent(share(worth.evsi, found.evpi)),
            NOTHING if number is None else str(number),
            NOTHING if step is None else said(step.gain, found),
            with_half(parts[worth.candidate.name].removed, PERCENT, 0),
            NOTHING if cost is None else decimal(cost / _THOUSAND, 0),
        )
    table.caption = (
        f"% removed: of the variance of {pair.one} against {pair.other}. Sizes and costs: see the candidates' file."
    )
    return table


def places_of(unit: str) -> int:
    """Digits after the point that a benefit is told with."""
    return 2 if unit == POINTS else 3


def said(estimate: Estimate, found: Valuation) -> str:
    """A value with half its interval, in the unit's own digits."""
    return with_half(estimate, 1.0, places_of(found.evidence.unit))


def with_half(estimate: Estimate, scale: float, places: int) -> str:
    """A value with half its interval: 0.42±0.10."""
    half = (estimate.high - estimate.low) / 2 * scale
    return f"{decimal(estimate.value * scale, places)}±{decimal(half, places)}"


def percent(number: float) -> str:
    """A share in whole per cent."""
    return NOTHING if math.isnan(number) else decimal(number * PERCENT, 0)


def summary_of(found: Valuation, pair: Pair, sentence: list[str]) -> dict[str, Any]:
    """What is in summary.json."""
    evidence = found.evidence
    return {
        "sentences": sentence,
        "unit": evidence.unit,
        "draws": len(evidence.benefits),
        "distinct_draws": len(set(evidence.kinds.tolist())),
        "draws_left_out": evidence.failed,
        "first_error": evidence.error,
        "mean_benefit": dict(zip(evidence.scenarios, evidence.benefits.mean(axis=0).tolist(), strict=True)),
        "best_on_average": found.best,
        "best_under_share_of_draws": dict(zip(evidence.scenarios, _best_under(found), strict=True)),
        "evpi": _estimate(found.evpi),
        "candidates": {
            worth.candidate.name: {**_estimate(worth.evsi), "usual": worth.usual} for worth in found.worths
        },
        "order": [
            {"candidate": step.candidate, "gain": _estimate(step.gain), "total": _estimate(step.total)}
            for step in found.steps
        ],
        "between": {
            "one": pair.one,
            "other": pair.other,
            "mean": pair.mean,
            "sd": pair.sd,
            "chance_sd": pair.chance,
            "one_better": pair.better,
            "evpi": _estimate(pair.evpi),
            "variance_removed": {part.candidate: _estimate(part.removed) for part in pair.parts},
            "evsi": {part.candidate: _estimate(part.evsi) for part in pair.parts},
        },
    }


def _best_under(found: Valuation) -> list[float]:
    best = found.evidence.benefits.argmax(axis=1)
    return [float((best == column).mean()) for column in range(len(found.evidence.scenarios))]


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "error": estimate.error, "low": estimate.low, "high": estimate.high}

"""What a calibration leaves in its folder, and what it says in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from takeup.report.files import write_frame, write_json
from takeup_calibration.calibrate import Calibration
from takeup_calibration.lives import branch_names
from takeup_calibration.rows import DUMMY
from takeup_calibration.weights import weighted_quantile

_ENDS = (0.05, 0.5, 0.95)


def write_results(folder: Path, found: Calibration, *, quiet: bool) -> bool:
    """Write posterior.parquet, rows.parquet and calibration.json, and print what they come to.

    Returns:
        Whether a fitted figure cannot be reached.
    """
    write_frame(found.posterior(), folder / "posterior.parquet")
    write_frame(_rows(found), folder / "rows.parquet")
    summary = summary_of(found)
    write_json(summary, folder / "calibration.json")
    for figure, nearest in found.unreachable():
        Console(stderr=True).print(
            f"The figure {figure.name} cannot be reached: wanted {_wanted(figure.low, figure.high)}, "
            f"the nearest that the model gives is {nearest:.3g}"
        )
    if not quiet:
        _show(summary)
        Console().print(f"Written: {folder}", soft_wrap=True, highlight=False)
    return bool(found.unreachable())


def summary_of(found: Calibration) -> dict[str, Any]:
    """What is in calibration.json: effective sample, figures, levers and parameters, before and after."""
    rows, weights = found.rows, found.weights
    known: NDArray[np.bool_] = np.asarray([each is not None for each in rows.found])
    even = np.where(np.arange(len(weights)) < rows.counts[0], known / known[: rows.counts[0]].sum(), 0.0)
    scores = rows.scores
    means = weights @ scores
    sds = np.sqrt(weights @ (scores - means) ** 2)
    names = [*(dimension.name for dimension in rows.dimensions), DUMMY]
    return {
        "effective_sample": rows.effective,
        "rows": len(weights),
        "waves": rows.counts,
        "failed_rows": int((~known).sum()),
        "figures": {
            figure.name: {
                "wanted": [figure.low, figure.high],
                "tolerance": figure.tolerance,
                "fitted": figure.fit,
                "prior": _quantiles(rows.predicted[:, column], even),
                "posterior": _quantiles(rows.predicted[:, column], weights),
            }
            for column, figure in enumerate(rows.figures)
        },
        "effects": {
            name: {
                "prior": _quantiles(rows.effects[:, column], even),
                "posterior": _quantiles(rows.effects[:, column], weights),
            }
            for column, name in enumerate(branch_names())
        },
        "parameters": {
            names[column]: {"mean_score": float(mean), "sd_ratio": float(sd)}
            for column, mean, sd in zip(rows.adapting, means, sds, strict=True)
        },
    }


def _rows(found: Calibration) -> pd.DataFrame:
    """Every point tried: its weight, its values, and what it gave."""
    rows = found.rows
    table = pd.DataFrame(rows.points, columns=[dimension.name for dimension in rows.dimensions])
    table.insert(0, "weight", found.weights)
    for column, figure in enumerate(rows.figures):
        table[f"figure {figure.name}"] = rows.predicted[:, column]
    for column, name in enumerate(branch_names()):
        table[f"effect {name}"] = rows.effects[:, column]
    return table


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64]) -> list[float]:
    known = ~np.isnan(values)
    return [weighted_quantile(values[known], weights[known], at) for at in _ENDS]


def _wanted(low: float, high: float) -> str:
    return f"{low:.3g}" if low == high else f"{low:.3g}–{high:.3g}"


def _show(summary: dict[str, Any]) -> None:
    console = Console()
    figures = _table("Figures: median (90 % interval); in brackets, not fitted")
    for header in ("Figure", "Wanted", "Before", "After"):
        figures.add_column(header, no_wrap=True)
    for name, figure in summary["figures"].items():
        label = name if figure["fitted"] else f"({name})"
        figures.add_row(label, _wanted(*figure["wanted"]), _spread(figure["prior"]), _spread(figure["posterior"]))
    console.print(figures)
    levers = _table("Levers: points of take-up by 2023-12")
    for header in ("Lever", "Before", "After"):
        levers.add_column(header, no_wrap=True)
    for name, effect in summary["effects"].items():
        levers.add_row(name, _spread(effect["prior"]), _spread(effect["posterior"]))
    console.print(levers)
    console.print(f"{summary['rows']} points, effective sample {summary['effective_sample']:.0f}")


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)


def _spread(quantiles: list[float]) -> str:
    low, middle, high = (f"{number:.2f}" for number in quantiles)
    return f"{middle} ({low}–{high})"

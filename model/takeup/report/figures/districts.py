"""Take-up by district: a dot each, the highest on top."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.answers.intervals import t_interval
from takeup.report.figures.canvas import LABEL_SIZE, SMALL_SIZE, Margins, dress, finished, head_labels, page
from takeup.report.figures.lettering import wrapped
from takeup.report.figures.palette import INK, PALE_INK, PAPER
from takeup.report.tables import PERCENT
from takeup.report.wording import count, month, printable, replicates

_ROW: Final = 0.2
_MOST_LABELS: Final = 60
_TALLEST: Final = _ROW * _MOST_LABELS
_MARGINS: Final = Margins(left=2.1, right=0.4, top=0.45)
_LABEL_WIDTH: Final = 1.85
_SMALLEST_DOT, _LARGEST_DOT = 9.0, 170.0
"""Areas of the dots, in square points."""
_HEADROOM: Final = 0.06


def by_district(districts: pd.DataFrame, title: str) -> Figure:
    """The share with a valid permit in each district in the last month, and the province's.

    Beyond sixty districts they share the height of sixty, and not every one is named.

    Args:
        districts: a row a district, replicate and month, as `takeup.answers.province` gives it.
        title: of the scenario.
    """
    until = str(districts["month"].max())
    table = _table(districts[districts["month"] == until])
    number = int(districts["replicate"].nunique())
    height = min(_ROW * max(len(table), 3), _TALLEST)
    step = int(np.ceil(len(table) / _MOST_LABELS))
    province = float(np.average(table["mean"], weights=table["persons"]))
    heading = f"{title}: take-up in {count(len(table))} districts, {month(until)}"
    sheet = page(heading, _caption(number, step), height, _MARGINS)
    axes = sheet.axes()
    rows = np.arange(len(table))
    axes.axvline(province, color=INK, linewidth=1.1, linestyle=(0, (4, 3)), zorder=2)
    axes.hlines(rows, table["low"], table["high"], color=PALE_INK, linewidth=1.4, zorder=3)
    axes.scatter(table["mean"], rows, s=_areas(table["persons"].to_numpy(np.float64)), color=INK, edgecolor=PAPER,
                 linewidth=0.5, zorder=4)  # fmt: skip
    named = rows[::-1][::step]
    names = [wrapped(printable(str(name)), _LABEL_WIDTH, LABEL_SIZE, most=1)[0] for name in table["name"]]
    axes.set_yticks(named, [names[row] for row in named])
    axes.set_ylim(-0.8, len(table) - 0.2)
    axes.set_xlabel("Migrants with a valid permit, %")
    _set_limits(axes, table)
    dress(axes, grid="x")
    head_labels(axes, "District", sheet.height)
    axes.text(province, 1.0 + 0.08 / sheet.height, "all districts", transform=axes.get_xaxis_transform(),
              ha="center", va="bottom", fontsize=SMALL_SIZE, color=PALE_INK)  # fmt: skip
    return finished(sheet)


def _table(last: pd.DataFrame) -> pd.DataFrame:
    """A row a district, the lowest first: its name, persons, and mean and interval over replicates in percent."""
    rows = []
    for _, of_one in last.groupby("district", sort=False):
        share = t_interval(PERCENT * of_one["valid_share"].to_numpy(np.float64))
        rows.append(
            (of_one["name"].iloc[0], of_one["persons"].mean(), *map(float, (share.mean, share.low, share.high)))
        )
    table = pd.DataFrame(rows, columns=["name", "persons", "mean", "low", "high"])
    return table.sort_values("mean", kind="stable", ignore_index=True)


def _areas(persons: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(_LARGEST_DOT * persons / persons.max(), _SMALLEST_DOT))


def _set_limits(axes: Axes, table: pd.DataFrame) -> None:
    marks = table[["mean", "low", "high"]].to_numpy(np.float64)
    marks = marks[np.isfinite(marks)]
    room = _HEADROOM * (float(np.ptp(marks)) or 1.0)
    axes.set_xlim(marks.min() - room, marks.max() + room)


def _caption(number: int, step: int) -> str:
    dots = "Dots: share of those living in a district who hold a valid permit at the month's end"
    if number > 1:
        chance = (
            f", mean over {replicates(number)}. Bars: 95 % interval of that mean, which reflects chance between "
            "replicates only; where none is seen it is narrower than the dot."
        )
    else:
        chance = ". One replicate: there is no interval."
    few = "" if step == 1 else f" Every {_ordinal(step)} district is named; districts.csv has all."
    return (
        f"{dots}{chance} A dot's area is in proportion to the persons living there, but never below a legible size. "
        f"Dashed: all districts together.{few}"
    )


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")

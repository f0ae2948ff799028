"""Districts beside each other, for the terminal.

Take-up by district: a dot each, the highest on top.

What a run of several districts leaves in its folder. Every file appears whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.analysis.compare.time_series_plots import plot_monthly_overview
from takeup.analysis.region import RegionResult, RegionSpec
from takeup.analysis.statistics import t_interval
from takeup.constants import PERCENT
from takeup.report.formatting import count, decimal, month, printable, replicates
from takeup.report.manifest import library_versions, scenario_record
from takeup.report.plotting.style import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    PAPER,
    SMALL_SIZE,
    Margins,
    finalise,
    page,
    row_header,
    style_axes,
)
from takeup.report.plotting.text import wrapped
from takeup.report.results_folder import results_writer, write_figure, write_json, write_tables

_AT_EITHER_END: Final = 5
_BETWEEN: Final = "…"


def render_districts(districts: pd.DataFrame) -> Table:
    """Take-up by district in the last month, means over replicates: the highest and the lowest few.

    Args:
        districts: as `takeup.answers.province` gives it.
    """
    until = districts["month"].max()
    last = districts[districts["month"] == until]
    means = last.groupby(["district", "name"], sort=False)[
        ["persons", "valid_share", "population", "lapsed", "queued", "wait_months"]
    ].mean()
    ranked = means.sort_values("valid_share", ascending=False, kind="stable").reset_index()
    table = Table(
        title=f"By district at {until}: % of those living there",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column("District", overflow="fold")
    for header in ("Persons", "Valid", "Lapsed", "Queued", "Wait\nmonths"):
        table.add_column(header, justify="right", no_wrap=True)
    for rank, row in ranked.iterrows():
        if int(str(rank)) == _AT_EITHER_END and len(ranked) > 2 * _AT_EITHER_END:
            table.add_row(_BETWEEN)
        if _AT_EITHER_END <= int(str(rank)) < len(ranked) - _AT_EITHER_END:
            continue
        share = PERCENT / row["population"] if row["population"] else 0.0
        table.add_row(
            Text(printable(str(row["name"]))),
            count(row["persons"]),
            decimal(PERCENT * row["valid_share"]),
            decimal(share * row["lapsed"]),
            decimal(share * row["queued"]),
            decimal(row["wait_months"], 2),
        )
    return table


_ROW: Final = 0.2
_MOST_LABELS: Final = 60
_TALLEST: Final = _ROW * _MOST_LABELS
_MARGINS: Final = Margins(left=2.1, right=0.4, top=0.45)
_LABEL_WIDTH: Final = 1.85
_SMALLEST_DOT, _LARGEST_DOT = 9.0, 170.0
"""Areas of the dots, in square points."""
_HEADROOM: Final = 0.06


def plot_by_district(districts: pd.DataFrame, title: str) -> Figure:
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
    axes.scatter(
        table["mean"],
        rows,
        s=_areas(table["persons"].to_numpy(np.float64)),
        color=INK,
        edgecolor=PAPER,
        linewidth=0.5,
        zorder=4,
    )
    named = rows[::-1][::step]
    names = [wrapped(printable(str(name)), _LABEL_WIDTH, LABEL_SIZE, most=1)[0] for name in table["name"]]
    axes.set_yticks(named, [names[row] for row in named])
    axes.set_ylim(-0.8, len(table) - 0.2)
    axes.set_xlabel("Migrants with a valid permit, %")
    _set_limits(axes, table)
    style_axes(axes, grid="x")
    row_header(axes, "District", sheet.height)
    axes.text(
        province,
        1.0 + 0.08 / sheet.height,
        "all districts",
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=PALE_INK,
    )
    return finalise(sheet)


def _table(last: pd.DataFrame) -> pd.DataFrame:
    """A row a district, the lowest first: its name, persons, and mean and interval over replicates in percent."""
    rows = []
    for _, of_one in last.groupby("district", sort=False):
        share = t_interval(PERCENT * of_one["valid_share"].to_numpy(np.float64))
        rows.append(
            (of_one["name"].iloc[0], of_one["persons"].mean(), *map(float, (share.center, share.low, share.high)))
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


@results_writer
def write_region(folder: Path, province: RegionSpec, answer: RegionResult, command: str) -> None:
    """Write tables, figures, summary and manifest.

    Args:
        folder: where to.
        province: what was lived.
        answer: what was found.
        command: what repeats it.
    """
    scenario = province.task.scenarios[0]
    write_tables({"monthly": answer.monthly, "districts": answer.districts}, folder)
    write_figure(plot_monthly_overview(answer.monthly, scenario.title), folder / "overview.png")
    write_figure(plot_by_district(answer.districts, scenario.title), folder / "districts.png")
    write_json(_summary(province, answer), folder / "summary.json")
    write_json(_manifest(province, command), folder / "manifest.json")


def _summary(province: RegionSpec, answer: RegionResult) -> dict[str, Any]:
    """How the scenario stands in its last month: over all districts, and how far they lie apart."""
    scenario, until = province.task.scenarios[0], province.task.until
    last = answer.monthly[answer.monthly["month"] == until]
    share = t_interval((last["valid"] / last["population"]).to_numpy())
    by_district = answer.districts[answer.districts["month"] == until].groupby("district", sort=False)["valid_share"]
    shares = by_district.mean()
    means = last.drop(columns=["scenario", "replicate", "month"]).mean()
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "districts": len(province.places),
        "month": until,
        "replicates": province.replicates,
        "valid_share": float(share.center),
        "valid_share_95": [float(share.low), float(share.high)],
        "persons_per_agent": province.persons / province.agents,
        "by_district": {
            "lowest": {"district": str(shares.idxmin()), "valid_share": float(shares.min())},
            "median": {"valid_share": float(np.median(shares))},
            "highest": {"district": str(shares.idxmax()), "valid_share": float(shares.max())},
        },
        "means": {str(name): float(value) for name, value in means.items()},
    }


def _manifest(province: RegionSpec, command: str) -> dict[str, Any]:
    """All that is needed to repeat the run, and nothing of when and where it was made."""
    task = province.task
    return {
        "command": command,
        "key": province.key,
        "versions": library_versions(),
        "districts": [
            {
                "name": place.name,
                "sha256": place.task.digest,
                "agents": place.task.agents,
                "seeds": [province.job(place, replicate).payload.seed for replicate in range(province.replicates)],
            }
            for place in province.places
        ],
        "scenarios": [scenario_record(scenario) for scenario in task.scenarios],
        "parameters": dict(task.parameters),
        "seeds": [province.seed + replicate for replicate in range(province.replicates)],
        "agents": province.agents,
        "engine": task.engine,
        "from": task.start,
        "until": task.until,
    }

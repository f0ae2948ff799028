"""Output of a region: the terminal table of districts, a dot plot, and files.

Every file is written atomically.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from takeup.analysis.compare.monthly_overview import plot_monthly_overview
from takeup.analysis.region import RegionResult, RegionSpec
from takeup.analysis.statistics import t_interval
from takeup.report.formatting import PERCENT, count, decimal, plain_table, printable
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    PAPER,
    SMALL_SIZE,
    Margins,
    finalise,
    fit_horizontally,
    page,
    row_header,
    style_axes,
)
from takeup.report.results_folder import (
    library_versions,
    results_writer,
    scenario_record,
    write_figure,
    write_json,
    write_tables,
)
from takeup.report.typography import wrapped

_AT_EITHER_END: Final = 5
_BETWEEN: Final = "…"


def render_districts(districts: pd.DataFrame, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the districts with the highest and lowest take-up.

    The table of numbers is `RegionResult.districts`. The numbers are means over replicates in the last month.
    """
    until = districts["month"].max()
    last = districts[districts["month"] == until]
    means = last.groupby(["district", "name"], sort=False)[
        ["persons", "valid_share", "population", "lapsed", "queued", "wait_months"]
    ].mean()
    ranked = means.sort_values("valid_share", ascending=False, kind="stable").reset_index()
    table = plain_table(translate("By district at {month}: % of its migrants", month=until))
    table.add_column(translate("District"), overflow="fold")
    headers = (
        translate("Persons"),
        translate("Valid"),
        translate("Lapsed"),
        translate("Queued"),
        translate("Wait\nmonths"),
    )
    for header in headers:
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


def plot_by_district(districts: pd.DataFrame, title: str, translate: Language = ENGLISH) -> Figure:
    """Make the dot plot of take-up in the last month, by district and in the region.

    With more than sixty districts the height stays that of sixty, and not every district is labelled.

    Args:
        districts: table `RegionResult.districts`.
        title: title of the scenario.
        translate: the language.
    """
    until = str(districts["month"].max())
    table = _means_by_district(districts[districts["month"] == until])
    number = int(districts["replicate"].nunique())
    height = min(_ROW * max(len(table), 3), _TALLEST)
    step = int(np.ceil(len(table) / _MOST_LABELS))
    region = float(np.average(table["mean"], weights=table["persons"]))
    heading = translate(
        "{title}: take-up in {number} districts, {month}",
        title=translate.phrase(title),
        number=count(len(table)),
        month=translate.month(until),
    )
    sheet = page(heading, _caption(number, step, translate), height, _MARGINS)
    axes = sheet.axes()
    rows = np.arange(len(table))
    axes.axvline(region, color=INK, linewidth=1.1, linestyle=(0, (4, 3)), zorder=2)
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
    axes.set_xlabel(translate("Migrants with a valid permit, %"))
    fit_horizontally(axes, table[["mean", "low", "high"]].to_numpy(np.float64))
    style_axes(axes, grid="x")
    row_header(axes, translate("District"), sheet.height)
    axes.text(
        region,
        1.0 + 0.08 / sheet.height,
        translate("all districts"),
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=PALE_INK,
    )
    return finalise(sheet)


def _means_by_district(last: pd.DataFrame) -> pd.DataFrame:
    """Compute take-up per district in percent, over replicates, the lowest first."""
    rows = []
    for _, rows_of_district in last.groupby("district", sort=False):
        share = t_interval(PERCENT * rows_of_district["valid_share"].to_numpy(np.float64))
        rows.append(
            (
                rows_of_district["name"].iloc[0],
                rows_of_district["persons"].mean(),
                *map(float, (share.center, share.low, share.high)),
            )
        )
    table = pd.DataFrame(rows, columns=["name", "persons", "mean", "low", "high"])
    return table.sort_values("mean", kind="stable", ignore_index=True)


def _areas(persons: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(_LARGEST_DOT * persons / persons.max(), _SMALLEST_DOT))


def _caption(number: int, step: int, translate: Language) -> str:
    sentences = [
        translate(
            "Dots: share of the migrants of a district with a valid permit at the end of the month, mean over "
            "{runs}. Bars: 95 % interval of that mean, which reflects Monte Carlo error between replicates only; "
            "where no bar is visible it is narrower than the dot.",
            runs=translate("{number} replicates", number=number),
        )
        if number > 1
        else translate(
            "Dots: share of the migrants of a district with a valid permit at the end of the month. One replicate: "
            "there is no interval."
        ),
        translate(
            "The area of a dot is proportional to the population, with a legible minimum. Dashed line: all districts "
            "together."
        ),
    ]
    if step > 1:
        sentences.append(translate("One district in {step} is labelled; districts.csv has all.", step=step))
    return translate.join(sentences)


def named_districts(region: RegionSpec, result: RegionResult, translate: Language) -> pd.DataFrame:
    """Return the table of the districts with their names in a language."""
    names = result.districts["district"].map(region.titles(translate))
    return result.districts.assign(name=names)


@results_writer
def write_region(
    folder: Path, region: RegionSpec, result: RegionResult, command: str, translate: Language = ENGLISH
) -> dict[str, Any]:
    """Write the results of a region: tables, figures, summary and manifest."""
    scenario = region.task.scenarios[0]
    write_tables({"monthly": result.monthly, "districts": result.districts}, folder)
    overview = plot_monthly_overview(result.monthly, scenario.title, translate)
    by_district = plot_by_district(named_districts(region, result, translate), scenario.title, translate)
    write_figure(overview, folder / translate.file_name("overview.png"))
    write_figure(by_district, folder / translate.file_name("districts.png"))
    write_json(_summary(region, result), folder / "summary.json")
    return _manifest(region, command)


def _summary(region: RegionSpec, result: RegionResult) -> dict[str, Any]:
    """Return the content of summary.json: the last month of region and districts."""
    scenario, until = region.task.scenarios[0], region.task.settings.until
    last = result.monthly[result.monthly["month"] == until]
    share = t_interval((last["valid"] / last["population"]).to_numpy())
    by_district = result.districts[result.districts["month"] == until].groupby("district", sort=False)["valid_share"]
    shares = by_district.mean()
    means = last.drop(columns=["scenario", "replicate", "month"]).mean()
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "districts": len(region.districts),
        "month": until,
        "replicates": region.replicates,
        "valid_share": float(share.center),
        "valid_share_95": [float(share.low), float(share.high)],
        "persons_per_agent": region.persons / region.agents,
        "by_district": {
            "lowest": {"district": str(shares.idxmin()), "valid_share": float(shares.min())},
            "median": {"valid_share": float(np.median(shares))},
            "highest": {"district": str(shares.idxmax()), "valid_share": float(shares.max())},
        },
        "means": {str(name): float(value) for name, value in means.items()},
    }


def _manifest(region: RegionSpec, command: str) -> dict[str, Any]:
    """Return the content of manifest.json: all inputs needed to repeat the run."""
    task = region.task
    return {
        "command": command,
        "key": region.key,
        "versions": library_versions(),
        "districts": [
            {
                "name": district.name,
                "sha256": district.task.digest,
                "agents": district.task.settings.agents,
                "seeds": [
                    region.job(district, replicate).payload.settings.seed for replicate in range(region.replicates)
                ],
            }
            for district in region.districts
        ],
        "scenarios": [scenario_record(scenario) for scenario in task.scenarios],
        "parameters": task.settings.parameters,
        "seeds": [region.seed + replicate for replicate in range(region.replicates)],
        "agents": region.agents,
        "engine": task.settings.engine,
        "from": task.settings.start,
        "until": task.settings.until,
    }

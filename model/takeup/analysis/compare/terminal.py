"""Tables of a comparison for the terminal, which fit into 80 columns."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
from rich.table import Table
from rich.text import Text

from takeup.analysis.batch import StoppingResult
from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.text import cost_range, group_label, median_error_note
from takeup.analysis.uncertainty import interval_contents, replicates_phrase
from takeup.district.attributes import STREET
from takeup.report.formatting import (
    PERCENT,
    count,
    decimal,
    money,
    plain_table,
    plus_minus,
    printable,
    signed,
    signed_count,
)
from takeup.report.i18n import ENGLISH, Language

_NARROWEST_NAME: Final = 12
_NARROWEST_VALUE: Final = 5
_MOST_WITH_INTERVALS: Final = 4
"""Largest number of scenarios whose intervals fit beside their differences on 80 columns."""


def precision_note(precision: StoppingResult, number: int, translate: Language = ENGLISH, title: str = "") -> str:
    """State how many replicates the precision required, or the width reached.

    Args:
        precision: the precision, and the scenario with the widest interval.
        number: number of replicates.
        translate: the language.
        title: title of that scenario.
    """
    known = {
        "runs": replicates_phrase(number, translate),
        "wanted": f"{precision.wanted:g}",
        "widest": f"{precision.widest:.2g}",
    }
    if precision.is_reached:
        return translate("{runs}: every interval is narrower than {wanted} points (the widest: {widest}).", **known)
    return translate(
        "{runs} are not enough for {wanted} points: the interval of {scenario} is {widest} points wide.",
        scenario=translate.scenario(precision.scenario, title),
        **known,
    )


def monte_carlo_note(precision: StoppingResult, seeds: int, translate: Language = ENGLISH, title: str = "") -> str:
    """State how many seeds per draw the precision required, or the width reached.

    Args:
        precision: the precision, and the scenario with the widest interval.
        seeds: number of seeds per draw.
        translate: the language.
        title: title of that scenario.
    """
    known = {
        "seeds": translate("1 seed") if seeds == 1 else translate("{number} seeds", number=seeds),
        "wanted": f"{precision.wanted:g}",
        "widest": f"{precision.widest:.2g}",
    }
    if precision.is_reached:
        return translate(
            "{seeds} per draw: the 95 % Monte Carlo interval of every mean effect over these draws is narrower than "
            "{wanted} points (the widest: {widest}).",
            **known,
        )
    return translate(
        "{seeds} per draw are not enough for {wanted} points: the 95 % Monte Carlo interval of the mean effect of "
        "{scenario} is {widest} points wide.",
        scenario=translate.scenario(precision.scenario, title),
        **known,
    )


def render_summary(
    summary: pd.DataFrame,
    precision: StoppingResult | None = None,
    replicates: int = 1,
    translate: Language = ENGLISH,
) -> Table:
    """Render the table of `summary_table` on 80 columns, one line per scenario.

    Args:
        summary: table made by `summary_table`.
        precision: precision reached, if replicates were added until the intervals were narrow enough.
        replicates: number of replicates.
        translate: the language.
    """
    headers = (
        translate("Valid\n%"),
        translate("Points"),
        translate("Permits"),
        translate("Issued"),
        translate("Lapsed"),
        translate("Wait\nmonths"),
        translate("Cost\nM yuan"),
        translate("Yuan per\nextra"),
    )
    title = translate("Scenarios and baseline at the last month")
    table = _scenario_table(title, headers, translate)
    notes = [translate("Issued, lapsed and cost: since the first scenario acts. A permit can lapse more than once.")]
    if _has_width(summary):
        notes.append(_width_note(translate))
    titles = dict(zip(summary["scenario"], summary["title"], strict=True))
    if precision is not None:
        widest = titles.get(precision.scenario, precision.scenario)
        notes.insert(0, precision_note(precision, replicates, translate, widest))
    table.caption = _plain(translate.join(notes))
    columns = summary.drop(columns=["scenario", "title"]).astype(float)
    for number, ((name, title), (_, row)) in enumerate(zip(titles.items(), columns.iterrows(), strict=True)):
        table.add_row(
            _numbered(number, name, title, translate),
            decimal(row["take_up_percent"]),
            _difference(row["difference_points"], row["high"]),
            signed_count(row["difference_persons"]),
            count(row["issued"]),
            count(row["lapsed"]),
            decimal(row["wait_months"], 2),
            translate.in_large_unit(row["cost_cny"]),
            money(row["cost_per_permit"]),
        )
    return table


def render_months(monthly: pd.DataFrame, title: str, translate: Language = ENGLISH) -> Table:
    """Render a run's monthly table: the last month of each year.

    Args:
        monthly: monthly table of one scenario.
        title: title of the scenario.
        translate: the language.
    """
    label = translate.scenario(str(monthly["scenario"].iloc[0]), title)
    table = plain_table(translate("{scenario}: % of residents, at the end of each year", scenario=label))
    shown = ("valid", "lapsed", "queued", "qualified", "unaware", "informed")
    headers = (
        translate("Month"),
        translate("Persons"),
        translate("Valid"),
        translate("Lapsed"),
        translate("Queued"),
        translate("Qualified"),
        translate("Unaware"),
        translate("Informed"),
        translate("Wait\nmonths"),
    )
    _add_numbers(table, *headers)
    means = monthly.drop(columns=["scenario", "replicate"]).groupby("month").mean()
    is_listed = [str(month).endswith("-12") or month == means.index[-1] for month in means.index]
    for month, row in means[is_listed].iterrows():
        shares = row / row["population"] * PERCENT
        table.add_row(
            str(month),
            count(row["population"]),
            *(decimal(shares[name]) for name in shown),
            decimal(row["wait_months"], 2),
        )
    return table


def render_groups(
    groups: pd.DataFrame, comparison: Comparison, translate: Language = ENGLISH, *, streets: bool = False
) -> Table:
    """Render the differences by group in points, one column per scenario.

    Args:
        groups: table made by `group_table`.
        comparison: the comparison, which has the titles of the scenarios and the names of the streets.
        translate: the language.
        streets: whether to list the streets too.
    """
    population = comparison.district.population
    chosen = groups if streets else groups[groups["attribute"] != STREET]
    labels = [translate.scenario(each.name, each.title) for each in comparison.scenarios[1:]]
    has_room = len(labels) <= _MOST_WITH_INTERVALS
    table = plain_table(translate("Difference from the baseline in points, by group"))
    table.add_column(translate("Group"), no_wrap=True)
    table.add_column(translate("Base-\nline %"), justify="right", no_wrap=True)
    for number, label in enumerate(labels, 1):
        header = _plain(label) if has_room else str(number)
        table.add_column(header, justify="right", min_width=_NARROWEST_VALUE, overflow="fold")
    if not has_room:
        table.caption = _plain(translate(", ").join(f"{number} {label}" for number, label in enumerate(labels, 1)))
    elif _has_width(chosen):
        table.caption = _width_note(translate)
    above = ""
    for (attribute, level), rows in chosen.groupby(["attribute", "level"], sort=False):
        if attribute != above:
            above = str(attribute)
            table.add_row(_plain(translate.words(above)), style="bold")
        numbers = rows[["difference_points", "high"]].to_numpy(dtype=float)
        table.add_row(
            Text(f"  {translate.level(population, above, str(level))}"),
            decimal(float(rows["baseline_percent"].iloc[0])),
            *(_difference(points, high if has_room else math.nan) for points, high in numbers),
        )
    return table


def render_ensemble(comparison: Comparison, translate: Language = ENGLISH) -> Table:
    """Render the effects and costs over draws of a posterior on 80 columns.

    A scenario has two lines: the medians, and below them their intervals.
    """
    drawn = comparison.posterior_result
    headers = (
        translate("Points"),
        translate("Best in\n%"),
        translate("Regret\npoints"),
        translate("Cost\nM yuan"),
        translate("Yuan per\nextra permit"),
    )
    number = count(comparison.replicates)
    title = translate("Difference from the baseline at the last month, over {number} draws", number=number)
    table = _scenario_table(title, headers, translate)
    titles = {scenario.name: scenario.title for scenario in comparison.scenarios}
    numbers = drawn.scenarios.drop(columns="scenario").astype(float)
    for place, (name, (_, row)) in enumerate(zip(drawn.scenarios["scenario"], numbers.iterrows(), strict=True)):
        effect, cost = signed(row["median"]), translate.in_large_unit(row["cost_cny"])
        per_permit = money(row["cost_per_permit"])
        if place:
            effect += f"\n{translate.interval(row['low'], row['high'], signed)}"
            low, high = row["cost_cny_low"], row["cost_cny_high"]
            is_range = translate.in_large_unit(low) != translate.in_large_unit(high)
            cost += f"\n{translate.interval(low, high, translate.in_large_unit)}" if is_range else ""
            if math.isfinite(row["cost_per_permit_low"]):
                ends = row["cost_per_permit_low"], row["cost_per_permit_high"]
                per_permit += f"\n{cost_range(*ends, translate)}"
        table.add_row(
            _numbered(place, str(name), titles[str(name)], translate),
            effect,
            decimal(PERCENT * row["probability_best"], 0),
            decimal(row["expected_regret"], 2),
            cost,
            per_permit,
        )
    notes = [
        translate(
            "First lines: medians; second lines: {contents}.",
            contents=interval_contents(drawn=True, translate=translate),
        ),
        median_error_note(comparison, translate),
        translate(
            "Best in: share of the draws in which the scenario adds most. Regret: average loss compared with the "
            "best scenario of each draw. Cost: since the first scenario acts."
        ),
    ]
    if comparison.precision is not None:
        seeds = int(drawn.runs.groupby(["scenario", "draw"])["seed"].nunique().max())
        widest = titles.get(comparison.precision.scenario, comparison.precision.scenario)
        notes.insert(0, monte_carlo_note(comparison.precision, seeds, translate, widest))
    table.caption = _plain(translate.join(notes))
    return table


def render_gains(comparison: Comparison, translate: Language = ENGLISH) -> Table:
    """Render gains and losses of permits, one line per scenario."""
    gains = comparison.gains
    headers = (
        translate("Take up\nfor it"),
        translate("Would\nanyway"),
        translate("Drop\nout"),
        translate("Have\nnone"),
    )
    title = translate("Who gains: % of persons resident with and without the scenario, at the last month")
    table = _scenario_table(title, headers, translate)
    table.add_column(translate("Gains most"), overflow="fold")
    for number, scenario in enumerate(comparison.scenarios[1:], 1):
        rows = gains[(gains["scenario"] == scenario.name) & (gains["attribute"] != STREET)]
        overall, groups = rows.iloc[0], rows[rows["differs"]].dropna(subset="gained_percent")
        table.add_row(
            _numbered(number, scenario.name, scenario.title, translate),
            *(
                decimal(PERCENT * overall[name] / overall["persons"])
                for name in ("gained", "both", "lost", "neither")
            ),
            "" if groups.empty else _largest_gain(groups, translate),
        )
    return table


def _largest_gain(groups: pd.DataFrame, translate: Language) -> Text:
    row = groups.sort_values("gained_percent", kind="stable").iloc[-1]
    return _plain(f"{group_label(row['attribute'], row['level'], translate)} {decimal(row['gained_percent'])}")


def _scenario_table(title: str, headers: tuple[str, ...], translate: Language) -> Table:
    """Make an empty table with a column of scenarios and columns of numbers."""
    table = plain_table(title)
    table.add_column(translate("Scenario"), min_width=_NARROWEST_NAME, overflow="fold")
    _add_numbers(table, *headers)
    return table


def _add_numbers(table: Table, *headers: str) -> None:
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)


def _has_width(differences: pd.DataFrame) -> bool:
    """Return whether any interval of a table is shown after ±."""
    return any(plus_minus(half) for half in differences["high"] - differences["difference_points"])


def _width_note(translate: Language) -> str:
    return translate("±: half the {contents}.", contents=interval_contents(drawn=False, translate=translate))


def _difference(points: float, high: float) -> str:
    return f"{signed(points)} {plus_minus(high - points)}".rstrip()


def _numbered(number: int, name: str, title: str, translate: Language) -> Text:
    """Return a scenario's label with its number; the baseline has none."""
    label = translate.scenario(name, title)
    return _plain(f"{number} {label}" if number else label)


def _plain(text: str) -> Text:
    """Convert a text to Rich text, in which brackets are not markup."""
    return Text(printable(text))

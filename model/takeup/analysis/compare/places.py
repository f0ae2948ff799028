"""Where and for whom policies act: sentences and tables on their targets, and differences between streets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.targets import FEWEST_AGENTS
from takeup.analysis.statistics import differ
from takeup.analysis.uncertainty import interval_contents
from takeup.district.attributes import STREET
from takeup.report.formatting import count, decimal, plain_table, printable, rough, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import describe_limits
from takeup.scenario import Timeline, load_rules


@dataclass(frozen=True)
class TargetRow:
    """A row of the table of effects on targets, with formatted values.

    Attributes:
        scenario, title: name and title of the scenario.
        limits: streets and groups to which it is limited.
        persons: number of targets.
        baseline: take-up among them without the scenario, in percent.
        points, interval: difference among them in percentage points, and its interval.
        elsewhere, elsewhere_interval: difference among all other residents, and its interval.
    """

    scenario: str
    title: str
    limits: str
    persons: str
    baseline: str
    points: str
    interval: str
    elsewhere: str
    elsewhere_interval: str


def target_rows(comparison: Comparison, translate: Language = ENGLISH) -> list[TargetRow]:
    """Format the effects of the limited policies on their targets and on all others."""
    scenarios = {scenario.name: scenario for scenario in comparison.scenarios}
    return [
        TargetRow(
            scenario=row["scenario"],
            title=printable(translate.phrase(scenarios[row["scenario"]].title)),
            limits=describe_limits(scenarios[row["scenario"]], comparison.district, translate),
            persons=count(rough(row["persons"])),
            baseline=decimal(row["baseline_percent"]),
            points=signed(row["difference_points"]),
            interval=_interval(row["low"], row["high"], translate),
            elsewhere=signed(row["elsewhere_points"]),
            elsewhere_interval=_interval(row["elsewhere_low"], row["elsewhere_high"], translate),
        )
        for row in _records(comparison)
    ]


def target_sentences(comparison: Comparison, translate: Language = ENGLISH) -> list[str]:
    """Describe the effect of each limited policy on its targets, the largest first."""
    rows = zip(target_rows(comparison, translate), _records(comparison), strict=True)
    return [_describe(row, values, comparison, translate) for row, values in rows]


def _describe(row: TargetRow, values: Mapping[str, Any], comparison: Comparison, translate: Language) -> str:
    known = {"title": row.title, "limits": row.limits, "persons": row.persons}
    if not math.isfinite(values["difference_points"]):
        return translate(
            "“{title}” is limited to {persons} migrants ({limits}). Fewer than {fewest} of them are simulated, so "
            "the effect on them is not shown; more --agents are needed.",
            fewest=count(FEWEST_AGENTS),
            **known,
        )
    known |= {"points": row.points, "elsewhere": row.elsewhere}
    if not row.interval:
        return translate(
            "“{title}” is limited to {persons} migrants ({limits}). Among them take-up changes by {points} "
            "percentage points, among all others by {elsewhere}.",
            **known,
        )
    return translate(
        "“{title}” is limited to {persons} migrants ({limits}). Among them take-up changes by {points} percentage "
        "points ({interval}), among all others by {elsewhere} ({elsewhere_interval}). Intervals: {contents}.",
        interval=row.interval,
        elsewhere_interval=row.elsewhere_interval,
        contents=interval_contents(drawn=comparison.drawn is not None, translate=translate),
        **known,
    )


def render_targets(comparison: Comparison, translate: Language = ENGLISH) -> Table:
    """Render the effects on the targets on 80 columns, two lines per scenario."""
    table = plain_table(translate("Difference from the baseline where the scenario acts, and elsewhere"))
    table.add_column(translate("Scenario"), overflow="fold")
    for header in (
        translate("Migrants"),
        translate("Baseline %"),
        translate("Points there"),
        translate("Points elsewhere"),
    ):
        table.add_column(header, justify="right", no_wrap=True)
    for row in target_rows(comparison, translate):
        table.add_row(
            Text(printable(translate.scenario(row.scenario, row.title))),
            row.persons,
            row.baseline,
            *(
                f"{points}\n{interval}" if interval else points
                for points, interval in ((row.points, row.interval), (row.elsewhere, row.elsewhere_interval))
            ),
        )
    if comparison.replicates > 1:
        table.caption = Text(
            translate(
                "Second lines: {contents}.",
                contents=interval_contents(drawn=comparison.drawn is not None, translate=translate),
            )
        )
    return table


def _records(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table of targets, the largest effect first."""
    table = comparison.targets.sort_values("difference_points", ascending=False, kind="stable", na_position="last")
    for row in table.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def _interval(low: float, high: float, translate: Language) -> str:
    return translate.interval(low, high, signed) if math.isfinite(low) else ""


@dataclass(frozen=True)
class StreetDifferences:
    """The results that differ by street by more than Monte Carlo error.

    Attributes:
        baseline: whether take-up in the baseline differs by street.
        scenarios: names of the scenarios whose difference from the baseline differs by street.
        note: sentence on results that are not shown by street; empty if all are.
    """

    baseline: bool
    scenarios: Sequence[str]
    note: str

    @property
    def any(self) -> bool:
        """Whether anything differs by street."""
        return self.baseline or bool(self.scenarios)


def street_differences(comparison: Comparison, translate: Language = ENGLISH) -> StreetDifferences:
    """Find the results that differ by street by more than Monte Carlo error.

    Streets with fewer than `FEWEST_AGENTS` simulated persons do not count.

    Args:
        comparison: the comparison.
        translate: language of the note.
    """
    agents = comparison.group_agents
    agents = agents[(agents.index.get_level_values("attribute") == STREET) & (agents >= FEWEST_AGENTS)]
    names = [scenario.name for scenario in comparison.scenarios]
    percents = {name: table.reindex(agents.index) for name, table in comparison.group_percents.items()}
    values = {names[0]: percents[names[0]]} | {name: percents[name] - percents[names[0]] for name in names[1:]}
    sizes = np.asarray(agents, dtype=np.float64)
    different = [name for name in names if differ(values[name].to_numpy(np.float64).T, sizes, tests=len(names))]
    scenarios = [name for name in names[1:] if name in different]
    baseline = names[0] in different
    is_complete = len(scenarios) == len(names) - 1 and (baseline or bool(scenarios))
    note = "" if is_complete else _street_note(comparison, translate, some=bool(scenarios))
    return StreetDifferences(baseline, scenarios, note)


def _street_note(comparison: Comparison, translate: Language, *, some: bool) -> str:
    if comparison.replicates == 1:
        return translate(
            "One replicate: differences between streets cannot be distinguished from Monte Carlo error and are not "
            "shown."
        )
    if some:
        return translate("The effects of the other scenarios do not differ by street beyond Monte Carlo error.")
    if _acts_by_street(comparison):
        return translate("Differences between streets are within Monte Carlo error and are not shown.")
    return translate(
        "The model knows nothing that differs by street except the number of migrants. Differences between streets "
        "are Monte Carlo error and are not shown."
    )


def _acts_by_street(comparison: Comparison) -> bool:
    """Return whether a policy or a dated rule acts differently in different streets."""
    district = comparison.district
    targets = (Timeline(scenario, district).targets for scenario in comparison.scenarios[1:])
    by_rule = any(stated.intervention.streets is not None for stated in load_rules(district))
    return by_rule or any((target != target[:1]).any() for target in targets)

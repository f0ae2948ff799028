"""What a comparison found at its last month, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from takeup.answers.comparison import Comparison
from takeup.district import ATTRIBUTES, District

PERCENT: Final = 100.0
STREET: Final = "street"

SUMMARY_COLUMNS: Final = (
    "scenario",
    "title",
    "take_up_percent",
    "difference_points",
    "low",
    "high",
    "difference_persons",
    "persons_low",
    "persons_high",
    "issued",
    "lapsed",
    "wait_months",
    "cost_cny",
    "cost_per_permit",
)
GROUP_COLUMNS: Final = (
    "scenario",
    "attribute",
    "level",
    "baseline_percent",
    "take_up_percent",
    "difference_points",
    "low",
    "high",
)


def summary_table(comparison: Comparison) -> pd.DataFrame:
    """One row a scenario at the last month, the baseline first, in the order of the comparison.

    Columns: `take_up_percent`; `difference_points` with its interval `low` to `high`, see `Comparison.comparison`;
    `difference_persons`, valid permits more than in the baseline, with `persons_low` to `persons_high`;
    `issued`, `lapsed`, `wait_months`, `cost_cny` as in the comparison; `cost_per_permit`, yuan per
    additional valid permit.
    """
    rows = comparison.comparison
    last = rows[rows["month"] == comparison.until].set_index("scenario")
    names = [scenario.name for scenario in comparison.scenarios]
    table = last.reindex(names).rename_axis("scenario").reset_index()
    table["title"] = [scenario.title for scenario in comparison.scenarios]
    table["take_up_percent"] = PERCENT * table["valid_share"]
    is_baseline = table["scenario"] == names[0]
    table.loc[is_baseline, ["difference_points", "low", "high", "difference_persons", "cost_per_permit"]] = np.nan
    persons = residents(comparison)
    for bound in ("low", "high"):
        table[f"persons_{bound}"] = table[bound] / PERCENT * persons
    return table[list(SUMMARY_COLUMNS)]


def group_table(comparison: Comparison) -> pd.DataFrame:
    """Take-up by group at the last month, each scenario against the baseline.

    One row a scenario but the baseline, attribute and level, in the order of the comparison, of the
    attributes (the streets last) and of their levels. Columns: `scenario`, `attribute`, `level`;
    `baseline_percent` and `take_up_percent`, means over replicates or draws; `difference_points` with its
    interval `low` to `high`: each run's share in the scenario minus its share in the baseline, then the 95 % t
    interval of these differences, or the interval that holds 90 % of the draws. NaN where a group has nobody.
    """
    baseline, *others = (scenario.name for scenario in comparison.scenarios)
    percents = {name: _percents(comparison, name) for name in (baseline, *others)}
    tables = [_beside(percents[baseline], percents[other], comparison).assign(scenario=other) for other in others]
    if not tables:
        return pd.DataFrame(columns=list(GROUP_COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(GROUP_COLUMNS)]


def residents(comparison: Comparison) -> float:
    """Persons living in the district in the last month, the same in every run."""
    rows = comparison.monthly
    last = rows[rows["month"] == comparison.until]
    return float(last["population"].mean()) * comparison.persons_per_agent


def _percents(comparison: Comparison, scenario: str) -> pd.DataFrame:
    """Take-up by group and replicate in the last month, in percent; groups in order."""
    rows = comparison.groups
    last = rows[(rows["month"] == comparison.until) & (rows["scenario"] == scenario)]
    percent = last.assign(percent=PERCENT * last["valid"] / last["population"])
    wide = percent.set_index(["attribute", "level", "replicate"])["percent"].unstack("replicate")  # noqa: PD010
    groups = _in_order([(str(attribute), str(level)) for attribute, level in wide.index], comparison.district)
    return wide.reindex(pd.MultiIndex.from_tuples(groups, names=["attribute", "level"]))


def _beside(baseline: pd.DataFrame, scenario: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """Two tables of percentages, groups x replicates, and their difference replicate by replicate."""
    scenario = scenario.reindex_like(baseline)
    differences = comparison.interval((scenario - baseline).to_numpy(dtype=np.float64).T)
    return pd.DataFrame(
        {
            "baseline_percent": comparison.interval(baseline.to_numpy(dtype=np.float64).T).mean,
            "take_up_percent": comparison.interval(scenario.to_numpy(dtype=np.float64).T).mean,
            "difference_points": differences.mean,
            "low": differences.low,
            "high": differences.high,
        },
        index=baseline.index,
    ).reset_index()


def _in_order(groups: Sequence[tuple[str, str]], district: District) -> list[tuple[str, str]]:
    """Groups in the order in which attributes, levels and streets are defined; others after them."""
    defined = [(attribute, level) for attribute, levels in ATTRIBUTES.items() for level in levels]
    defined += [(STREET, street) for street in district.streets]
    place = {group: number for number, group in enumerate(defined)}
    return sorted(groups, key=lambda group: place.get(group, len(place)))

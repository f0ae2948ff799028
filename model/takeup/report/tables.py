"""What a comparison found at its last month, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from takeup.answers.comparison import Comparison
from takeup.district import ATTRIBUTES, District
from takeup.report.intervals import t_interval

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


def summary_table(comparison: Comparison) -> pd.DataFrame:
    """One row a scenario at the last month, the baseline first, in the order of the comparison.

    Columns: `take_up_percent`; `difference_points` with its 95 % interval `low` to `high`; `difference_persons`, valid
    permits more than in the baseline, with `persons_low` to `persons_high`; `issued`, `lapsed`, `wait_months`,
    `cost_cny` as in the comparison; `cost_per_permit`, yuan per additional valid permit.
    """
    rows = comparison.comparison
    last = rows[rows["month"] == comparison.until].set_index("scenario")
    names = [scenario.name for scenario in comparison.scenarios]
    table = last.reindex(names).rename_axis("scenario").reset_index()
    table["title"] = [scenario.title for scenario in comparison.scenarios]
    table["take_up_percent"] = PERCENT * table["valid_share"]
    is_baseline = table["scenario"] == names[0]
    table.loc[is_baseline, ["difference_points", "low", "high", "difference_persons", "cost_per_permit"]] = np.nan
    residents = _residents(comparison)
    for bound in ("low", "high"):
        table[f"persons_{bound}"] = table[bound] / PERCENT * residents
    return table[list(SUMMARY_COLUMNS)]


def group_table(comparison: Comparison) -> pd.DataFrame:
    """Take-up by group at the last month, each scenario against the baseline.

    One row a scenario but the baseline, attribute and level, in the order of the comparison, of the attributes (the
    streets last) and of their levels. Columns: `scenario`, `attribute`, `level`; `baseline_percent` and
    `take_up_percent`, means over replicates; `difference_points` with its 95 % interval `low` to `high`: each replicate's
    share in the scenario minus its share in the baseline, then the t interval of these differences. NaN where a
    group has nobody.
    """
    rows = comparison.groups
    last = rows[rows["month"] == comparison.until]
    wide = last.assign(percent=PERCENT * last["valid"] / last["population"]).pivot(  # noqa: PD010
        index=["attribute", "level"], columns=["scenario", "replicate"], values="percent"
    )
    wide = wide.reindex(pd.MultiIndex.from_tuples(_in_order(wide.index.tolist(), comparison.district), names=wide.index.names))
    baseline, *others = (scenario.name for scenario in comparison.scenarios)
    tables = [_beside(wide[baseline], wide[other]).assign(scenario=other) for other in others]
    if not tables:
        tables = [_beside(wide[baseline], wide[baseline]).assign(scenario=baseline).iloc[:0]]
    columns = ["scenario", "attribute", "level", "baseline_percent", "take_up_percent", "difference_points", "low", "high"]
    return pd.concat(tables, ignore_index=True)[columns]


def _residents(comparison: Comparison) -> float:
    """Persons living in the district in the last month, the same in every run."""
    rows = comparison.monthly
    last = rows[rows["month"] == comparison.until]
    return float(last["population"].mean()) * comparison.persons_per_agent


def _beside(baseline: pd.DataFrame, scenario: pd.DataFrame) -> pd.DataFrame:
    """Two tables of percentages, groups x replicates, and their difference replicate by replicate."""
    differences = t_interval((scenario - baseline).to_numpy(dtype=np.float64).T)
    return pd.DataFrame(
        {
            "baseline_percent": t_interval(baseline.to_numpy(dtype=np.float64).T).mean,
            "take_up_percent": t_interval(scenario.to_numpy(dtype=np.float64).T).mean,
            "difference_points": differences.mean,
            "low": differences.low,
            "high": differences.high,
        },
        index=baseline.index,
    ).reset_index()


def _in_order(groups: Sequence[tuple[str, str]], district: District) -> list[tuple[str, str]]:
    """Groups in the order in which attributes, levels and streets are defined; others after them, as they come."""
    defined = [(attribute, level) for attribute, levels in ATTRIBUTES.items() for level in levels]
    defined += [(STREET, street) for street in district.streets]
    place = {group: number for number, group in enumerate(defined)}
    return sorted(groups, key=lambda group: place.get(group, len(place)))

"""Gains and losses of permits by group: persons counted with and without a policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.compare.targets import FEWEST_AGENTS
from takeup.analysis.statistics import differ, estimate_parts
from takeup.district import ATTRIBUTES, GROUPS
from takeup.district.attributes import STREET
from takeup.report.formatting import PERCENT
from takeup.runs.task import TRANSITIONS


def all_groups(streets: Sequence[str]) -> list[tuple[str, str]]:
    """Return the groups of a district as (attribute, level), the streets last."""
    return [*GROUPS, *((STREET, street) for street in streets)]


ALL: Final = "all"
"""The attribute and the level in the row of all persons."""
COUNTS: Final = (
    "persons",
    "both",
    "gained",
    "lost",
    "neither",
    "only_baseline",
    "only_baseline_valid",
    "only_policy",
    "only_policy_valid",
)
_FIRST_LEVELS: Final = len(next(iter(ATTRIBUTES.values())))


def total_transitions(transitions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum counts over all residents.

    Args:
        transitions: counts by group, shape (runs, scenarios, groups, `TRANSITIONS`).

    Returns:
        Counts of shape (runs, scenarios, 1, `TRANSITIONS`).
    """
    # Every person has exactly one level of the first attribute, so these groups sum to all persons.
    return np.asarray(transitions[:, :, :_FIRST_LEVELS].sum(axis=2, keepdims=True))


def transition_table(
    transitions: NDArray[np.float64],
    scenarios: Sequence[str],
    streets: Sequence[str],
    persons_per_agent: float,
    *,
    drawn: bool,
) -> pd.DataFrame:
    """Count residents by scenario, group, and whether the policy changes their permit.

    Args:
        transitions: counts in the last month, shape (runs, scenarios, groups, `TRANSITIONS`), in simulated persons.
        scenarios: names of the scenarios without the baseline.
        streets: names of the streets.
        persons_per_agent: persons of the district per simulated person.
        drawn: whether the runs are draws of a posterior.

    Returns:
        One row per scenario and group: all persons first, then the levels of the attributes and the streets.
        `persons` are residents both with and without the policy: `both` hold a valid permit with and without it,
        `gained` only with it, `lost` only without it, `neither` in neither. `only_baseline` and `only_policy` count
        residents in one of the two, because in the other they have settled elsewhere or not arrived yet;
        `only_baseline_valid` and `only_policy_valid` of them hold a valid permit there. `gained_percent`, with its
        interval `low` to `high`, and `lost_percent` are percentages of `persons`, and NaN for fewer than
        `FEWEST_AGENTS` simulated persons. Each number is the mean over replicates or draws, so that the counts sum to
        `persons`. `differs` tells whether the gains of the
        attribute's levels differ by more than Monte Carlo error.
    """
    totals = total_transitions(transitions)
    stacked = np.moveaxis(np.concatenate([totals, transitions], axis=2), -1, 0)
    counts = dict(zip(TRANSITIONS, stacked, strict=True))
    counts["persons"] = counts["both"] + counts["gained"] + counts["lost"] + counts["neither"]
    for branch in ("baseline", "policy"):
        counts[f"only_{branch}"] = counts[f"only_{branch}_valid"] + counts[f"only_{branch}_other"]
    with np.errstate(invalid="ignore", divide="ignore"):
        gained, lost = (PERCENT * counts[name] / counts["persons"] for name in ("gained", "lost"))
    is_shown = counts["persons"].mean(axis=0) >= FEWEST_AGENTS
    gained, lost = (np.where(is_shown, each, np.nan) for each in (gained, lost))
    percent = estimate_parts(gained, drawn=drawn)
    groups = [(ALL, ALL), *all_groups(streets)]
    index = [(scenario, *group) for scenario in scenarios for group in groups]
    table = pd.DataFrame(index, columns=["scenario", "attribute", "level"])
    for name in COUNTS:
        table[name] = (estimate_parts(counts[name], drawn=drawn).center * persons_per_agent).reshape(-1)
    table["gained_percent"] = percent.center.reshape(-1)
    table["low"] = percent.low.reshape(-1)
    table["high"] = percent.high.reshape(-1)
    table["lost_percent"] = estimate_parts(lost, drawn=drawn).center.reshape(-1)
    attributes = np.array([attribute for attribute, _ in groups])
    table["differs"] = np.array(
        [
            _differing(attributes, gained[:, number], counts["persons"][:, number].mean(axis=0))
            for number in range(len(scenarios))
        ]
    ).reshape(-1)
    return table


def _differing(
    attributes: NDArray[np.str_], values: NDArray[np.float64], sizes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return for each group whether the levels of its attribute differ, see `differ`.

    Args:
        attributes: attribute of each group, shape (groups,).
        values: values by run and group, shape (runs, groups).
        sizes: number of simulated persons in each group.
    """
    names = list(dict.fromkeys(attributes))
    is_different = {
        name: differ(values[:, attributes == name], sizes[attributes == name], len(names)) for name in names
    }
    return np.array([is_different[name] for name in attributes])

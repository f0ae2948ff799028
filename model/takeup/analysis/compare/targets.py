"""Effects on the residents to whom a policy is limited, and on all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.statistics import Estimate, estimate
from takeup.report.formatting import PERCENT
from takeup.runs.task import TRANSITIONS

FEWEST_AGENTS: Final = 100
"""Smallest number of simulated persons in a group whose effect is shown.

One person of 100 is one percentage point, as much as many policies change.
"""
TARGET_COLUMNS: Final = (
    "scenario",
    "agents",
    "persons",
    "baseline_percent",
    "take_up_percent",
    "difference_points",
    "low",
    "high",
    "difference_persons",
    "persons_low",
    "persons_high",
    "elsewhere_points",
    "elsewhere_low",
    "elsewhere_high",
)


def target_table(
    transitions: NDArray[np.float64], scenarios: Sequence[str], persons_per_agent: float, *, drawn: bool
) -> pd.DataFrame:
    """Estimate the effects of policies on their targets and on all other residents in the last month.

    Args:
        transitions: counts in simulated persons, of all residents and of the targets, shape (runs, scenarios, 2,
            `TRANSITIONS`).
        scenarios: names of the policies, each limited to some residents.
        persons_per_agent: persons of the district per simulated person.
        drawn: whether the runs are draws of a posterior.

    Returns:
        One row per policy with `TARGET_COLUMNS`: number of its targets, simulated (`agents`) and in the district
        (`persons`); their take-up without and with the policy; the difference in percentage points with its interval
        `low` to `high`, and in valid permits, with the interval `persons_low` to `persons_high`; and the difference
        among all other residents (`elsewhere_points`). Differences are NaN for fewer than `FEWEST_AGENTS` simulated
        persons.
    """
    counts = dict(zip(TRANSITIONS, np.moveaxis(transitions, -1, 0), strict=True))
    stayed = counts["both"] + counts["gained"] + counts["lost"] + counts["neither"]
    valid = {
        "baseline": counts["both"] + counts["lost"] + counts["only_baseline_valid"],
        "policy": counts["both"] + counts["gained"] + counts["only_policy_valid"],
    }
    residents = {branch: stayed + counts[f"only_{branch}_valid"] + counts[f"only_{branch}_other"] for branch in valid}

    def among_targets(counted: dict[str, NDArray[np.float64]], branch: str) -> NDArray[np.float64]:
        return counted[branch][:, :, 1]

    def among_others(counted: dict[str, NDArray[np.float64]], branch: str) -> NDArray[np.float64]:
        return counted[branch][:, :, 0] - counted[branch][:, :, 1]

    shares = {
        branch: PERCENT * _ratio(among_targets(valid, branch), among_targets(residents, branch)) for branch in valid
    }
    others = {
        branch: PERCENT * _ratio(among_others(valid, branch), among_others(residents, branch)) for branch in valid
    }
    agents = estimate(among_targets(residents, "policy"), drawn=drawn).center
    points = _shown(estimate(shares["policy"] - shares["baseline"], drawn=drawn), agents)
    permits = _shown(
        estimate(
            (among_targets(valid, "policy") - among_targets(valid, "baseline")) * persons_per_agent, drawn=drawn
        ),
        agents,
    )
    elsewhere = _shown(
        estimate(others["policy"] - others["baseline"], drawn=drawn),
        estimate(among_others(residents, "policy"), drawn=drawn).center,
    )
    columns = (
        list(scenarios),
        agents,
        agents * persons_per_agent,
        *(estimate(shares[branch], drawn=drawn).center for branch in ("baseline", "policy")),
        *(points.center, points.low, points.high),
        *(permits.center, permits.low, permits.high),
        *(elsewhere.center, elsewhere.low, elsewhere.high),
    )
    return pd.DataFrame(dict(zip(TARGET_COLUMNS, columns, strict=True)))


def no_targets() -> pd.DataFrame:
    """Return the table of a comparison in which no policy is limited."""
    return pd.DataFrame(columns=list(TARGET_COLUMNS))


def _ratio(counted: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide counts; NaN where there is nobody."""
    return np.asarray(
        np.divide(counted, among, out=np.full(counted.shape, np.nan), where=among > 0), dtype=np.float64
    )


def _shown(effect: Estimate, agents: NDArray[np.float64]) -> Estimate:
    """Return the estimates of large groups, and NaN for small ones."""
    is_small = agents < FEWEST_AGENTS
    return Estimate(*(np.where(is_small, np.nan, each) for each in (effect.center, effect.low, effect.high)))

"""Who gains: for each person, the permit they hold under a policy beside the one they would hold without it.

The same people live in both worlds, with the same luck, and keep their numbers. So each is their own control: nobody
has to be compared with others who are like them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers.intervals import Interval
from takeup.district import ATTRIBUTES, GROUPS
from takeup.experiment.fates import FATES

ALL: Final = "all"
"""The attribute and the level of everybody."""
COUNTS: Final = (
    "persons", "both", "gained", "lost", "neither", "only_baseline", "only_baseline_valid", "only_policy",
    "only_policy_valid",
)  # fmt: skip
_PERCENT: Final = 100.0
_FIRST_LEVELS: Final = len(next(iter(ATTRIBUTES.values())))


def gains_table(
    fates: NDArray[np.float64],
    scenarios: Sequence[str],
    streets: Sequence[str],
    persons_per_agent: float,
    interval: Callable[[NDArray[np.float64]], Interval],
) -> pd.DataFrame:
    """Persons by scenario, group and fate in the last month: means over runs, in persons of the district.

    A row a scenario and group: everybody first, then the attributes' levels and the streets. `persons` live there in
    both worlds: `both` hold a valid permit with and without the policy, `gained` with it alone, `lost` without it
    alone, `neither` not at all. `only_baseline` and `only_policy` live in one of the worlds, for in the other they
    have settled or not come yet; `only_baseline_valid` and `only_policy_valid` of them hold a valid permit there.
    `gained_percent`, with `low` to `high`, and `lost_percent` are shares of `persons`.

    Args:
        fates: (runs, scenarios, groups, FATES), in simulated persons.
        scenarios: names, without the baseline.
        streets: names.
        persons_per_agent: persons of the district that a simulated one stands for.
        interval: over runs.
    """
    everybody = fates[:, :, :_FIRST_LEVELS].sum(axis=2, keepdims=True)
    found = dict(zip(FATES, np.moveaxis(np.concatenate([everybody, fates], axis=2), -1, 0), strict=True))
    found["persons"] = found["both"] + found["gained"] + found["lost"] + found["neither"]
    for world in ("baseline", "policy"):
        found[f"only_{world}"] = found[f"only_{world}_valid"] + found[f"only_{world}_other"]
    with np.errstate(invalid="ignore", divide="ignore"):
        gained, lost = (_PERCENT * found[name] / found["persons"] for name in ("gained", "lost"))
    percent = interval(gained)
    groups = [(ALL, ALL), *GROUPS, *(("street", street) for street in streets)]
    index = [(scenario, *group) for scenario in scenarios for group in groups]
    table = pd.DataFrame(index, columns=["scenario", "attribute", "level"])
    for name in COUNTS:
        table[name] = (found[name].mean(axis=0) * persons_per_agent).reshape(-1)
    columns = {"gained_percent": percent.mean, "low": percent.low, "high": percent.high}
    for name, values in (columns | {"lost_percent": interval(lost).mean}).items():
        table[name] = values.reshape(-1)
    return table

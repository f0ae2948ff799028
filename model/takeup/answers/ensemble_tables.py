"""What an ensemble found, as tables, read from its journal run by run."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers.compare import OVERRIDDEN, PERCENT, comparison_table
from takeup.answers.comparison import Comparison, Drawn
from takeup.answers.ensemble import Ensemble, Run
from takeup.answers.ensemble_lives import FLOWS, STOCKS
from takeup.answers.ensemble_numbers import chances_of_being_best, draw_interval, expected_regrets, sources_of
from takeup.answers.gains import gains_table
from takeup.district import GROUPS
from takeup.errors import RunError
from takeup.experiment.fates import FATES
from takeup.experiment.journal import Journal
from takeup.simulation import GROUP_COUNTS

_FEWEST_DRAWS: Final = 2


class _Found:
    """Sums over the seeds of each draw, filled run by run. D draws, S scenarios, M kept months, G groups."""

    def __init__(self, ensemble: Ensemble) -> None:
        draws, scenarios, groups = len(ensemble.draws), len(ensemble.task.scenarios), len(_groups(ensemble))
        self.names = [scenario.name for scenario in ensemble.task.scenarios]
        self.seeds = np.zeros(draws)
        self.months = np.zeros((draws, scenarios, len(ensemble.months), len(STOCKS + FLOWS)))
        self.groups = np.zeros((draws, scenarios, groups, len(GROUP_COUNTS)))
        self.fates = np.zeros((draws, scenarios - 1, groups, len(FATES)))
        repeats = 1 + max(run.repeat for run in ensemble.runs)
        self.points = np.full((draws, repeats, scenarios), np.nan)
        self.runs: list[pd.DataFrame] = []
        self.failed: list[tuple[Run, str]] = []

    def add(self, run: Run, result: dict[str, dict[str, list[list[float]]]], kept: list[str]) -> None:
        months = np.array([result[name]["months"] for name in self.names])
        self.seeds[run.draw] += 1
        self.months[run.draw] += months
        self.groups[run.draw] += [result[name]["groups"] for name in self.names]
        for place, name in enumerate(self.names[1:]):
            self.fates[run.draw, place] += result[name]["fates"]
        share = months[:, :, STOCKS.index("valid")] / months[:, :, STOCKS.index("population")]
        points = PERCENT * (share - share[0])
        self.points[run.draw, run.repeat] = points[:, -1]
        table = {
            "scenario": np.repeat(self.names, len(kept)),
            "draw": run.draw,
            "seed": run.seed,
            "month": kept * len(self.names),
            "valid_share": share.reshape(-1),
            "difference_points": points.reshape(-1),
        }
        self.runs.append(pd.DataFrame(table))


def ensemble_comparison(ensemble: Ensemble, journal: Journal, command: str) -> Comparison:
    """The comparison that an ensemble's runs make, draw by draw; a draw with several seeds counts by their mean.

    Args:
        ensemble: which has been lived.
        journal: with its runs.
        command: what repeats it.

    Raises:
        RunError: fewer than two draws have a result.
    """
    found = _Found(ensemble)
    for run, job in zip(ensemble.runs, ensemble.jobs(), strict=True):
        entry = journal.entry(job.key)
        if entry is None or entry.error is not None:
            found.failed.append((run, "not done" if entry is None else str(entry.error)))
        else:
            found.add(run, entry.result, ensemble.months)
    lived = np.flatnonzero(found.seeds)
    if len(lived) < _FEWEST_DRAWS:
        raise RunError(f"{len(found.failed)} of {len(ensemble.runs)} runs failed, the first: {found.failed[0][1]}")
    months, groups, fates = (
        sums[lived] / found.seeds[lived].reshape(-1, 1, 1, 1) for sums in (found.months, found.groups, found.fates)
    )
    task, district = ensemble.task, ensemble.district
    persons = district.population.most / task.agents
    values = district.parameters.override(dict(task.parameters), OVERRIDDEN)
    of_scenario = dict(zip(found.names, np.moveaxis(months, 1, 0), strict=True))
    columns = {
        name: dict(zip(STOCKS + FLOWS, np.moveaxis(each, -1, 0), strict=True)) for name, each in of_scenario.items()
    }
    return Comparison(
        district=replace(district, parameters=values),
        scenarios=task.scenarios,
        replicates=len(lived),
        first=task.start,
        until=task.until,
        agents=task.agents,
        persons_per_agent=persons,
        monthly=_monthly(months, lived, found.names, ensemble.months),
        comparison=comparison_table(columns, ensemble.months, persons, draw_interval),
        groups=_grouped(groups, lived, found.names, ensemble),
        gains=gains_table(fates, found.names[1:], district.streets, persons, draw_interval),
        command=command,
        drawn=Drawn(
            runs=_in_order(pd.concat(found.runs, ignore_index=True), found.names),
            scenarios=scenario_table(found.points[lived], found.names),
            failed=pd.DataFrame(
                [(run.draw, run.seed, error) for run, error in found.failed], columns=["draw", "seed", "error"]
            ),
        ),
    )


def scenario_table(points: NDArray[np.float64], names: list[str]) -> pd.DataFrame:
    """The table of `Drawn.scenarios`.

    Args:
        points: (draws, seeds, scenarios) differences from the baseline; NaN where a draw was not lived with so many.
        names: of the scenarios, the baseline first.
    """
    effects = np.nanmean(points, axis=1)
    spread = draw_interval(effects)
    sources = [sources_of(points[:, :, column]) for column in range(len(names))]
    return pd.DataFrame(
        {
            "scenario": names,
            "median": np.median(effects, axis=0),
            "low": spread.low,
            "high": spread.high,
            "probability_best": chances_of_being_best(effects),
            "expected_regret": expected_regrets(effects),
            "sd_parameters": [each.parameters for each in sources],
            "sd_chance": [each.chance for each in sources],
        }
    )


def _groups(ensemble: Ensemble) -> list[tuple[str, str]]:
    return [*GROUPS, *(("street", street) for street in ensemble.district.streets)]


def _monthly(
    months: NDArray[np.float64], lived: NDArray[np.int64], names: list[str], kept: list[str]
) -> pd.DataFrame:
    index = [(name, int(draw), month) for name in names for draw in lived for month in kept]
    table = pd.DataFrame(index, columns=["scenario", "replicate", "month"])
    for column in ("population", "valid"):
        table[column] = np.moveaxis(months[..., STOCKS.index(column)], 1, 0).reshape(-1)
    return table


def _grouped(
    groups: NDArray[np.float64], lived: NDArray[np.int64], names: list[str], ensemble: Ensemble
) -> pd.DataFrame:
    until = ensemble.task.until
    index = [(name, int(draw), until, *group) for name in names for draw in lived for group in _groups(ensemble)]
    table = pd.DataFrame(index, columns=["scenario", "replicate", "month", "attribute", "level"])
    counts = np.moveaxis(groups, 1, 0).reshape(len(index), len(GROUP_COUNTS))
    return table.join(pd.DataFrame(counts, columns=list(GROUP_COUNTS)))


def _in_order(runs: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """By scenario, then draw, seed and month."""
    place = runs["scenario"].map({name: number for number, name in enumerate(names)})
    order = runs.assign(place=place).sort_values(["place", "draw", "seed", "month"], kind="stable")
    return order.drop(columns="place").reset_index(drop=True)

"""A province's months: the districts' results read from the journal one by one and added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers.ensemble_lives import kept_months
from takeup.answers.province.lives import Months
from takeup.answers.province.province import Place, Province
from takeup.district import SERVICES
from takeup.errors import RunError
from takeup.experiment.journal import Journal
from takeup.simulation import COLUMNS

AVERAGED: Final = (
    "mean_trust",
    "wait_months",
    "red_tape",
    *(f"{kind}_{service}" for kind in ("delivered", "reputation") for service in SERVICES),
)
"""Columns that are means over the districts, each district counting by its population of the month."""
SUMMED: Final = tuple(name for name in COLUMNS if name not in ("month", *AVERAGED))
"""Columns that are sums over the districts."""
_KEPT: Final = (
    "population", "valid", "queued", "lapsed", "none", "unaware", "heard", "informed", "registered", "qualified",
    "mean_trust", "wait_months", "red_tape",
)  # fmt: skip
"""Columns of the table by district."""
_IN_YUAN: Final = ("cost_cny",)
"""The only sums that are not of whole numbers."""


@dataclass(frozen=True)
class Answer:
    """What became of a province.

    Attributes:
        monthly: a row a replicate and month, with the columns scenario, replicate and those of a district's months.
        districts: a row a district, replicate and kept month: every December and the last month.
    """

    monthly: pd.DataFrame
    districts: pd.DataFrame


def answered(province: Province, journal: Journal) -> Answer:
    """Add up what the journal holds, district by district in their order; one is in memory at a time.

    Raises:
        RunError: the journal lacks a district.
    """
    scenario = province.task.scenarios[0].name
    sums = [_Sums() for _ in range(province.replicates)]
    kept = kept_months(province.task)
    rows: list[tuple[Any, ...]] = []
    for place in province.places:
        for replicate in range(province.replicates):
            job = province.job(place, replicate)
            months: Months | None = journal.result(job.key)
            if months is None:
                raise RunError(f"{journal.file}: no result of the district {place.name}")
            sums[replicate].add(months)
            rows += [
                (scenario, replicate, month, place.name, place.title, job.payload.seed, *values)
                for month, values in _kept(place, months, kept)
            ]
    columns = ["scenario", "replicate", "month", "district", "name", "seed", "persons", "valid_share", *_KEPT]
    monthly = [each.frame().assign(scenario=scenario, replicate=number) for number, each in enumerate(sums)]
    return Answer(
        pd.concat(monthly, ignore_index=True)[["scenario", "replicate", *COLUMNS]],
        pd.DataFrame(rows, columns=columns),
    )


class _Sums:
    """Of one replicate, over the districts added so far."""

    def __init__(self) -> None:
        self._months: list[str] = []
        self._sums: Mapping[str, NDArray[np.float64]] = {}

    def add(self, months: Months) -> None:
        persons = np.asarray(months["population"], dtype=np.float64)
        added = {name: np.asarray(months[name], dtype=np.float64) for name in SUMMED}
        added |= {name: np.asarray(months[name], dtype=np.float64) * persons for name in AVERAGED}
        if not self._months:
            self._months = [str(month) for month in months["month"]]
            self._sums = added
        else:
            self._sums = {name: before + added[name] for name, before in self._sums.items()}

    def frame(self) -> pd.DataFrame:
        persons = self._sums["population"]
        frame: dict[str, Any] = {"month": self._months}
        for name, values in self._sums.items():
            if name in AVERAGED:
                frame[name] = np.divide(values, persons, out=np.zeros_like(values), where=persons > 0)
            else:
                frame[name] = values if name in _IN_YUAN else values.astype(np.int64)
        return pd.DataFrame(frame)


def _kept(place: Place, months: Months, kept: list[str]) -> Iterator[tuple[str, list[Any]]]:
    """The kept months of one district: persons for whom the simulated stand, share with a valid permit, columns."""
    scale = place.persons / place.task.agents
    for month in kept:
        at = months["month"].index(month)
        population, valid = float(months["population"][at]), float(months["valid"][at])
        share = valid / population if population else np.nan
        yield month, [round(population * scale), share, *(months[name][at] for name in _KEPT)]

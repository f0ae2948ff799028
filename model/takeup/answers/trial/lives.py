"""One trial: a history, and from the month before the trial three worlds with the same people and the same luck."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from takeup.answers.trial.design import Design
from takeup.answers.trial.enrolling import Enrolled, enrol
from takeup.answers.trial.estimates import Findings, Followed, findings_of
from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.experiment.code import code_digest
from takeup.experiment.sweep import Job
from takeup.months import month_name, month_number
from takeup.rules import VALID
from takeup.scenario import Scenario
from takeup.simulation import Engine, PermitModel, TrialModel

ARMS = ("treated", "control")

Row = dict[str, float | int | str]


class Life(NamedTuple):
    """What a worker needs to live a trial.

    Attributes:
        district, digest: its folder, and the state it must be in.
        scenario: what is tried.
        design: of the trial.
        parameters: overrides by dotted name.
        seed: of the people, their luck and their arms.
        agents: simulated migrants at the most.
        start: first month of the history, YYYY-MM.
        engine, threads: how it is lived; the results do not depend on them.
    """

    district: str
    digest: str
    scenario: Scenario
    design: Design
    parameters: dict[str, float]
    seed: int
    agents: int
    start: str
    engine: Engine = "compiled"
    threads: int = 1

    @property
    def months(self) -> int:
        """How many months there are to live, for a progress bar."""
        design = self.design
        return design.begin - month_number(self.start) + 3 * (design.months[-1] + 1 - design.begin)

    def job(self) -> Job[Life]:
        """The trial under a key made of all that decides its results."""
        design = self.design
        decides = [
            code_digest(),
            self.digest,
            [self.scenario.name, *(each.intervention.model_dump_json() for each in self.scenario.stated)],
            [design.share, design.unit, design.eligible, design.groups, design.begin, design.months],
            sorted(self.parameters.items()),
            self.seed,
            self.agents,
            self.start,
        ]
        return Job(hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24], self)


def live(life: Life, tick: Callable[[], None] = lambda: None) -> list[Row]:
    """Live a trial.

    Args:
        life: what to live.
        tick: called every month of every world.

    Returns:
        A row a month and arm: month, arm; assigned, persons followed, valid among them; and what the trial finds,
        alike for both arms.
    """
    design = life.design
    district = PermitModel(
        _place(life.district, life.digest), None, life.agents, life.engine, life.seed, parameters=life.parameters,
        start=life.start, until=design.last, threads=life.threads,
    )  # fmt: skip
    _live_until(district, design.begin - 1, tick)
    return tried(district, life.scenario, design, tick)


def tried(
    district: PermitModel, scenario: Scenario, design: Design, tick: Callable[[], None] = lambda: None
) -> list[Row]:
    """Make a trial in a district as it stands in the month before; it lives on without the trial.

    Returns:
        See `live`.
    """
    enrolled = enrol(district, design)
    worlds = (TrialModel(district, scenario, enrolled.assignment), district, district.branch(scenario))
    rows: list[Row] = []
    for month in design.months:
        for world in worlds:
            _live_until(world, month, tick)
        followed = _followed(enrolled, worlds)
        found = _told(findings_of(followed, by_street=design.unit == "street"))
        for arm in ARMS:
            enrolled_here = enrolled.treated == (arm == "treated")
            mine = followed.treated == (arm == "treated")
            counts: Row = {
                "assigned": int(enrolled_here.sum()),
                "persons": int(mine.sum()),
                "valid": int(followed.trial[mine].sum()),
            }
            rows.append({"month": month_name(month), "arm": arm, **counts, **found})
    return rows


def _live_until(model: PermitModel, last: int, tick: Callable[[], None]) -> None:
    while model.state.month < last:
        model.step()
        tick()


def _followed(enrolled: Enrolled, worlds: Sequence[PermitModel]) -> Followed:
    """Those who neither left nor, in any of the worlds, settled; so that all worlds have the same persons."""
    slots, here = enrolled.slots, np.ones(len(enrolled.slots), dtype=bool)
    for world in worlds:
        here &= world.state.migrants.person[slots] == enrolled.persons
        here &= world.world.rank[slots] < world.state.population
    valid = [world.state.migrants.status[slots[here]] == VALID for world in worlds]
    return Followed(enrolled.treated[here], enrolled.streets[here], *valid)


def _told(found: Findings) -> Row:
    return {
        "itt": found.itt.points,
        "low": found.itt.low,
        "high": found.itt.high,
        "naive_points": found.naive.points,
        "naive_low": found.naive.low,
        "naive_high": found.naive.high,
        "spillover_points": found.spillover,
        "true_effect_points": found.true_effect,
        "bias_points": found.bias,
        "imbalance_points": found.imbalance,
    }


@cache
def _place(folder: str, digest: str) -> District:
    district = load_district(Path(folder))
    if district.digest != digest:
        raise InputError("not the files that the trial was begun with", file=folder)
    return district

"""One trial: a history, and from the month before the trial three worlds with the same people and the same luck.

What is to be tried: one trial a replicate or a draw, checked before anything is lived.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from takeup.analysis.batch import Batch
from takeup.analysis.trial.design import Enrolment, TrialDesign, enrol_persons, treated_streets
from takeup.analysis.trial.estimators import FollowUp, TrialEstimates, estimate_effects
from takeup.constants import OVERRIDDEN
from takeup.digest import code_digest
from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.months import format_month, parse_month
from takeup.rng import PERMANENT, TRIAL, stream_start
from takeup.rules import VALID
from takeup.runs.scheduler import Job
from takeup.scenario import Scenario, Timeline
from takeup.simulation import Engine, PermitModel, TwoArmModel, street_slot_counts

ARMS = ("treated", "control")

TrialRow = dict[str, float | int | str]


class TrialRun(NamedTuple):
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
    design: TrialDesign
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
        return design.begin - parse_month(self.start) + 3 * (design.months[-1] + 1 - design.begin)

    def job(self) -> Job[TrialRun]:
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
        return Job(hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24], self, self.months)


def run_trial_replicate(life: TrialRun, tick: Callable[[], None] = lambda: None) -> list[TrialRow]:
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
        _place(life.district, life.digest),
        None,
        life.agents,
        life.engine,
        life.seed,
        parameters=life.parameters,
        start=life.start,
        until=design.last,
        threads=life.threads,
    )
    _live_until(district, design.begin - 1, tick)
    return run_trial(district, life.scenario, design, tick)


def run_trial(
    district: PermitModel, scenario: Scenario, design: TrialDesign, tick: Callable[[], None] = lambda: None
) -> list[TrialRow]:
    """Make a trial in a district as it stands in the month before; it lives on without the trial.

    Returns:
        See `live`.
    """
    enrolled = enrol_persons(district, design)
    worlds = (TwoArmModel(district, scenario, enrolled.assignment), district, district.branch(scenario))
    rows: list[TrialRow] = []
    for month in design.months:
        for world in worlds:
            _live_until(world, month, tick)
        followed = _followed(enrolled, worlds)
        found = _told(estimate_effects(followed, by_street=design.unit == "street"))
        for arm in ARMS:
            enrolled_here = enrolled.treated == (arm == "treated")
            mine = followed.treated == (arm == "treated")
            counts: TrialRow = {
                "assigned": int(enrolled_here.sum()),
                "persons": int(mine.sum()),
                "valid": int(followed.trial[mine].sum()),
            }
            rows.append({"month": format_month(month), "arm": arm, **counts, **found})
    return rows


def _live_until(model: PermitModel, last: int, tick: Callable[[], None]) -> None:
    while model.state.month < last:
        model.step()
        tick()


def _followed(enrolled: Enrolment, worlds: Sequence[PermitModel]) -> FollowUp:
    """Those who neither left nor, in any of the worlds, settled; so that all worlds have the same persons."""
    slots, here = enrolled.slots, np.ones(len(enrolled.slots), dtype=bool)
    for world in worlds:
        here &= world.state.migrants.person[slots] == enrolled.persons
        here &= world.world.rank[slots] < world.state.population
    valid = [world.state.migrants.status[slots[here]] == VALID for world in worlds]
    return FollowUp(enrolled.treated[here], enrolled.streets[here], *valid)


def _told(found: TrialEstimates) -> TrialRow:
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


class TrialSpec(Batch[TrialRun]):
    """Trials of one design."""

    work = staticmethod(run_trial_replicate)

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        design: TrialDesign,
        *,
        start: str,
        agents: int,
        seed: int,
        replicates: int = 1,
        parameters: Mapping[str, float] | None = None,
        draws: Sequence[Mapping[str, float]] = (),
        engine: Engine = "compiled",
        threads: int = 1,
    ) -> TrialSpec:
        """The plan that the options make.

        Args:
            district: the place.
            scenario: what is tried.
            design: of the trial.
            start: first month of the history.
            agents: simulated migrants at the most.
            seed: trial r has seed + r.
            replicates: how many trials, without draws.
            parameters: overrides for all trials, also over the draws.
            draws: of the posterior, a trial each; none: replicates.
            engine, threads: how they are lived; the results do not depend on them.

        Raises:
            InputError: something does not fit.
        """
        set_for_all = dict(parameters or {})
        runs = [{**draw, **set_for_all} for draw in draws] or [set_for_all] * replicates
        # under a draw what is added stops at the end of a lever's range; under what the user overrides it has to fit
        Timeline(scenario, replace(district, parameters=district.parameters.override(set_for_all, OVERRIDDEN)))
        for values in runs:
            known = district.parameters.override(values, OVERRIDDEN)
            street_slot_counts(district, agents, int(known.number("contacts")))
            Timeline(scenario, district, known)
        if design.unit == "street":
            treated_streets(stream_start(seed, PERMANENT, TRIAL), design.share, len(district.streets))
        lives = tuple(
            TrialRun(
                str(district.folder),
                district.digest,
                scenario,
                design,
                values,
                seed + run,
                agents,
                start,
                engine,
                threads,
            )
            for run, values in enumerate(runs)
        )
        return TrialSpec(district, lives, drawn=bool(draws))

    @property
    def scenario(self) -> Scenario:
        """What is tried."""
        return self.runs[0].scenario

    @property
    def design(self) -> TrialDesign:
        """Of the trials."""
        return self.runs[0].design

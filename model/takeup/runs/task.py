"""Settings and tasks: runs of scenarios with one seed, and their results.

The same people are simulated under all scenarios of a task, with the same random numbers, so each person is their own
control: outcomes are paired by person.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup import simulation
from takeup.district import MEMBERSHIP, PROFILES, District, load_checked
from takeup.errors import InputError
from takeup.months import END, START, parse_month
from takeup.rules import VALID
from takeup.runs.journal import code_digest, key_of
from takeup.scenario import Scenario
from takeup.simulation import DistrictModel, Engine, people_table

TRANSITIONS: Final = (
    "both",
    "gained",
    "lost",
    "neither",
    "only_baseline_valid",
    "only_baseline_other",
    "only_policy_valid",
    "only_policy_other",
)
"""Paired outcomes of a person.

A resident of both simulations holds a valid permit in both, only under the policy (gained), only under the baseline
(lost), or in neither. Some persons are residents in one simulation only, because in the other they have settled
elsewhere or not arrived yet; they either hold a valid permit there or not (other).
"""
_ONLY_BASELINE, _ONLY_POLICY = TRANSITIONS.index("only_baseline_valid"), TRANSITIONS.index("only_policy_valid")


class PermitSnapshot(NamedTuple):
    """Residents of one month and their permits: arrays over the occupied slots.

    Two simulations of the same seed have the same occupied slots in the same month.

    Attributes:
        person: number of the person, the same in every simulation of a seed.
        profile: number of the person's profile.
        street: number of the person's street.
        valid: whether the person holds a valid permit.
    """

    person: NDArray[np.int64]
    profile: NDArray[np.uint16]
    street: NDArray[np.int16]
    valid: NDArray[np.bool_]


def permit_snapshot(model: DistrictModel) -> PermitSnapshot:
    """Return the residents and their permits in the model's current month."""
    slots = np.flatnonzero(model.state.occupied(model.world))
    columns = model.state.columns
    streets = model.world.street_of(slots).astype(np.int16)
    return PermitSnapshot(
        columns["person"][slots], columns["profile"][slots], streets, columns["status"][slots] == VALID
    )


def transition_counts(
    baseline: PermitSnapshot, policy: PermitSnapshot, targets: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Count persons by group and paired outcome.

    Args:
        baseline, policy: snapshots of the same month in two simulations with the same seed.
        targets: residents on whom the policy acts directly, shape (streets, profiles).

    Returns:
        Counts of shape (groups, `TRANSITIONS`): the levels of the attributes, then the streets, last the targets.
    """
    # Outcomes are indices of `TRANSITIONS`, where each "valid" is followed by its "other".
    is_same = baseline.person == policy.person
    if_same = np.where(baseline.valid, np.where(policy.valid, 0, 2), np.where(policy.valid, 1, 3))
    baseline_outcome = np.where(is_same, if_same, _ONLY_BASELINE + ~baseline.valid)
    policy_outcome = _ONLY_POLICY + ~policy.valid[~is_same]

    def count(baseline_groups: NDArray[Any], policy_groups: NDArray[Any], groups: int) -> NDArray[np.int64]:
        group = np.concatenate([baseline_groups, policy_groups[~is_same]]).astype(np.int64)
        outcome = np.concatenate([baseline_outcome, policy_outcome])
        counts = np.bincount(group * len(TRANSITIONS) + outcome, minlength=groups * len(TRANSITIONS))
        return counts.reshape(groups, len(TRANSITIONS))

    by_profile = count(baseline.profile, policy.profile, PROFILES)
    by_street = count(baseline.street, policy.street, len(targets))
    by_target = count(targets[baseline.street, baseline.profile], targets[policy.street, policy.profile], 2)
    return np.concatenate([MEMBERSHIP @ by_profile, by_street, by_target[1:]])


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Settings of a simulation that do not depend on the district and the scenario.

    Attributes:
        agents: maximum number of simulated migrants.
        seed: seed of the agents and their random streams.
        parameters: parameter values by dotted name, which replace those of the district.
        start, until: first and last month, YYYY-MM.
        engine: implementation that computes a month; all give the same results.
        threads: number of threads, which does not affect the results.
    """

    agents: int
    seed: int = 1
    parameters: Mapping[str, float] = field(default_factory=dict)
    start: str = START
    until: str = END
    engine: Engine = "compiled"
    threads: int = 1

    @property
    def content(self) -> list[object]:
        """All settings that results depend on, as JSON values."""
        return [sorted(self.parameters.items()), self.seed, self.agents, self.start, self.until]

    def model(self, district: District, scenario: Scenario | None = None) -> DistrictModel:
        """Make a model of a district with these settings, before its first month."""
        return _model_class(self.engine)(
            district,
            scenario,
            self.agents,
            rng=self.seed,
            parameters=self.parameters,
            start=self.start,
            until=self.until,
            threads=self.threads,
        )


def _model_class(engine: Engine) -> Callable[..., DistrictModel]:
    """Return the class of models that run with an engine; Mesa is imported only if Mesa agents run the month."""
    return DistrictModel if engine == "compiled" else partial(simulation.PermitModel, engine=engine)


@dataclass(frozen=True)
class Task:
    """Scenarios to be simulated with the same people and the same random numbers.

    Attributes:
        district: folder of the district.
        digest: digest of the district's files.
        scenarios: scenarios; the history that they share is simulated once.
        settings: settings of the simulation.
        people: month whose table of people is kept, YYYY-MM; None: no table.
        code: digest of the code that the task was made with.
    """

    district: Path
    digest: str
    scenarios: tuple[Scenario, ...]
    settings: RunSettings
    people: str | None = None
    code: str = field(default_factory=code_digest)

    @property
    def key(self) -> str:
        """A hash of all inputs of the results, which exclude engine and threads."""
        content = [self.code, self.digest, [each.content for each in self.scenarios], *self.settings.content]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]

    @property
    def months(self) -> int:
        """Number of simulated months of all scenarios; the shared history counts once."""
        start, until = parse_month(self.settings.start), parse_month(self.settings.until)
        branch_months = [min(max(each.first or until + 1, start), until + 1) for each in self.scenarios]
        shared = max(branch_months) - start
        return shared + sum(until + 1 - month for month in branch_months)

    def with_seed(self, seed: int, parameters: Mapping[str, float] | None = None) -> Task:
        """Return the task with another seed and, if given, with other parameter values."""
        values = self.settings.parameters if parameters is None else parameters
        return replace(self, settings=replace(self.settings, seed=seed, parameters=values))


@dataclass(frozen=True)
class RunResult:
    """Results of one scenario under one seed.

    Attributes:
        scenario: name of the scenario.
        seed: random seed.
        monthly: monthly table, one row per month.
        groups: counts by month and group.
        transitions: persons in the last month by group and by paired outcome under this scenario and the task's first
            scenario, see `transition_counts`; the targets are those of this scenario.
        people: table of people in the requested month; None if no month was requested.
    """

    scenario: str
    seed: int
    monthly: pd.DataFrame
    groups: pd.DataFrame
    transitions: NDArray[np.int64]
    people: pd.DataFrame | None


def run_task(task: Task, tick: Callable[[], object] = lambda: None) -> list[RunResult]:
    """Run a task's scenarios, and call `tick` once per simulated month.

    Returns:
        One result per scenario, in the task's order.
    """
    people: dict[str, pd.DataFrame] = {}

    def keep_people(model: DistrictModel, names: list[str]) -> None:
        people.update(dict.fromkeys(names, people_table(model)))

    tables: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}
    snapshots: dict[str, PermitSnapshot] = {}
    targets: dict[str, NDArray[np.bool_]] = {}
    for scenario, model in run_branches(task, tick, keep_people):
        tables[scenario.name] = model.history(), model.groups()
        snapshots[scenario.name], targets[scenario.name] = permit_snapshot(model), model.timeline.targets
    baseline = snapshots[task.scenarios[0].name]
    return [
        RunResult(
            name,
            task.settings.seed,
            *tables[name],
            transition_counts(baseline, snapshots[name], targets[name]),
            people.get(name),
        )
        for name in (scenario.name for scenario in task.scenarios)
    ]


def run_and_serialise(task: Task, tick: Callable[[], object] = lambda: None) -> list[dict[str, Any]]:
    """Run a task and return its results as JSON values, see `serialise`."""
    return serialise(run_task(task, tick))


def run_branches(
    task: Task,
    tick: Callable[[], object] = lambda: None,
    on_people: Callable[[DistrictModel, list[str]], None] = lambda _model, _names: None,
) -> Iterator[tuple[Scenario, DistrictModel]]:
    """Run a task's scenarios, and yield each with the model at its end.

    The shared history is simulated once: each scenario branches off in the month before it first acts. Scenarios
    are yielded in the order in which they branch off. The memory of a model is freed when the next is requested.

    Args:
        task: the task.
        tick: function called once per simulated month.
        on_people: function called at the end of the month `task.people` with the model and the names of the scenarios
            that share it.

    Raises:
        InputError: the district's files or the code have changed since the task was made.
    """
    if task.code != code_digest():
        raise InputError(
            "the code of takeup has changed since the run began", allowed="the same code until the run ends"
        )
    until, people = parse_month(task.settings.until), None if task.people is None else parse_month(task.people)
    trunk = task.settings.model(load_checked(task.district, task.digest))

    def run_until(model: DistrictModel, last: int, names: list[str]) -> None:
        if people is not None and model.state.month < people <= last:
            model.run_until(people, tick)
            on_people(model, names)
        model.run_until(last, tick)

    waiting = sorted(task.scenarios, key=lambda each: until + 1 if each.first is None else each.first)
    while waiting:
        scenario = waiting[0]
        run_until(trunk, min((scenario.first or until + 1) - 1, until), [each.name for each in waiting])
        model = trunk.branch(scenario)
        run_until(model, until, [scenario.name])
        yield scenario, model
        _release(model)
        waiting.pop(0)
    _release(trunk)


def _release(model: DistrictModel) -> None:
    """Free the model's arrays now.

    A Mesa model refers to itself, so only the garbage collector would free it, after hundreds of models.
    """
    model.__dict__.clear()


def task_key(task: Task) -> str:
    """Return the journal key of a task: a hash of all inputs of its results."""
    return key_of(task.key, task.people)


def serialise(results: list[RunResult]) -> list[dict[str, Any]]:
    """Convert results to JSON values, with tables as Parquet in base 64.

    Parquet preserves the types and all bits of the numbers.
    """
    return [
        {
            "scenario": run.scenario,
            "seed": run.seed,
            "monthly": _text(run.monthly),
            "groups": _text(run.groups),
            "transitions": run.transitions.tolist(),
            "people": None if run.people is None else _text(run.people),
        }
        for run in results
    ]


def deserialise(runs: list[dict[str, Any]]) -> list[RunResult]:
    """Convert the output of `serialise` back to results."""
    return [
        RunResult(
            run["scenario"],
            run["seed"],
            _table(run["monthly"]),
            _table(run["groups"]),
            np.array(run["transitions"], dtype=np.int64),
            None if run["people"] is None else _table(run["people"]),
        )
        for run in runs
    ]


def _text(table: pd.DataFrame) -> str:
    return base64.b64encode(table.to_parquet(index=False)).decode()


def _table(text: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(base64.b64decode(text)))

"""The district, run month by month in compiled code.

`DistrictModel` needs neither Mesa nor objects of agents, so that commands start quickly. `PermitModel` in `model.py`
adds the agents and the interface of Mesa.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import ClassVar, Final, Literal, NamedTuple, Self, TypedDict, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.district import District, Parameters, load_district
from takeup.errors import InputError
from takeup.limits import MAX_SEED, MAX_THREADS, as_int, validate_int, validate_period
from takeup.message import Message
from takeup.months import END, START, format_month, parse_month
from takeup.scenario import Intervention, Levers, Purchase, Scenario, Timeline, load_scenario
from takeup.simulation.behaviour import replaced_behaviour
from takeup.simulation.census import Census, initial_census
from takeup.simulation.conditions import Conditions, PolicyTables, month_streams, policy_tables, update_conditions
from takeup.simulation.initial_state import initial_state
from takeup.simulation.kernels_decisions import serve_queues
from takeup.simulation.kernels_month import Month, close_month, run_months, run_population, threads_that_pay
from takeup.simulation.kernels_population import new_scratch
from takeup.simulation.output import (
    COLUMNS,
    GROUP_COUNTS,
    Records,
    Row,
    group_counts,
    group_names,
    month_columns,
    new_records,
)
from takeup.simulation.state import State, StateArrays, check_state
from takeup.simulation.trial_arms import Arms, Assignment, Treatment, assign_arms
from takeup.simulation.world import World, build_world

Engine = Literal["compiled", "objects"]
"""How a month is computed: by compiled code, or by Mesa agents."""
ENGINES: tuple[Engine, ...] = ("compiled", "objects")

_MIGRANT_MONTHS_PER_CALL: Final = 20_000_000
"""Limit of a compiled call: about half a second, during which the user cannot interrupt it."""
_KEPT_PARAMETERS: Final = 4
"""Number of sets of parameters that are kept: those of the models that threads run at the same time."""
_INTEGER_MONTH: Final = Message("an integer (12 * year + month - 1)")
_SET_BY_MODEL: Final = {"month": Month, "census": Census}
"""Attributes that the model sets in every month, and their types."""


class Checkpoint(NamedTuple):
    """A model at the end of a month, from which another model can continue.

    Attributes:
        state: data that change from month to month.
        rows, group_counts: monthly tables so far.
        world: data that never change; None: the model builds them again.
    """

    state: State
    rows: list[Row]
    group_counts: list[NDArray[np.int64]]
    world: World | None


class ModelArguments(TypedDict):
    """Arguments of `DistrictModel` other than scenario, checkpoint and arms."""

    district: District
    agents: int
    rng: int
    parameters: dict[str, float]
    start: str
    until: str
    threads: int


class DistrictModel:
    """Model of the take-up of a residence permit in a district, without Mesa.

    Each month, migrants decide whether to apply for, to endorse or to drop the permit. `PermitModel` is the same
    model with Mesa agents and has the same results.

    With `arms`, a trial is in progress: some migrants are subject to another policy. The attributes `policy`, `month`
    and `rows` and the costs are then those of the policy of the untreated, and a branch of the model is a district
    without the trial. Treated and untreated migrants interact as in any model: as contacts, in queues, and where
    services are scarce.

    Args:
        district: name, folder, or District.
        scenario: name, file, or Scenario; None: no intervention.
        agents: number of simulated migrants when the population is largest; None: as many as in reality.
        rng: seed, a whole number from 0; None: a random seed from the operating system.
        parameters: values by name that override those of the district for the whole run.
        start: first month of the run.
        until: its last month.
        threads: number of threads; it does not affect the results.
        checkpoint: checkpoint of another model, from which this one continues, see `checkpoint()`.
        arms: policy of the treated, and the assignment of persons and centres; None: no trial.

    Attributes:
        policy: scenario of the model.
        state: state of the district at the end of the last month that was run.
        month: last month that was run, with its conditions and flows.
        rows: monthly table so far.

    Raises:
        InputError: an argument is invalid.
    """

    fixed_attributes: ClassVar[Mapping[str, str]] = {
        "district": "create a new model",
        "policy": "to continue under another policy, use `branch`",
        "timeline": "to continue under another policy, use `branch`",
        "parameters": "create a new model with `parameters=…`",
        "overrides": "create a new model with `parameters=…`",
        "seed": "create a new model with `rng=…`",
        "start": "create a new model with `start=…`",
        "agents_at_most": "create a new model with `agents=…`",
        "world": "create a new model",
        "arms": "use `start_trial`",
        "scenario": "to continue under another policy, use `branch`",
        "state": "create a new model with `checkpoint=…`",
        "rows": "`history()` returns a table that you can change",
        "group_counts": "`groups()` returns a table that you can change",
    }
    """Attributes that a model never changes, and the alternative for the user."""

    def __init__(
        self,
        district: str | Path | District = "liwan",
        scenario: str | Path | Scenario | None = None,
        agents: int | None = None,
        *,
        rng: int | None = None,
        parameters: Mapping[str, float] | None = None,
        start: str = START,
        until: str = END,
        threads: int = 1,
        checkpoint: Checkpoint | None = None,
        arms: Arms | None = None,
    ) -> None:
        try:
            validate_period(start, until, None)
        except InputError as error:
            raise error.at("start" if error.key == "--from" else "until") from None
        self.seed = int(np.random.default_rng().integers(MAX_SEED + 1)) if rng is None else rng
        self.threads = threads
        self.district = load_district(district)
        self.overrides = self.district.parameters.overrides(parameters)
        self.parameters: Parameters = _overridden(self.district, tuple(self.overrides.items()))
        self.policy = load_scenario(scenario)
        self.timeline = Timeline(self.policy, self.district, self.parameters)
        self.start = parse_month(start)
        self.until = parse_month(until)
        try:
            self.policy.check_period(self.start, self.until)
        except InputError as error:  # no error, because a run can continue beyond `until`
            warnings.warn(str(error), stacklevel=2)
        self.agents_at_most = self.district.population.most if agents is None else as_int(agents, "agents")
        self.world: World = (
            checkpoint.world
            if checkpoint is not None and checkpoint.world is not None
            else build_world(self.district, self.parameters, self.agents_at_most, self.seed)
        )
        if checkpoint is None:
            persons = int(self._path(self.start, 1)[0])
            initial = initial_state(self.start, persons, self.parameters, self.world)
            checkpoint = Checkpoint(initial, [], [], self.world)
        self.state: State = checkpoint.state.copy()
        self.rows: list[Row] = list(checkpoint.rows)
        self.group_counts: list[NDArray[np.int64]] = list(checkpoint.group_counts)
        self.arms = arms
        self._treated_timeline = None if arms is None else Timeline(arms.scenario, self.district, self.parameters)
        self.census = initial_census(self.state, self.world, self.months_to_qualify)
        self._counted = self.state.fingerprint()
        self._levers: Levers | None = None
        self._treated_levers: Levers | None = None

    def step(self) -> None:
        """Run one month.

        In this order: conditions; leave, reside, receive information, act (every migrant); centres; services; red
        tape; record.
        """
        self._prepare_run()
        if self._is_compiled_as_a_whole:
            self._run_months(1)
        else:
            self._run_month()

    def run_until(self, month: str | int, on_month: Callable[[], object] = lambda: None) -> None:
        """Run every month up to and including the given one.

        Compiled code runs all months with the same levers in one call, and gives the same results as `step`.

        Args:
            month: YYYY-MM, or the number of months since year 0. If the month was run already, the model does not
                change.
            on_month: function called once per month. The calls may follow only after several months.

        Raises:
            InputError: the month is not a month, or is before the first one.
        """
        last = self._month_number(month)
        while self.state.month < last:
            months = 1
            if self._runs_single_months:
                self.step()
            else:
                months = self._run_equal_months(last)
            for _ in range(months):
                on_month()

    def history(self) -> pd.DataFrame:
        """Return the monthly table so far, one row per month.

        Persons are simulated persons, not scaled up.
        """
        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def groups(self) -> pd.DataFrame:
        """Return the counts by month and group.

        Groups are the levels of the attributes, and the streets as the levels of the attribute "street".
        """
        names = group_names(self.district.streets)
        index = [(row["month"], *name) for row in self.rows for name in names]
        counts = np.array(self.group_counts, dtype=np.int64).reshape(len(index), len(GROUP_COUNTS))
        frame = pd.DataFrame(index, columns=["month", "attribute", "level"])
        return frame.join(pd.DataFrame(counts, columns=list(GROUP_COUNTS)))

    @property
    def scale(self) -> float:
        """Number of simulated migrants per real migrant."""
        return self.agents_at_most / self.district.population.most

    @property
    def months_to_qualify(self) -> int:
        """Number of months that the eligibility rule requires now.

        Before the first month was run, it is the number required in the first month.
        """
        return int(self.timeline.at(max(self.state.month, self.start)).months_to_qualify[0])

    def checkpoint(self) -> Checkpoint:
        """Return a checkpoint of the model, from which another model can continue.

        Later steps do not change the checkpoint.
        """
        return Checkpoint(self.state.copy(), list(self.rows), list(self.group_counts), self.world)

    @property
    def arguments(self) -> ModelArguments:
        """Constructor arguments of this model other than `scenario`, `checkpoint` and `arms`."""
        return ModelArguments(
            district=self.district,
            agents=self.agents_at_most,
            rng=self.seed,
            parameters=self.overrides,
            start=format_month(self.start),
            until=format_month(self.until),
            threads=self.threads,
        )

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, unless a change would have no effect.

        Raises:
            AttributeError: the attribute is fixed when the model is created.
            InputError: the number of threads or the last month is not allowed.
        """
        is_set = self._is_made or name in self.__dict__
        if name in self.fixed_attributes and is_set and value is not self.__dict__.get(name, self):
            raise AttributeError(
                f"{name} cannot be changed after the model was created: {self.fixed_attributes[name]}"
            )
        if not isinstance(value, _SET_BY_MODEL.get(name, object)):
            raise AttributeError(f"{name} cannot be set: the model sets it in every month")
        if name == "threads":
            value = validate_int(cast("int", value), "threads", 1, MAX_THREADS)
        if name == "until":
            value = self._month_number(cast("str | int", value))
        super().__setattr__(name, value)

    def branch(self, scenario: str | Path | Scenario | None) -> Self:
        """Create a model of the same people in the same state under another policy, without a trial.

        The two models are independent. A subclass is called with the `arguments` of the model.

        Raises:
            InputError: the other policy differs from this one in a month that was already run.
        """
        policy = load_scenario(scenario)
        for own, other in zip_longest(self._past_interventions(self.policy), self._past_interventions(policy)):
            if own != other:
                raise InputError(
                    Message(
                        "the scenario {scenario} differs from {other} in months already simulated",
                        scenario=policy.name,
                        other=self.policy.name,
                    ),
                    given=Message("an intervention from {month}", month=format_month((other or own).first)),
                    allowed=Message("differences from {month} on", month=format_month(self.state.month + 1)),
                )
        return type(self)(scenario=policy, checkpoint=self.checkpoint(), **self.arguments)

    def start_trial(self, scenario: Scenario, assignment: Assignment) -> Self:
        """Create a model of the same people in the same state in which some are subject to another policy.

        Args:
            scenario: policy of the treated. A lever that acts on single persons acts on the treated only. The levers
                of `DISTRICT_LEVERS`, and those of `CENTRE_LEVERS` except at the treated centres, keep the values of
                the untreated.
            assignment: assignment of persons and centres to the arms.

        Raises:
            InputError: the scenario does not fit the district.
        """
        arms = Arms(scenario, assignment)
        return type(self)(scenario=self.policy, checkpoint=self.checkpoint(), arms=arms, **self.arguments)

    def conditions(self, month: str | int | None = None, levers: Levers | None = None) -> Conditions:
        """Compute the conditions of a month, as if it followed the current state.

        Args:
            month: YYYY-MM or number of the month; None: the last month that was run, or the first month if none was.
            levers: levers of the month; None: the levers of the scenario.
        """
        number = max(self.state.month, self.start) if month is None else self._month_number(month)
        tables = self._lay_out(self.timeline.at(number) if levers is None else levers)
        update_conditions(tables, self.state.arrays())
        return tables.conditions

    def _past_interventions(self, policy: Scenario) -> list[Intervention | Purchase]:
        """Return the interventions and purchases that begin in months that were already run."""
        last = self.state.month if self.rows else -1
        every: list[Intervention | Purchase] = [
            *(stated.intervention for stated in policy.stated),
            *(stated.purchase for stated in policy.purchases),
        ]
        return [each for each in every if each.first <= last]

    @property
    def _is_made(self) -> bool:
        """Whether the model has been created completely."""
        return "_treated_levers" in self.__dict__

    @property
    def _is_compiled_as_a_whole(self) -> bool:
        """Whether compiled code runs whole months, without Python in between."""
        return self.arms is None and threads_that_pay(self.world, self.threads) <= 1

    @property
    def _runs_single_months(self) -> bool:
        """Whether every month needs a call of `step`."""
        return not self._is_compiled_as_a_whole

    def _run_equal_months(self, last: int) -> int:
        """Run the next months with the same levers in one compiled call, and return their number.

        The number is limited so that a call takes less than a second.
        """
        self._prepare_run()
        first, most = self.state.month + 1, max(1, _MIGRANT_MONTHS_PER_CALL // self.world.slots)
        months = self.timeline.equal_months(first, min(last, first + most - 1))
        self._run_months(months)
        return months

    def _run_months(self, months: int) -> None:
        """Run consecutive months with the same levers in one compiled call."""
        first, before = self.state.month + 1, self.state.population
        levers = self.timeline.at(first)
        tables, records, arrays = self._tables(levers), self._new_records(months), self.state.arrays()
        populations = np.concatenate([[before], self._path(first, months)])
        run_months(first, populations, self.world, arrays, self.census, tables, records, new_scratch())
        self.month = self._month(
            first + months - 1, int(populations[-2]), int(populations[-1]), levers, tables, records
        )
        self._end_months(first, arrays, records)

    def _run_month(self) -> None:
        """Run a month phase by phase, for threads, the arms of a trial, and agents."""
        number = self.state.month + 1
        levers, records, arrays = self.timeline.at(number), self._new_records(1), self.state.arrays()
        tables = self._tables(levers)
        update_conditions(tables, arrays)
        population = int(self._path(number, 1)[0])
        month = self.month = self._month(number, self.state.population, population, levers, tables, records)
        self._run_agents(arrays, month)
        close_month(month.arrays, arrays, self.census, self.world, tables, records)
        self._end_months(number, arrays, records)

    def _run_agents(self, arrays: StateArrays, month: Month) -> None:
        """Run the month of every migrant and of every service centre."""
        run_population(self.world, arrays, month, self.threads)
        serve_queues(month.arrays, arrays, self.world, month.conditions)

    def _month(
        self, number: int, before: int, population: int, levers: Levers, tables: PolicyTables, records: Records
    ) -> Month:
        """Return the month that the last entry of the records describes."""
        month = Month(
            number,
            before,
            population,
            levers,
            tables.conditions,
            month_streams(self.world.seed, number),
            self.census.signals,
            self.census.contact_counts,
            records.flows[-1],
            records.joined[-1],
            records.net[-1],
        )
        if self.arms is None or self._treated_timeline is None:
            return month
        treated, assignment = self._treated_tables(self._treated_timeline.at(number)), self.arms.assignment
        update_conditions(treated, self.state.arrays())
        capacity = np.where(assignment.centres, treated.conditions.capacity, month.conditions.capacity)
        return month._replace(
            conditions=month.conditions._replace(capacity=capacity),
            treatment=Treatment(assignment, assign_arms(assignment, self.state.migrants), treated.conditions),
        )

    def _end_months(self, first: int, arrays: StateArrays, records: Records) -> None:
        """Update the state and the monthly tables with the records of consecutive months."""
        months = len(records.queued)
        self.state.month, self.state.population = self.month.number, self.month.population
        self.state.red_tape = float(arrays.red_tape[0])
        costs = [
            self.timeline.cost(first + i, records.residents[i] / self.scale if len(records.residents) else None)
            for i in range(months)
        ]
        columns = month_columns(records, first, self.parameters.number("wait_ceiling"), costs)
        self.rows.extend(dict(zip(COLUMNS, values, strict=True)) for values in zip(*columns.values(), strict=True))
        self.group_counts.extend(group_counts(records))
        self._counted = self.state.fingerprint()

    def _new_records(self, months: int) -> Records:
        return new_records(months, self.world.streets, residents=self.timeline.counts_persons)

    def _tables(self, levers: Levers) -> PolicyTables:
        """Return the tables of the levers, which are kept until the levers change."""
        if self._levers is not levers:
            self._levers, self._levers_tables = levers, self._lay_out(levers)
        return self._levers_tables

    def _treated_tables(self, levers: Levers) -> PolicyTables:
        """Return the tables of the levers of the treated, which are kept until these levers change."""
        if self._treated_levers is not levers:
            self._treated_levers, self._tables_of_treated = levers, self._lay_out(levers)
        return self._tables_of_treated

    def _lay_out(self, levers: Levers) -> PolicyTables:
        return policy_tables(levers, self.parameters, self.world, self.scale, self.district.street_shares)

    def _prepare_run(self, *, is_modified: bool = False) -> None:
        """Prepare a run: check that no rule was replaced, check the state, and repeat the census if it changed.

        Args:
            is_modified: whether an agent's attributes changed since the last census.

        Raises:
            InputError: a rule was replaced, which compiled code would ignore; or an array of the state was changed to
                values that are not valid.
        """
        if (replaced := self._replaced_behaviour()) is not None:
            raise InputError(
                Message('{replaced} was replaced, which the engine "compiled" would ignore', replaced=replaced),
                key="engine",
                given="compiled",
                allowed="objects",
            )
        if (fingerprint := self.state.fingerprint()) != self._counted:
            if fingerprint[:2] != self._counted[:2]:
                raise AttributeError("the month and the population of the state cannot be set: `step` changes them")
            check_state(self.state, self.world)
            is_modified = True
        if is_modified:
            self.census = initial_census(self.state, self.world, self.months_to_qualify)
            self._counted = self.state.fingerprint()

    def _replaced_behaviour(self) -> str | None:
        """Return the name of a rule or method that was replaced and that compiled code would ignore, or None."""
        return replaced_behaviour()

    def _month_number(self, month: str | int) -> int:
        if isinstance(month, str):
            number = parse_month(month)
        else:
            number = as_int(month, "month", Message('a month as "YYYY-MM", or {whole}', whole=_INTEGER_MONTH))
        if number < self.start - 1:
            raise InputError(
                "the month is before the start of the run",
                key="month",
                given=month,
                allowed=Message(
                    '"{month}" or later; as {whole}: {number} or more',
                    month=format_month(self.start),
                    whole=_INTEGER_MONTH,
                    number=self.start,
                ),
            )
        return number

    def _path(self, first: int, months: int) -> NDArray[np.int64]:
        return self.district.population.path(first, first + months - 1, self.agents_at_most)


@lru_cache(maxsize=_KEPT_PARAMETERS)
def _overridden(district: District, values: tuple[tuple[str, float], ...]) -> Parameters:
    """Return the parameters of a district with other values; all branches of a model share them."""
    return district.parameters.override(dict(values))

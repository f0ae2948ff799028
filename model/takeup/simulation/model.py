"""The district as a Mesa model: `PermitModel` runs it month by month."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypedDict, cast

import mesa
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.district import District, Parameters, load_district
from takeup.errors import InputError
from takeup.limits import MAX_SEED, MAX_THREADS, as_int, validate_int, validate_period
from takeup.months import END, START, format_month, parse_month
from takeup.scenario import Intervention, Levers, Purchase, Scenario, Timeline, load_scenario
from takeup.simulation.agent_registry import AgentRegistry
from takeup.simulation.agents import Migrant, ServiceCentre
from takeup.simulation.census import Census, initial_census
from takeup.simulation.conditions import Conditions, PolicyTables, month_streams, policy_tables, update_conditions
from takeup.simulation.initial_state import initial_state
from takeup.simulation.kernels_decisions import serve_queues
from takeup.simulation.kernels_month import Month, close_month, run_months, run_population, threads_that_pay
from takeup.simulation.kernels_population import new_scratch
from takeup.simulation.output import (
    COLUMNS,
    GROUP_COUNTS,
    MonthlyCollector,
    Records,
    Row,
    group_counts,
    group_names,
    month_columns,
    new_records,
)
from takeup.simulation.state import State, StateArrays, check_state
from takeup.simulation.world import World, build_world

Engine = Literal["compiled", "objects"]
ENGINES: tuple[Engine, ...] = ("compiled", "objects")

_MIGRANT_MONTHS_PER_CALL = 20_000_000
"""Limit of a compiled call: about half a second, during which the user cannot interrupt it."""


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
    """Arguments of `PermitModel` other than scenario and checkpoint."""

    district: District
    agents: int
    engine: Engine
    rng: int
    parameters: dict[str, float]
    start: str
    until: str
    threads: int
    migrant_class: type[Migrant]


_FIXED: Final = {
    "district": "create a new model",
    "policy": "to continue under another policy, use `branch`",
    "timeline": "to continue under another policy, use `branch`",
    "parameters": "create a new model with `parameters=…`",
    "overrides": "create a new model with `parameters=…`",
    "engine": "create a new model with `engine=…` and `checkpoint=model.checkpoint()`",
    "seed": "create a new model with `rng=…`",
    "start": "create a new model with `start=…`",
    "agents_at_most": "create a new model with `agents=…`",
    "world": "create a new model",
    "migrant_class": "create a new model with `migrant_class=…`",
    "scenario": "to continue under another policy, use `branch`",
    "state": "set attributes of `agents`, or create a new model with `checkpoint=…`",
    "registry": "create a new model",
    "rows": "`history()` returns a table that you can change",
    "group_counts": "`groups()` returns a table that you can change",
}
"""Attributes that a model never changes, and the alternative for the user."""
_INTEGER_MONTH: Final = "an integer (12 * year + month - 1)"
_SET_BY_MODEL: Final = {"month": Month, "census": Census}
"""Attributes that the model sets in every month, and their types."""
_OF_MESA: Final = ("random", "rng")
"""Mesa's random number generators, which only agents of the user use."""
_MESA_RANDOM: Final = (
    "Mesa's random number generators do not affect migrants and service centres; create a new model with `rng=…`"
)


class PermitModel(mesa.Model):  # type: ignore[misc]
    """Mesa model of the take-up of a residence permit in a district.

    Each month, migrants decide whether to apply for, to endorse or to drop the permit.

    Args:
        district: name, folder, or District.
        scenario: name, file, or Scenario; None: no intervention.
        agents: number of simulated migrants when the population is largest; None: as many as in reality.
        engine: "compiled", or "objects" for a month run by Mesa agents; the results are identical to the bit.
        rng: seed, a whole number from 0; None: a random seed from the operating system.
        parameters: values by name that override those of the district for the whole run.
        start: first month.
        until: month after which `running` is False.
        threads: number of threads of the compiled engine; it does not affect the results.
        migrant_class: subclass of Migrant with other behaviour; only with engine="objects".
        checkpoint: checkpoint of another model, from which this one continues, see `checkpoint()`.

    Attributes:
        policy: scenario of the model.
        state: state of the district at the end of the last month that was run.
        month: last month that was run, with its conditions and flows.
        rows: monthly table so far.
        datacollector: Mesa's collector of the same columns.

    Raises:
        InputError: an argument is invalid.
    """

    def __init__(
        self,
        district: str | Path | District = "liwan",
        scenario: str | Path | Scenario | None = None,
        agents: int | None = None,
        engine: Engine = "compiled",
        rng: int | np.random.Generator | None = None,
        *,
        parameters: Mapping[str, float] | None = None,
        start: str = START,
        until: str = END,
        threads: int = 1,
        migrant_class: type[Migrant] = Migrant,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        seed = _seed_of(rng)
        super().__init__(rng=rng if seed is None else seed)
        try:
            validate_period(start, until, None)
        except InputError as error:
            raise error.at("start" if error.key == "--from" else "until") from None
        if engine not in ENGINES:
            raise InputError("unknown engine", key="engine", given=engine, allowed=ENGINES)
        _check_migrant_class(migrant_class, engine)
        self.migrant_class = migrant_class
        self.seed = int(self.rng.integers(MAX_SEED + 1)) if seed is None else seed
        self.engine, self.threads = engine, threads
        self.district = load_district(district)
        self.overrides = self.district.parameters.overrides(parameters)
        self.parameters: Parameters = self.district.parameters.override(self.overrides)
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
        self._count_steps(len(self.rows))
        self.running = self.state.month < self.until
        self.census = initial_census(self.state, self.world, self.months_to_qualify)
        self._counted = self.state.fingerprint()
        self.registry = AgentRegistry(self)
        self.datacollector = MonthlyCollector()
        self._collect({name: [row[name] for row in self.rows] for name in COLUMNS})
        self._levers: Levers | None = None

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
        self.running = self.state.month < self.until

    def run_until(self, month: str | int, on_month: Callable[[], object] = lambda: None) -> None:
        """Run every month up to and including the given one.

        The compiled engine runs all months with the same levers in one call, and gives the same results as `step`.

        Args:
            month: YYYY-MM, or the number of months since year 0. If the month was run already, the model does not
                change.
            on_month: function called once per month. The calls may follow only after several months.

        Raises:
            InputError: the month is not a month, or is before the first one.
        """
        last = self._month_number(month)
        steps_singly = type(self).step is not PermitModel.step or not self._has_own_collector
        while self.state.month < last:
            months = 1
            if steps_singly or self._has_events or not self._is_compiled_as_a_whole:
                self.step()
            else:
                self._prepare_run()
                months = self._months_with_equal_levers(last)
                self._run_months(months)
                self._count_steps(months)
                self.running = self.state.month < self.until
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
        """Constructor arguments of this model other than `scenario` and `checkpoint`."""
        return ModelArguments(
            district=self.district,
            agents=self.agents_at_most,
            engine=self.engine,
            rng=self.seed,
            parameters=self.overrides,
            start=format_month(self.start),
            until=format_month(self.until),
            threads=self.threads,
            migrant_class=self.migrant_class,
        )

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, unless a change would have no effect.

        Raises:
            AttributeError: the attribute is fixed when the model is created.
            InputError: the number of threads or the last month is not allowed.
        """
        is_made = "datacollector" in self.__dict__
        if name in _FIXED and (is_made or name in self.__dict__) and value is not self.__dict__.get(name, self):
            raise AttributeError(f"{name} cannot be changed after the model was created: {_FIXED[name]}")
        if not isinstance(value, _SET_BY_MODEL.get(name, object)):
            raise AttributeError(f"{name} cannot be set: the model sets it in every month")
        if name in _OF_MESA and is_made:
            warnings.warn(_MESA_RANDOM, stacklevel=2)
        if name == "threads":
            value = validate_int(cast("int", value), "threads", 1, MAX_THREADS)
        if name == "until":
            value = self._month_number(cast("str | int", value))
        super().__setattr__(name, value)

    def reset_rng(self, rng: Any = None) -> None:
        """Reset Mesa's generator, which only agents of the user use."""
        warnings.warn(_MESA_RANDOM, stacklevel=2)
        with warnings.catch_warnings(action="ignore"):
            super().reset_rng(rng)

    def reset_randomizer(self, seed: int | None = None) -> None:
        """Reset Mesa's other generator, which only agents of the user use."""
        warnings.warn(_MESA_RANDOM, stacklevel=2)
        super().reset_randomizer(seed)

    def remove_all_agents(self) -> None:
        """Refuse to remove the agents.

        The model would continue with the persons of the agents in the state.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(
            "migrants and service centres cannot be removed; to remove other agents, call `remove` of each"
        )

    def branch(self, scenario: str | Path | Scenario | None) -> PermitModel:
        """Create a model of the same people in the same state under another policy.

        The two models are independent. A subclass is called with the arguments of `PermitModel`.

        Raises:
            InputError: the other policy differs from this one in a month that was already run.
        """
        policy = load_scenario(scenario)
        for own, other in zip_longest(self._past_interventions(self.policy), self._past_interventions(policy)):
            if own != other:
                raise InputError(
                    f"the scenario {policy.name} differs from {self.policy.name} in months already simulated",
                    given=f"an intervention from {format_month((other or own).first)}",
                    allowed=f"differences from {format_month(self.state.month + 1)} on",
                )
        return type(self)(scenario=policy, checkpoint=self.checkpoint(), **self.arguments)

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
    def centres(self) -> list[ServiceCentre]:
        """Service centres, one per street."""
        return self.registry.centres

    @property
    def agents(self) -> Any:
        """All agents as Mesa's collection, created when they are first requested."""
        self.registry.update()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """Mesa's agents by type."""
        self.registry.update()
        return super().agents_by_type

    @property
    def agent_types(self) -> Any:
        """Types of the agents in the model."""
        self.registry.update()
        return super().agent_types

    @property
    def _is_compiled_as_a_whole(self) -> bool:
        """Whether compiled code runs whole months, without Python in between."""
        return self.engine == "compiled" and threads_that_pay(self.world, self.threads) <= 1

    @property
    def _has_events(self) -> bool:
        """Whether the user scheduled events, which exist from Mesa 3.5 on; the next step is an event, too."""
        return len(getattr(self, "_event_list", ())) > 1

    def _count_steps(self, months: int) -> None:
        """Count months that were not run by Mesa's `step`.

        Mesa has a clock from version 3.4 on, and schedules the next step by it from version 3.5 on.
        """
        self.steps += months
        if hasattr(self, "time"):
            self.time += months
            self._schedule_step()

    def _schedule_step(self) -> None:
        """Schedule the next step one month from now, where Mesa schedules steps."""
        schedule = getattr(self, "_default_schedule", None)
        if schedule is not None:
            schedule.pause()
            schedule.resume()

    def _do_step(self) -> None:
        """Run a step as Mesa 3.5 does, and schedule the next one even if this one fails."""
        try:
            super()._do_step()
        except BaseException:
            self._schedule_step()
            raise

    def _months_with_equal_levers(self, last: int) -> int:
        """Return the number of next months with the same levers.

        The number is limited so that a compiled call takes less than a second.
        """
        first, most = self.state.month + 1, max(1, _MIGRANT_MONTHS_PER_CALL // self.world.slots)
        return self.timeline.equal_months(first, min(last, first + most - 1))

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
        if self.engine == "compiled":
            run_population(self.world, arrays, month, self.threads)
            serve_queues(month.arrays, arrays, self.world, month.conditions)
        else:
            self.registry.run_migrants()
            self.registry.run_centres()
        close_month(month.arrays, arrays, self.census, self.world, tables, records)
        self._end_months(number, arrays, records)

    def _month(
        self, number: int, before: int, population: int, levers: Levers, tables: PolicyTables, records: Records
    ) -> Month:
        """Return the month that the last entry of the records describes."""
        return Month(
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
        self._collect(columns)

    def _new_records(self, months: int) -> Records:
        return new_records(months, self.world.streets, residents=self.timeline.counts_persons)

    def _tables(self, levers: Levers) -> PolicyTables:
        """Return the tables of the levers, which are kept until the levers change."""
        if self._levers is not levers:
            self._levers, self._levers_tables = levers, self._lay_out(levers)
        return self._levers_tables

    def _lay_out(self, levers: Levers) -> PolicyTables:
        return policy_tables(levers, self.parameters, self.world, self.scale, self.district.street_shares)

    @property
    def _has_own_collector(self) -> bool:
        """Whether the model's own collector is used, without reporters of the user."""
        return isinstance(self.datacollector, MonthlyCollector) and not self.datacollector.is_extended

    def _collect(self, columns: Mapping[str, Iterable[float | int | str]]) -> None:
        """Add months to Mesa's data collector, given columns of the monthly table.

        An overridden `step` with another collector collects the data itself, as Mesa's models do.
        """
        if self._has_own_collector:
            self.datacollector.extend(columns)
        elif self.datacollector is not None and (
            isinstance(self.datacollector, MonthlyCollector) or type(self).step is PermitModel.step
        ):
            self.datacollector.collect(self)

    def _prepare_run(self) -> None:
        """Prepare a run: repeat the census if agents were changed, check the state, the agents and the engine.

        Raises:
            InputError: a method or rule was replaced, which the compiled engine would ignore; an array of the state
                was changed to values that are not valid; or agents were removed from the model's collections.
        """
        self.registry.check_collections(self._all_agents, super().agents_by_type)
        if self.engine == "compiled" and (replaced := self.registry.replaced_behaviour()) is not None:
            raise InputError(
                f'{replaced} was replaced, which the engine "compiled" would ignore',
                key="engine",
                given="compiled",
                allowed="objects",
            )
        if (fingerprint := self.state.fingerprint()) != self._counted:
            if fingerprint[:2] != self._counted[:2]:
                raise AttributeError("the month and the population of the state cannot be set: `step` changes them")
            check_state(self.state, self.world)
            self.registry.is_modified = True
        if self.registry.is_modified:
            self.census = initial_census(self.state, self.world, self.months_to_qualify)
            self.registry.is_modified = False
            self._counted = self.state.fingerprint()

    def _month_number(self, month: str | int) -> int:
        if isinstance(month, str):
            number = parse_month(month)
        else:
            number = as_int(month, "month", f'a month as "YYYY-MM", or {_INTEGER_MONTH}')
        if number < self.start - 1:
            raise InputError(
                "the month is before the start of the run",
                key="month",
                given=month,
                allowed=f'"{format_month(self.start)}" or later; as {_INTEGER_MONTH}: {self.start} or more',
            )
        return number

    def _path(self, first: int, months: int) -> NDArray[np.int64]:
        return self.district.population.path(first, first + months - 1, self.agents_at_most)


def _seed_of(rng: object) -> int | None:
    """Return a seed that is given as a number; None if it is to be drawn."""
    if rng is None or isinstance(rng, np.random.Generator):
        return None
    allowed = f"a whole number from 0 to {MAX_SEED}, a numpy.random.Generator, or None"
    try:
        return validate_int(rng, "rng", 0, MAX_SEED)
    except InputError:
        raise InputError("the seed is invalid", key="rng", given=rng, allowed=allowed) from None


def _check_migrant_class(migrant_class: type[Migrant], engine: Engine) -> None:
    if not (isinstance(migrant_class, type) and issubclass(migrant_class, Migrant)):
        raise InputError(
            "the class is not a subclass of Migrant",
            key="migrant_class",
            given=migrant_class,
            allowed="Migrant or a subclass of Migrant",
        )
    if migrant_class is not Migrant and engine != "objects":
        raise InputError(
            'a subclass of Migrant requires engine="objects"',
            key="engine",
            given=engine,
            allowed="objects",
        )

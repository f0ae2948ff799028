"""The district as a Mesa model: `PermitModel` runs it month by month."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

import mesa
import numpy as np
import pandas as pd
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from takeup.constants import MAX_SEED, OVERRIDDEN
from takeup.district import District, Parameters, load_district
from takeup.errors import InputError
from takeup.months import END, LONGEST_MONTHS, START, format_month, parse_month
from takeup.rules.administration import update_red_tape
from takeup.scenario import Intervention, Levers, Scenario, Timeline, load_scenario
from takeup.simulation import kernels_decisions
from takeup.simulation.agents import AgentRegistry, ServiceCentre
from takeup.simulation.census import VALID_FIELD, full_census, initial_census
from takeup.simulation.conditions import Conditions, month_conditions
from takeup.simulation.initial_state import initial_state
from takeup.simulation.kernels_decisions import deliver_services
from takeup.simulation.month import Month, new_month
from takeup.simulation.output import COLUMNS, GROUP_COUNTS, Row, group_names, group_rows, month_row
from takeup.simulation.state import State
from takeup.simulation.world import World, build_world

Engine = Literal["compiled", "objects"]
ENGINES: tuple[Engine, ...] = ("compiled", "objects")


class Checkpoint(NamedTuple):
    """A model at the end of a month, from which another model can continue.

    Attributes:
        state: everything that changes.
        rows, group_counts: the monthly tables so far.
        world: everything that never changes; None: to be built again.
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


class PermitModel(mesa.Model):  # type: ignore[misc]
    """A district whose migrants decide each month whether to apply for, endorse or drop a residence permit.

    Args:
        district: a name, a folder, or a District.
        scenario: a name, a file, or a Scenario; None: no intervention.
        agents: simulated migrants when the population is largest; None: as many as in reality.
        engine: "compiled", or "objects" for a month run by Mesa agents; the results are identical to the bit.
        rng: the seed, a whole number from 0; None: a random one from the operating system.
        parameters: values by name that override those of the district for the whole run.
        start, until: first month, and the month after which `running` is False.
        threads: of the compiled engine; the results do not depend on their number.
        checkpoint: of another model, from which this one continues, see `checkpoint()`.

    Attributes:
        policy: the scenario.
        state: the district at the end of the last month that was run.
        month: the last month that was run, with its conditions and flows.
        rows: the monthly table so far.
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
        checkpoint: Checkpoint | None = None,
    ) -> None:
        _check_seed(rng)
        super().__init__(rng=rng)
        for name, number in (("agents", agents), ("threads", threads)):
            if number is not None and (isinstance(number, bool) or not isinstance(number, int | np.integer)):
                raise InputError("not a whole number", key=name, given=number)
        if threads < 1:
            raise InputError("not a possible number of threads", key="threads", given=threads, allowed="1 or more")
        if engine not in ENGINES:
            raise InputError("unknown engine", key="engine", given=engine, allowed=ENGINES)
        self.seed = int(rng) if isinstance(rng, int | np.integer) else int(self.rng.integers(MAX_SEED + 1))
        self.engine, self.threads = engine, threads
        self.district = load_district(district)
        self.overrides = dict(parameters or {})
        self.parameters: Parameters = self.district.parameters.override(self.overrides, OVERRIDDEN)
        self.policy = load_scenario(scenario)
        self.timeline = Timeline(self.policy, self.district, self.parameters)
        self.start, self.until = parse_month(start), parse_month(until)
        if self.until - self.start >= LONGEST_MONTHS:
            raise InputError("too long a run", key="until", given=until, allowed=f"{LONGEST_MONTHS:,} months at most")
        self.agents_at_most = self.district.population.most if agents is None else agents
        self.world: World = (
            checkpoint.world
            if checkpoint is not None and checkpoint.world is not None
            else build_world(self.district, self.parameters, self.agents_at_most, self.seed)
        )
        if checkpoint is None:
            persons = self._persons(self.start)
            initial = initial_state(self.start, persons, self.parameters, self.world)
            checkpoint = Checkpoint(initial, [], [], self.world)
        self.state: State = checkpoint.state.copy()
        self.rows: list[Row] = list(checkpoint.rows)
        self.group_counts: list[NDArray[np.int64]] = list(checkpoint.group_counts)
        self.steps = len(self.rows)
        self.running = self.state.month < self.until
        self.census = initial_census(self.state, self.world, self.months_to_qualify)
        self.registry = AgentRegistry(self)
        self.datacollector = DataCollector(model_reporters={name: _last_value_of(name) for name in COLUMNS})
        for row in self.rows:
            self._collect(row)

    def step(self) -> None:
        """Run one month.

        In this order: conditions; leave, reside, receive information, act (every migrant); centres; services; red
        tape; record.
        """
        month = self.month = self._begin_month()
        if self.engine == "compiled":
            kernels_decisions.run_month(self.world, self.state, month, self.threads)
            kernels_decisions.serve_queues(self.state, self.world, month)
        else:
            self.registry.run_migrants()
            self.registry.run_centres()
        self.state.month, self.state.population = month.number, month.population
        self._take_census()
        self._services()
        self._red_tape()
        self._record()
        self.running = month.number < self.until

    def run_until(self, month: str | int) -> None:
        """Run every month up to and including this one."""
        last = parse_month(month) if isinstance(month, str) else month
        while self.state.month < last:
            self.step()

    def history(self) -> pd.DataFrame:
        """The monthly table so far, one row per month; simulated persons, not scaled up."""
        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def groups(self) -> pd.DataFrame:
        """Counts by month and group: levels of attributes, and streets as the attribute "street"."""
        names = group_names(self.district.streets)
        index = [(row["month"], *name) for row in self.rows for name in names]
        counts = np.array(self.group_counts, dtype=np.int64).reshape(len(index), len(GROUP_COUNTS))
        frame = pd.DataFrame(index, columns=["month", "attribute", "level"])
        return frame.join(pd.DataFrame(counts, columns=list(GROUP_COUNTS)))

    @property
    def scale(self) -> float:
        """Simulated migrants per real migrant."""
        return self.agents_at_most / self.district.population.most

    @property
    def months_to_qualify(self) -> int:
        """Months that the eligibility rule requires now; before the first month, what it will require then."""
        return int(self.timeline.at(max(self.state.month, self.start)).months_to_qualify[0])

    def checkpoint(self) -> Checkpoint:
        """The model as it is now, from which another one can continue; later steps do not change it."""
        return Checkpoint(self.state.copy(), list(self.rows), list(self.group_counts), self.world)

    @property
    def arguments(self) -> ModelArguments:
        """The arguments of a model of the same people, without scenario and checkpoint."""
        return ModelArguments(
            district=self.district,
            agents=self.agents_at_most,
            engine=self.engine,
            rng=self.seed,
            parameters=self.overrides,
            start=format_month(self.start),
            until=format_month(self.until),
            threads=self.threads,
        )

    def branch(self, scenario: str | Path | Scenario | None) -> PermitModel:
        """A model of the same people in the same state under another policy, independent of this one.

        Raises:
            InputError: the other policy differs from this one in a month that was already run.
        """
        policy = load_scenario(scenario)
        for own, other in zip_longest(self._past_interventions(self.policy), self._past_interventions(policy)):
            if own != other:
                raise InputError(
                    f"the scenario {policy.name} acts in months already simulated",
                    given=format_month((other or own).first),
                    allowed=f"from {format_month(self.state.month + 1)} on",
                )
        return PermitModel(scenario=policy, checkpoint=self.checkpoint(), **self.arguments)

    def conditions(self, month: int | None = None, levers: Levers | None = None) -> Conditions:
        """The tables of a month that would follow the current state.

        Args:
            month: its number; None: the last month that was run, or the first one before any was.
            levers: their values in it; None: those of the scenario.
        """
        number = max(self.state.month, self.start) if month is None else month
        return month_conditions(
            number,
            self.timeline.at(number) if levers is None else levers,
            self.parameters,
            self.world,
            self.state,
            self.scale,
            self.district.street_shares,
        )

    def _past_interventions(self, policy: Scenario) -> list[Intervention]:
        """The interventions that act in months that were already run."""
        last = self.state.month if self.rows else -1
        return [stated.intervention for stated in policy.stated if stated.intervention.first <= last]

    @property
    def centres(self) -> list[ServiceCentre]:
        """The service centres, one per street."""
        return self.registry.centres

    @property
    def agents(self) -> Any:
        """All agents as Mesa's collection; they are created when first requested."""
        self.registry.update()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """Mesa's agents by type."""
        self.registry.update()
        return super().agents_by_type

    def _begin_month(self) -> Month:
        """Conditions: the tables of the next month, and arrays for its flows."""
        number = self.state.month + 1
        levers = self.timeline.at(number)
        conditions = self.conditions(number, levers)
        return new_month(number, self.state.population, self._persons(number), levers, conditions, self.census)

    def _take_census(self) -> None:
        full_census(self.census, self.state, self.world, self.months_to_qualify)

    def _services(self) -> None:
        holders = self.census.by_profile[:, VALID_FIELD].copy()
        speed = self.parameters.number("reputation_speed")
        deliver_services(self.state, holders, self.world.need, self.month.levers, speed, self.scale)

    def _red_tape(self) -> None:
        applications = int(self.month.flows["applications"].sum())
        returned = int(self.month.flows["returned"].sum())
        number, levers = self.parameters.number, self.month.levers
        self.state.red_tape = update_red_tape(
            self.state.red_tape,
            number("recovery"),
            float(levers.drift[0]),
            float(levers.feedback[0]),
            returned / applications if applications else 0.0,
            number("red_tape_low"),
            number("red_tape_high"),
        )

    def _record(self) -> None:
        residents = self.census.persons["population"] / self.scale if self.timeline.counts_persons else None
        cost = self.timeline.cost(self.month.number, residents)
        self.rows.append(month_row(self.state, self.month, self.census, self.parameters.number("wait_ceiling"), cost))
        self.group_counts.append(group_rows(self.census))
        self._collect(self.rows[-1])

    def _collect(self, row: Row) -> None:
        # Mesa's own `collect` calls a function per column and copies its result: a tenth of a small district's time.
        for name, value in row.items():
            self.datacollector.model_vars[name].append(value)

    def _persons(self, month: int) -> int:
        return self.district.population.persons(month, self.agents_at_most)


def _check_seed(rng: object) -> None:
    if rng is None or isinstance(rng, np.random.Generator):
        return
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or not 0 <= rng <= MAX_SEED:
        raise InputError("not a seed", key="rng", given=rng, allowed=f"a whole number from 0 to {MAX_SEED}")


def _last_value_of(name: str) -> Callable[[PermitModel], float | int | str]:
    """A reporter of one column of the last month; Mesa accepts plain functions only."""
    return lambda model: model.rows[-1][name]

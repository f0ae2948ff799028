"""The district as a Mesa model: `PermitModel` adds agents and Mesa's interface to `DistrictModel`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import mesa
import numpy as np

from takeup.district import District
from takeup.errors import InputError
from takeup.limits import MAX_SEED, validate_int
from takeup.message import Message
from takeup.months import END, START
from takeup.scenario import Scenario
from takeup.simulation.agent_registry import AgentRegistry
from takeup.simulation.agents import Migrant, ServiceCentre
from takeup.simulation.district_model import ENGINES, Checkpoint, DistrictModel, Engine, ModelArguments
from takeup.simulation.kernels_month import Month
from takeup.simulation.monthly_collector import MonthlyCollector
from takeup.simulation.output import COLUMNS, Records, Row
from takeup.simulation.state import StateArrays
from takeup.simulation.trial_arms import Arms

_OF_MESA: Final = ("random", "rng")
"""Mesa's random number generators, which only agents of the user use."""
_MESA_RANDOM: Final = (
    "Mesa's random number generators do not affect migrants and service centres; create a new model with `rng=…`"
)


class PermitModelArguments(ModelArguments):
    """Arguments of `PermitModel` other than scenario, checkpoint and arms."""

    engine: Engine
    migrant_class: type[Migrant]


class PermitModel(DistrictModel, mesa.Model):  # type: ignore[misc]
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
        arms: policy of the treated, and the assignment of persons and centres, see `start_trial`; None: no trial.

    Attributes:
        policy: scenario of the model.
        state: state of the district at the end of the last month that was run.
        month: last month that was run, with its conditions and flows.
        rows: monthly table so far.
        datacollector: Mesa's collector of the same columns.

    Raises:
        InputError: an argument is invalid.
    """

    fixed_attributes: ClassVar[Mapping[str, str]] = {
        **DistrictModel.fixed_attributes,
        "engine": "create a new model with `engine=…` and `checkpoint=model.checkpoint()`",
        "migrant_class": "create a new model with `migrant_class=…`",
        "registry": "create a new model",
        "state": "set attributes of `agents`, or create a new model with `checkpoint=…`",
    }

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
        arms: Arms | None = None,
    ) -> None:
        seed = _seed_of(rng)
        mesa.Model.__init__(self, rng=rng if seed is None else seed)
        if engine not in ENGINES:
            raise InputError("unknown engine", key="engine", given=engine, allowed=ENGINES)
        _check_migrant_class(migrant_class, engine)
        self.engine, self.migrant_class = engine, migrant_class
        self.registry = AgentRegistry(self)
        self.datacollector = MonthlyCollector()
        DistrictModel.__init__(
            self,
            district,
            scenario,
            agents,
            rng=int(self.rng.integers(MAX_SEED + 1)) if seed is None else seed,
            parameters=parameters,
            start=start,
            until=until,
            threads=threads,
            checkpoint=checkpoint,
            arms=arms,
        )
        self._count_steps(len(self.rows))
        self.running = self.state.month < self.until
        self._collect(self.rows)

    @property
    def arguments(self) -> PermitModelArguments:
        """Constructor arguments of this model other than `scenario`, `checkpoint` and `arms`."""
        return PermitModelArguments(**super().arguments, engine=self.engine, migrant_class=self.migrant_class)

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, unless a change would have no effect.

        Raises:
            AttributeError: the attribute is fixed when the model is created.
            InputError: the number of threads or the last month is not allowed.
        """
        if name in _OF_MESA and self._is_made:
            warnings.warn(_MESA_RANDOM, stacklevel=2)
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
        return self.engine == "compiled" and super()._is_compiled_as_a_whole

    @property
    def _runs_single_months(self) -> bool:
        return (
            super()._runs_single_months
            or type(self).step is not PermitModel.step
            or not self._has_own_collector
            or self._has_events
        )

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

    def _run_equal_months(self, last: int) -> int:
        months = super()._run_equal_months(last)
        self._count_steps(months)
        return months

    def _run_agents(self, arrays: StateArrays, month: Month) -> None:
        if self.engine == "compiled":
            super()._run_agents(arrays, month)
        else:
            self.registry.run_migrants()
            self.registry.run_centres()

    def _end_months(self, first: int, arrays: StateArrays, records: Records) -> None:
        before = len(self.rows)
        super()._end_months(first, arrays, records)
        self.running = self.state.month < self.until
        self._collect(self.rows[before:])

    @property
    def _has_own_collector(self) -> bool:
        """Whether the model's own collector is used, without reporters of the user."""
        return isinstance(self.datacollector, MonthlyCollector) and not self.datacollector.is_extended

    def _collect(self, rows: Sequence[Row]) -> None:
        """Add months to Mesa's data collector, given rows of the monthly table.

        An overridden `step` with another collector collects the data itself, as Mesa's models do.
        """
        if self._has_own_collector:
            self.datacollector.extend({name: [row[name] for row in rows] for name in COLUMNS})
        elif self.datacollector is not None and (
            isinstance(self.datacollector, MonthlyCollector) or type(self).step is PermitModel.step
        ):
            self.datacollector.collect(self)

    def _prepare_run(self, *, is_modified: bool = False) -> None:
        """Prepare a run: also check the agents, and repeat the census if they were changed.

        Raises:
            InputError: a method or rule was replaced, which the compiled engine would ignore; an array of the state
                was changed to values that are not valid; or agents were removed from the model's collections.
        """
        self.registry.check_collections(self._all_agents, super().agents_by_type)
        super()._prepare_run(is_modified=is_modified or self.registry.is_modified)
        self.registry.is_modified = False

    def _replaced_behaviour(self) -> str | None:
        return None if self.engine == "objects" else super()._replaced_behaviour() or self.registry.replaced_method()


def _seed_of(rng: object) -> int | None:
    """Return a seed that is given as a number; None if it is to be drawn."""
    if rng is None or isinstance(rng, np.random.Generator):
        return None
    allowed = Message("a whole number from 0 to {most}, a numpy.random.Generator, or None", most=MAX_SEED)
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

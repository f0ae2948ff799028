"""Putting a district through its ordeals, and what held."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from takeup.answers.stress.accounts import group_faults, month_faults
from takeup.answers.stress.ordeals import Ordeal, ordeals
from takeup.district import District
from takeup.errors import InputError, RunError
from takeup.experiment.pool import Job, Pool, WorkerDiedError
from takeup.simulation import Engine, PermitModel, restore_model, save_model

CRASHED: Final = "crashed"
_HALF = 2
_Payload = tuple[Ordeal, int, int]
"""An ordeal, simulated migrants, seed."""


@dataclass(frozen=True)
class Held:
    """What became of an ordeal.

    Attributes:
        ordeal: that was tried.
        months: lived before it ended.
        fault: the first thing that did not hold, with its month, or that it crashed its process; None if all held.
    """

    ordeal: Ordeal
    months: int
    fault: str | None


@dataclass(frozen=True)
class Stress:
    """What became of all of them.

    Attributes:
        district: that was put through them.
        agents, seed: of every model.
        all: in order.
    """

    district: District
    agents: int
    seed: int
    all: tuple[Held, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row an ordeal: what was tried, months lived, whether it held, what did not."""
        rows = [
            (each.ordeal.name, each.ordeal.kind, each.months, each.fault is None, each.fault) for each in self.all
        ]
        table = pd.DataFrame(rows, columns=["tried", "kind", "months", "held", "fault"])
        return table.astype({"fault": "string"})

    @property
    def broken(self) -> list[Held]:
        """Those in which something did not hold."""
        return [each for each in self.all if each.fault is not None]


def stressed(
    district: District,
    agents: int,
    seed: int,
    on_ordeal: Callable[[int], None],
    tried: Sequence[Ordeal] | None = None,
    workers: int = 1,
) -> Stress:
    """Put a district through all ordeals, in processes beside this one: one that ends its process ends nothing else.

    Args:
        district: the place.
        agents: simulated migrants of every model.
        seed: of every model.
        on_ordeal: called with how many are done.
        tried: others than `ordeals` gives.
        workers: processes.

    Raises:
        InputError: there are too few migrants for every street.
    """
    all_of_them = list(ordeals(district) if tried is None else tried)
    found: dict[str, Held] = {}

    def ended(job: Job[_Payload], outcome: Held | None, error: BaseException | None) -> None:
        if isinstance(error, WorkerDiedError):
            outcome = Held(job.payload[0], 0, f"{CRASHED}: {error}")
        elif error is not None:
            raise error
        if outcome is not None:
            found[job.key] = outcome
        on_ordeal(len(found))

    jobs = (Job(str(number), (ordeal, agents, seed)) for number, ordeal in enumerate(all_of_them))
    Pool(tried_out, jobs, ended, workers, cluster=None).run()
    return Stress(district, agents, seed, tuple(found[str(number)] for number in range(len(all_of_them))))


def tried_out(asked: _Payload) -> Held:
    """One ordeal, as a worker is asked for it."""
    return held(*asked)


def held(ordeal: Ordeal, agents: int, seed: int) -> Held:
    """Whether one ordeal holds; whatever goes wrong in it is a fault, and does not end the rest."""
    model = _model(ordeal, agents, seed)
    try:
        live = {"accounts": _accounts, "engines": _engines, "saving": _saving}[ordeal.kind]
        fault = next(live(ordeal, model), None)
    except (InputError, RunError, ArithmeticError, LookupError, ValueError, TypeError) as error:
        fault = f"{type(error).__name__}: {error}"
    if fault is not None and model.rows:
        fault = f"{model.rows[-1]['month']}: {fault}"
    return Held(ordeal, len(model.rows), fault)


def _model(ordeal: Ordeal, agents: int, seed: int, engine: Engine = "compiled") -> PermitModel:
    return PermitModel(ordeal.district, ordeal.scenario, agents, engine, seed, until=ordeal.until)


def _accounts(ordeal: Ordeal, model: PermitModel) -> Iterator[str]:
    before: dict[str, Any] | None = None
    for _ in range(ordeal.months):
        model.step()
        yield from month_faults(model, before)
        before = model.rows[-1]
    yield from group_faults(model)


def _engines(ordeal: Ordeal, model: PermitModel) -> Iterator[str]:
    other = _model(ordeal, model.agents_at_most, model.seed, "objects")
    for _ in range(ordeal.months):
        model.step()
        other.step()
        yield from _differences(model, other)


def _saving(ordeal: Ordeal, model: PermitModel) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        for _ in range(ordeal.months // _HALF):
            model.step()
        save_model(model, file)
        restored, branched = restore_model(file, district=ordeal.district), model.branch(ordeal.scenario)
    for _ in range(ordeal.months - ordeal.months // _HALF):
        for each in (model, restored, branched):
            each.step()
        for other in (restored, branched):
            yield from _differences(model, other)


def _differences(one: PermitModel, other: PermitModel) -> Iterator[str]:
    """Where two models that should be the same are not, to the bit."""
    for name, column in one.state.columns.items():
        if column.tobytes() != other.state.columns[name].tobytes():
            yield f"{name} differs"
    for name in ("length", "credit", "wait", "reputation", "delivered"):
        if getattr(one.state, name).tobytes() != getattr(other.state, name).tobytes():
            yield f"{name} differs"
    if one.rows[-1] != other.rows[-1]:
        yield "the monthly tables differ"

"""Readers of each kind of file, and valid files from which mutations start."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from takeup import PermitModel
from takeup.analysis.optimise import read_options
from takeup.console.overrides import Overrides
from takeup.district import SHIPPED, District, Parameters, Street, load_district, read_posterior
from takeup.district.parameters import read_parameters
from takeup.district.population import read_population
from takeup.district.posterior import apply_calibration
from takeup.months import parse_month
from takeup.runs.journal import Entry, Journal
from takeup.scenario import Timeline, load_scenario
from takeup.simulation import restore_model, save_model
from takeup_calibration.evaluator import OutputRecorder
from takeup_calibration.targets import read_targets
from tests.analysis.posteriors import write_posterior

REPOSITORY: Final = Path(__file__).resolve().parents[2]
_MONTH: Final = parse_month("2020-01")
_MONTHS: Final = 3
FEWEST: Final = 62
"""Smallest number of agents for two streets in which each agent has thirty contacts."""
_PEOPLE: Final = 2_000
"""Number of agents for a population that may have any number of streets."""


@dataclass(frozen=True)
class Reader:
    """A kind of file and the function that reads it.

    Attributes:
        ending: suffix of the file's name.
        read: function that reads a file. If the model depends on the file, it also simulates some months, because
            compiled code does not check its inputs.
        right: function that returns valid files.
    """

    ending: str
    read: Callable[[Path], None]
    right: Callable[[], list[bytes]]


@cache
def hamlet() -> District:
    """Return the template district with only two streets, which need only a few people."""
    template = load_district("template")
    streets = tuple(
        Street(name=name, name_zh=name, share=0.5, status="assumed", source="invented") for name in ("East", "West")
    )
    return replace(template, name="hamlet", population=replace(template.population, streets=streets))


def _scenario(file: Path) -> None:
    timeline = Timeline(load_scenario(file), hamlet())
    timeline.at(_MONTH)
    timeline.cost(_MONTH, None)


def _run(parameters: Parameters, district: District | None = None, people: int = FEWEST) -> None:
    """Simulate a few months with these parameters, in which migrants apply and permits are issued."""
    place = replace(hamlet() if district is None else district, parameters=parameters)
    model = PermitModel(place, "publicity", agents=people, rng=1)
    for _ in range(_MONTHS):
        model.step()


def _population(file: Path) -> None:
    template = load_district("template")
    _run(template.parameters, replace(template, population=read_population(file)), _PEOPLE)


def _overrides(file: Path) -> None:
    _run(hamlet().parameters.override(Overrides(None, file), "set for this run"))


def _posterior(file: Path) -> None:
    posterior = read_posterior(file, hamlet().parameters)
    for draw in posterior.draws[:: max(1, len(posterior.draws) - 1)]:
        _run(hamlet().parameters.override(draw, "a draw"))


def _targets(file: Path) -> None:
    for target in read_targets(file):
        target.log_likelihood(np.array([target.expression(_outputs())]))


@cache
def _outputs() -> dict[str, float]:
    """Simulate one month and return the outputs that a target may depend on."""
    model = PermitModel(hamlet(), agents=FEWEST, rng=1)
    recorder = OutputRecorder(model)
    recorder.before_month()
    model.step()
    row = {name: float(value) for name, value in model.rows[-1].items() if not isinstance(value, str)}
    return row | recorder.after_month()


def _journal(file: Path) -> None:
    journal = Journal(file)
    try:
        for key in sorted(journal.keys()):
            journal.result(key)
        list(journal)
        journal.add(Entry("one more", 1, None))
    finally:
        journal.close()


def _state(file: Path) -> None:
    model = restore_model(file, district=hamlet())
    for _ in range(_MONTHS):
        model.step()


def _shipped(*names: str) -> list[bytes]:
    return [(SHIPPED / name).read_bytes() for name in names]


def _scenarios() -> list[bytes]:
    own = (
        b'title = "T"\nsource = "s"\n[[intervention]]\nlever = "trips"\nadd = -0.5\nfrom = "2019-03"\n'
        b'until = "2021-02"\nramp_months = 4\nstreets = ["East"]\ngroups = { age = ["45+"], work = ["none"] }\n'
        b'cost = { fixed_cny = 10.5, per_month_cny = 3, per_person_cny = 0.25, source = "invented" }\n'
    )
    return [own, *(file.read_bytes() for file in sorted((REPOSITORY / "scenarios").glob("*.toml")))]


def _settings() -> list[bytes]:
    return [b'publicity = 0.2\n"leave.0-11" = 0.03\n[supply]\nschooling = inf\n[need.residence]\nbase = 0.1\n']


def _values() -> list[bytes]:
    return [
        b'source = "s"\n[values]\npublicity = 0.02\n"supply.schooling" = 12000.0\n',
        *_shipped("liwan/calibrated.toml"),
    ]


def _made(make: Callable[[Path], object]) -> list[bytes]:
    folder = Path(tempfile.mkdtemp())
    try:
        make(folder / "made")
        return [(folder / "made").read_bytes()]
    finally:
        shutil.rmtree(folder)


def _filled(file: Path) -> None:
    journal = Journal(file)
    for number in range(3):
        journal.add(Entry(f"task {number}", {"valid": [number, 0.5]}, None))
    journal.add(Entry("task 3", None, "ValueError: three will do"))
    journal.close()


def _saved_state(file: Path) -> None:
    model = PermitModel(hamlet(), "publicity", agents=60, rng=1, parameters={"publicity": 0.05})
    model.run_until("2010-02")
    save_model(model, file)


READERS: Final = {
    "scenario": Reader(".toml", _scenario, _scenarios),
    "plan": Reader(".toml", lambda file: void(read_options(file)), lambda: _shipped("liwan/plan.toml")),
    "population": Reader(".toml", _population, lambda: _shipped("template/population.toml")),
    "parameters": Reader(
        ".toml", lambda file: _run(read_parameters(file)), lambda: _shipped("template/parameters.toml")
    ),
    "calibrated": Reader(".toml", lambda file: _run(apply_calibration(hamlet().parameters, file)), _values),
    "overrides": Reader(".toml", _overrides, _settings),
    "targets": Reader(".toml", _targets, lambda: _shipped("liwan/targets.toml")),
    "posterior": Reader(".parquet", _posterior, lambda: _made(lambda file: write_posterior(file, 5))),
    "journal": Reader(".sqlite", _journal, lambda: _made(_filled)),
    "state": Reader(".npz", _state, lambda: _made(_saved_state)),
}
"""Readers of all kinds of files that a user or another program may provide."""


def void(_: object) -> None:
    """Discard a result: only errors of the reader are of interest."""

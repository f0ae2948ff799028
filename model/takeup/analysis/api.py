"""Analyses as functions for notebooks and scripts.

The functions have the defaults of the commands, which have more options: draws of the district's posterior, or one
parameter vector if the district has none. With a `folder`, finished runs are kept in a journal there, and the same
call resumes after an interruption. Without a folder, no file is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from os import PathLike
from pathlib import Path
from typing import Any

from takeup.analysis.batch import DEFAULT_REPLICATES
from takeup.analysis.compare.ensemble import DEFAULT_DRAWS as COMPARISON_DRAWS
from takeup.analysis.compare.ensemble import Ensemble, ensemble_comparison
from takeup.analysis.compare.result import Comparison, comparison_tasks, summarise_comparison
from takeup.analysis.optimise import OptimisationResult, OptimisationSpec, read_options, summarise_optimisation
from takeup.analysis.optimise.search import PACKAGES_PER_BATCH
from takeup.analysis.trial.design import make_design
from takeup.analysis.trial.run import DEFAULT_DRAWS as TRIAL_DRAWS
from takeup.analysis.trial.run import TrialResult, TrialSpec, summarise_trials
from takeup.analysis.why import Obstacles, WhyResult, WhySpec, read_obstacles, summarise_why
from takeup.analysis.why.spec import DEFAULT_DRAWS as WHY_DRAWS
from takeup.district import POSTERIOR, District, Posterior, load_district, read_posterior
from takeup.errors import InputError, RunError
from takeup.io import as_path
from takeup.limits import (
    AGENTS_PER_DRAW,
    MAX_DRAWS,
    MAX_PACKAGES,
    MAX_REPLICATES,
    MAX_SEED,
    MAX_WORKERS,
    as_int,
    validate_int,
    validate_month,
    validate_period,
)
from takeup.message import Message
from takeup.months import END, END_OF_HISTORY, START
from takeup.runs import Runner, RunSettings, run_tasks
from takeup.runs.journal import Entry
from takeup.scenario import Scenario, load_scenario
from takeup.scenario.packages import PLAN

_MOST_PACKAGES = 300

AnyScenario = str | Path | Scenario
AnyDistrict = str | Path | District
AnyPath = str | PathLike[str]


def compare_scenarios(
    *scenarios: AnyScenario,
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    draws: int | None = None,
    point: bool = False,
    replicates: int | None = None,
    until: str = END,
    workers: int = 1,
    folder: AnyPath | None = None,
) -> Comparison:
    """Compare scenarios with the baseline, with the same agents and random numbers, as `takeup compare` does.

    Args:
        scenarios: names of scenarios, their files, or `Scenario` objects.
        district: name of the district, its folder, or a `District` object.
        agents: maximum number of simulated migrants; None: `AGENTS_PER_DRAW` under draws, otherwise one per person.
        seed: seed of the first replicate or draw; the following ones have the next seeds.
        draws: number of draws of the district's posterior; None: the default of the command, unless `point`,
            `replicates` or the lack of a posterior imply one parameter vector; 0 implies it too.
        point: whether to run replicates at one parameter vector; parameter uncertainty is not included.
        replicates: number of replicates at one parameter vector, which implies `point`; None: the default of the
            command.
        until: last month, YYYY-MM.
        workers: number of processes.
        folder: folder of the journal; the same call resumes there.

    Returns:
        The comparison; `summary_table` and the plots of this package present it.

    Raises:
        InputError: an argument is wrong.
        RunError: a run failed.
    """
    seed, workers = _checked_numbers(seed, workers, until)
    place, policies = _district(district), [load_scenario(each) for each in scenarios]
    drawn, number = _runs(place, draws, replicates, point=point, default=COMPARISON_DRAWS, seeds=DEFAULT_REPLICATES)
    settings = RunSettings(agents=_agents(place, agents, drawn=drawn), seed=seed, until=until)
    tasks = comparison_tasks(place, policies, settings, replicates=1 if drawn else number)
    if not drawn:
        with _runner(folder, workers) as runner:
            return summarise_comparison(place, tasks, run_tasks(tasks, runner))
    ensemble = Ensemble.of(place, tasks[0], _posterior(place), number)
    with _runner(folder, workers) as runner:
        ensemble.run(runner)
        return ensemble_comparison(ensemble, runner.journal, "")


def explain_take_up(
    scenario: AnyScenario | None = None,
    *,
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    draws: int | None = None,
    point: bool = False,
    replicates: int | None = None,
    month: str = END_OF_HISTORY,
    until: str = END,
    obstacles: bool | AnyPath = True,
    workers: int = 1,
    folder: AnyPath | None = None,
) -> WhyResult:
    """Explain take-up by reasons and obstacles, as `takeup why` does.

    Migrants without a valid permit are counted by reason, and missing take-up is attributed to obstacles.

    Args:
        scenario: policy in place in all months; None: the baseline.
        district: see `compare_scenarios`.
        agents: see `compare_scenarios`.
        seed: see `compare_scenarios`.
        draws: see `compare_scenarios`.
        point: see `compare_scenarios`.
        replicates: see `compare_scenarios`.
        workers: see `compare_scenarios`.
        month: month in which the reasons are counted, YYYY-MM.
        until: last month of the simulations with obstacles removed, YYYY-MM.
        obstacles: whether to attribute missing take-up to obstacles, in addition to counting reasons; or a file of
            obstacles instead of the shipped ones.
        folder: folder of the journal.

    Raises:
        InputError: an argument is wrong.
        RunError: a run failed.
    """
    seed, workers = _checked_numbers(seed, workers, until)
    validate_month("month", month)
    place = _district(district)
    drawn, number = _runs(place, draws, replicates, point=point, default=WHY_DRAWS)
    spec = WhySpec.of(
        place,
        load_scenario(scenario),
        _obstacles(obstacles),
        RunSettings(agents=_agents(place, agents, drawn=drawn), seed=seed, until=until),
        month=month,
        replicates=number,
        draws=_posterior(place).thinned(number) if drawn else (),
    )
    with _runner(folder, workers) as runner:
        return summarise_why(spec, _results(spec.run(runner)))


def run_trial(
    scenario: AnyScenario,
    *,
    share: float = 0.5,
    unit: str = "person",
    eligible: str = "all",
    months: str | Sequence[str] | None = None,
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    draws: int | None = None,
    point: bool = False,
    replicates: int | None = None,
    until: str = END,
    workers: int = 1,
    folder: AnyPath | None = None,
) -> TrialResult:
    """Simulate randomised trials of a scenario, as `takeup trial` does.

    The estimates of the trials are compared with the true effect, which the model knows.

    Args:
        scenario: treatment: name of a scenario, its file, or a `Scenario` object.
        share: treated share of the persons or streets, above 0 and below 1.
        unit: unit of randomisation, "person" or "street".
        eligible: criterion of eligibility, as in `takeup trial --eligible`.
        months: month or months of follow-up, YYYY-MM; None: 12 and 24 months after the start, and the last month.
        district: see `compare_scenarios`.
        agents: see `compare_scenarios`.
        seed: see `compare_scenarios`.
        draws: see `compare_scenarios`; one trial is simulated per draw.
        point: see `compare_scenarios`.
        replicates: see `compare_scenarios`; one trial is simulated per replicate.
        workers: see `compare_scenarios`.
        until: last month, YYYY-MM.
        folder: folder of the journal.

    Raises:
        InputError: an argument is wrong.
        RunError: a trial failed.
    """
    seed, workers = _checked_numbers(seed, workers, until)
    place, policy = _district(district), load_scenario(scenario)
    design = make_design(
        policy,
        share=share,
        unit=unit,
        eligible=eligible,
        groups={},
        months=() if months is None else months,
        start=START,
        until=until,
    )
    drawn, number = _runs(place, draws, replicates, point=point, default=TRIAL_DRAWS)
    settings = RunSettings(agents=_agents(place, agents, drawn=drawn), seed=seed)
    chosen = _posterior(place).thinned(number) if drawn else ()
    spec = TrialSpec.of(place, policy, design, settings, replicates=number, draws=chosen)
    with _runner(folder, workers) as runner:
        return summarise_trials(spec, _results(spec.run(runner)))


def optimise_package(
    budget: float,
    *,
    per_year: bool = False,
    options: AnyPath | None = None,
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    draws: int = 8,
    most: int = _MOST_PACKAGES,
    until: str = END,
    workers: int = 1,
    folder: AnyPath | None = None,
) -> OptimisationResult:
    """Find the best package of interventions within a budget, as `takeup plan` does.

    The best package is the one that raises take-up most.

    Args:
        budget: budget in yuan, for all months up to `until` or per year.
        per_year: whether the budget is per year, from the first month of any option to `until`.
        options: plan file; None: the one of the district.
        district: see `compare_scenarios`.
        agents: see `compare_scenarios`.
        seed: see `compare_scenarios`.
        workers: see `compare_scenarios`.
        draws: number of draws of the district's posterior, or of replicates if it has none.
        most: maximum number of packages that are evaluated.
        until: last month, YYYY-MM.
        folder: folder of the journal.

    Raises:
        InputError: an argument is wrong, or every package costs more than the budget.
        RunError: every draw failed.
    """
    seed, workers = _checked_numbers(seed, workers, until)
    draws = validate_int(draws, "draws", 1, MAX_DRAWS)
    most = validate_int(most, "most", PACKAGES_PER_BATCH, MAX_PACKAGES)
    place = _district(district)
    spec = OptimisationSpec.of(
        place,
        read_options(place.folder / PLAN if options is None else as_path(options, "options")),
        budget,
        RunSettings(agents=_agents(place, agents), seed=seed, until=until),
        posterior=_posterior(place) if place.has_posterior else None,
        draws=draws,
        most=most,
        per_year=per_year,
    )
    with _runner(folder, workers) as runner:
        return summarise_optimisation(spec, spec.run(runner))


def _checked_numbers(seed: int, workers: int, until: str) -> tuple[int, int]:
    """Check the numbers and the last month as the commands do, and return the numbers as integers.

    Raises:
        InputError: an argument is not a number or month, or is out of range.
    """
    validate_period(START, until, None)
    return (
        validate_int(seed, "seed", 0, MAX_SEED - MAX_REPLICATES),
        validate_int(workers, "workers", 1, MAX_WORKERS),
    )


def _runs(
    place: District,
    draws: int | None,
    replicates: int | None,
    *,
    point: bool,
    default: int,
    seeds: int = 1,
) -> tuple[bool, int]:
    """Return whether draws are run, and the number of draws or of replicates.

    Args:
        place: the district.
        draws, replicates, point: arguments of the analysis.
        default: default number of draws.
        seeds: default number of replicates.

    Raises:
        InputError: a number is out of range, or draws are combined with what excludes them.
    """
    draws = None if draws is None else validate_int(draws, "draws", 0, MAX_DRAWS)
    replicates = None if replicates is None else validate_int(replicates, "replicates", 1, MAX_REPLICATES)
    if draws and (point or replicates is not None):
        raise InputError(
            Message("the argument cannot be combined with {other}", other="point" if point else "replicates"),
            key="draws",
            given=draws,
            allowed="draws alone, or point and replicates",
        )
    if draws:
        return True, draws
    if draws == 0 or point or replicates is not None or not place.has_posterior:
        return False, seeds if replicates is None else replicates
    return True, min(default, len(_posterior(place).draws))


def _district(named: AnyDistrict) -> District:
    """Load a district; refuse a `District` object that differs from its files, which the runs read.

    Raises:
        InputError: the district does not exist, or differs from its files.
    """
    place = load_district(named)
    if isinstance(named, District) and load_district(place.folder).digest != place.digest:
        raise InputError(
            "the district was changed in memory, but the runs read the files of the district's folder",
            key="district",
            given=Message("{name}, from {folder}", name=place.name, folder=place.folder),
            allowed="a district that agrees with these files; PermitModel also accepts a changed district",
        )
    return place


def _agents(place: District, agents: int | None, *, drawn: bool = False) -> int:
    """Return the number of simulated migrants, which has another default under draws."""
    if agents is not None:
        return as_int(agents, "agents")
    return min(AGENTS_PER_DRAW, place.population.most) if drawn else place.population.most


def _obstacles(given: bool | AnyPath) -> Obstacles | None:
    """Return the shipped obstacles, those of a file, or None.

    Raises:
        InputError: this is neither a truth value nor a file of obstacles.
    """
    if isinstance(given, bool):
        return read_obstacles() if given else None
    return read_obstacles(as_path(given, "obstacles"))


def _posterior(place: District) -> Posterior:
    return read_posterior(place.folder / POSTERIOR, place.parameters)


def _runner(folder: AnyPath | None, workers: int) -> AbstractContextManager[Runner]:
    """Open the journal of a folder, or without a folder a journal in memory."""
    return Runner.open(None if folder is None else as_path(folder, "folder"), workers)


def _results(entries: list[Entry]) -> list[Any]:
    for entry in entries:
        if entry.error is not None:
            raise RunError(Message("a run failed: {error}", error=entry.error))
    return [entry.result for entry in entries]

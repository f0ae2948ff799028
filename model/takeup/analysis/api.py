"""Each analysis as one function, for notebooks and scripts; the commands have more options.

With a `folder`, finished runs are kept there in a journal, and the same call resumes after an interruption. Without
one, no file is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from takeup.analysis.compare.ensemble import Ensemble, ensemble_comparison
from takeup.analysis.compare.result import Comparison, comparison_tasks, summarise_comparison
from takeup.analysis.optimise import OptimisationResult, OptimisationSpec, read_options, summarise_optimisation
from takeup.analysis.trial.design import make_design
from takeup.analysis.trial.run import TrialResult, TrialSpec, summarise_trials
from takeup.analysis.why import WhyResult, WhySpec, read_obstacles, summarise_why
from takeup.district import POSTERIOR, District, Posterior, load_district, read_posterior
from takeup.errors import RunError
from takeup.months import END, END_OF_HISTORY, START
from takeup.runs import run_tasks
from takeup.runs.journal import JOURNAL, Entry, Journal
from takeup.scenario import Scenario, load_scenario
from takeup.scenario.packages import PLAN

_MAX_PACKAGES = 300

AnyScenario = str | Path | Scenario
AnyDistrict = str | Path | District


def compare_scenarios(
    *scenarios: AnyScenario,
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    replicates: int = 4,
    draws: int = 0,
    until: str = END,
    workers: int = 1,
    folder: Path | None = None,
) -> Comparison:
    """Compare scenarios with the baseline, with the same people and the same random numbers.

    Args:
        scenarios: names, files, or Scenarios.
        district: a name, a folder, or a District.
        agents: largest number of simulated migrants; None: one per person.
        seed: of the first replicate or draw; the others follow.
        replicates: number of runs of each scenario, without draws.
        draws: number of draws of the district's posterior, instead of replicates; 0: none.
        until: last month.
        workers: number of processes.
        folder: of the journal.

    Raises:
        InputError: an argument is wrong.
        RunError: a run failed.
    """
    place, policies = load_district(district), [load_scenario(each) for each in scenarios]
    tasks = comparison_tasks(
        place,
        policies,
        seed=seed,
        replicates=1 if draws else replicates,
        agents=_agents(place, agents),
        until=until,
    )
    if not draws:
        return summarise_comparison(place, tasks, run_tasks(tasks, workers=workers))
    ensemble = Ensemble.of(place, tasks[0], _posterior(place), draws)
    with _journal(folder) as journal:
        ensemble.run(journal, workers=workers)
        return ensemble_comparison(ensemble, journal, "")


def explain_take_up(
    scenario: AnyScenario | None = None,
    *,
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    replicates: int = 1,
    draws: int = 0,
    month: str = END_OF_HISTORY,
    until: str = END,
    obstacles: bool = True,
    workers: int = 1,
    folder: Path | None = None,
) -> WhyResult:
    """Count the reasons for having no valid permit, and attribute them to obstacles, as `takeup why` does.

    Args:
        scenario: simulated throughout; None: the baseline.
        district, agents, seed, workers: see `compare_scenarios`.
        replicates: number of runs, without draws.
        draws: number of draws of the district's posterior, instead of replicates; 0: none.
        month: of the funnel.
        until: last month of the simulations with obstacles removed.
        obstacles: whether to attribute take-up to obstacles too, or to make the funnel alone.
        folder: of the journal.

    Raises:
        InputError: an argument is wrong.
        RunError: a run failed.
    """
    place = load_district(district)
    spec = WhySpec.of(
        place,
        load_scenario(scenario),
        read_obstacles() if obstacles else None,
        month=month,
        until=until,
        agents=_agents(place, agents),
        seed=seed,
        replicates=replicates,
        draws=_posterior(place).thinned(draws) if draws else (),
    )
    with _journal(folder) as journal:
        return summarise_why(spec, _results(spec.run(journal, workers=workers)))


def run_trial(
    scenario: AnyScenario,
    *,
    share: float = 0.5,
    unit: str = "person",
    eligible: str = "all",
    months: Sequence[str] = (),
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    replicates: int = 1,
    until: str = END,
    workers: int = 1,
    folder: Path | None = None,
) -> TrialResult:
    """Run a randomised trial inside the model, and compare its estimate with the true effect, as `takeup trial`.

    Args:
        scenario: the treatment.
        share: share of the persons, or streets, that is treated.
        unit: unit of randomisation, "person" or "street".
        eligible: the participants, as in `takeup trial --eligible`.
        months: months of follow-up; by default 12 and 24 months after the start, and the last.
        district, agents, seed, workers: see `compare_scenarios`.
        replicates: number of trials.
        until: last month.
        folder: of the journal.

    Raises:
        InputError: an argument is wrong.
        RunError: a trial failed.
    """
    place, policy = load_district(district), load_scenario(scenario)
    design = make_design(
        policy, share=share, unit=unit, eligible=eligible, groups={}, months=months, start=START, until=until
    )
    spec = TrialSpec.of(
        place, policy, design, start=START, agents=_agents(place, agents), seed=seed, replicates=replicates
    )
    with _journal(folder) as journal:
        return summarise_trials(spec, _results(spec.run(journal, workers=workers)))


def optimise_package(
    budget: float,
    *,
    options: Path | None = None,
    district: AnyDistrict = "liwan",
    agents: int | None = None,
    seed: int = 1,
    draws: int = 8,
    most: int = _MAX_PACKAGES,
    until: str = END,
    workers: int = 1,
    folder: Path | None = None,
) -> OptimisationResult:
    """Find the package of interventions that adds most valid permits within a budget, as `takeup plan` does.

    Args:
        budget: in yuan, to be spent by `until`.
        options: a plan file; None: that of the district.
        district, agents, seed, workers: see `compare_scenarios`.
        draws: of the district's posterior if it has one, else replicates.
        most: largest number of packages that are evaluated.
        until: last month.
        folder: of the journal.

    Raises:
        InputError: an argument is wrong, or the budget buys no package.
        RunError: every draw failed.
    """
    place = load_district(district)
    spec = OptimisationSpec.of(
        place,
        read_options(place.folder / PLAN if options is None else options),
        budget,
        posterior=_posterior(place) if (place.folder / POSTERIOR).is_file() else None,
        draws=draws,
        most=most,
        agents=_agents(place, agents),
        seed=seed,
        until=until,
    )
    with _journal(folder) as journal:
        return summarise_optimisation(spec, spec.run(journal, workers=workers))


def _agents(place: District, agents: int | None) -> int:
    return place.population.most if agents is None else agents


def _posterior(place: District) -> Posterior:
    return read_posterior(place.folder / POSTERIOR, place.parameters)


@contextmanager
def _journal(folder: Path | None) -> Iterator[Journal]:
    """Open the folder's journal, or without a folder one in memory."""
    with closing(Journal() if folder is None else Journal(folder / JOURNAL)) as journal:
        yield journal


def _results(entries: list[Entry]) -> list[Any]:
    for entry in entries:
        if entry.error is not None:
            raise RunError(f"a run failed: {entry.error}")
    return [entry.result for entry in entries]

"""Scenarios under draws of a posterior: paired by draw, independent of workers, and resumable."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from takeup import PermitModel
from takeup.analysis import Comparison, Ensemble, comparison_tasks, ensemble_comparison
from takeup.analysis.compare import ensemble as ensembles
from takeup.analysis.compare.ensemble import SEEDED_TWICE
from takeup.district import District, read_posterior
from takeup.errors import InputError, RunError
from takeup.runs import Runner, RunSettings, Task
from takeup.runs.journal import Journal
from takeup.scenario import Intervention, Scenario
from takeup.scenario.interventions import SourcedIntervention
from tests.analysis.posteriors import write_posterior

AGENTS, START, UNTIL, DRAWS = 1_500, "2017-01", "2019-12", 5


def policy(name: str, **interventions: float) -> Scenario:
    """A scenario that adds to levers from 2018-06 on."""
    stated = [
        SourcedIntervention(
            Intervention.model_validate({"lever": lever, "add": add, "from": "2018-06"}), None, number
        )
        for number, (lever, add) in enumerate(interventions.items(), 1)
    ]
    return Scenario(name, name.capitalize(), "", "test", tuple(stated))


LEAFLETS, NOTHING = policy("leaflets", publicity=0.2), policy("nothing")


@pytest.fixture(scope="module")
def posterior(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A posterior of twelve draws."""
    return write_posterior(tmp_path_factory.mktemp("posterior") / "posterior.parquet", 12)


def make(
    district: District,
    posterior: Path,
    *scenarios: Scenario,
    draws: int = DRAWS,
    replicates: int = 1,
    **values: float,
) -> Ensemble:
    settings = RunSettings(agents=AGENTS, seed=7, parameters=values, start=START, until=UNTIL)
    (task,) = comparison_tasks(district, list(scenarios), settings, replicates=1)
    return Ensemble.of(district, task, read_posterior(posterior, district.parameters), draws, replicates)


def run_ensemble(ensemble: Ensemble, folder: Path, workers: int = 1) -> Comparison:
    with closing(Journal(folder / "journal.sqlite")) as journal:
        ensemble.run(Runner(journal, workers))
        return ensemble_comparison(ensemble, journal, "")


@pytest.fixture(scope="module")
def ensemble(template: District, posterior: Path) -> Ensemble:
    """Leaflets and a scenario without effect, under five draws."""
    return make(template, posterior, LEAFLETS, NOTHING)


@pytest.fixture(scope="module")
def comparison(ensemble: Ensemble, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """The result of the ensemble."""
    return run_ensemble(ensemble, tmp_path_factory.mktemp("out"))


def drawn(comparison: Comparison) -> pd.DataFrame:
    assert comparison.drawn is not None
    return comparison.drawn.runs


def test_a_draw_is_a_run_of_its_own_history_under_its_own_parameters(
    ensemble: Ensemble, comparison: Comparison, template: District
) -> None:
    for run in ensemble.runs[:2]:
        shares = []
        for scenario in (None, LEAFLETS):
            model = PermitModel(
                template,
                scenario,
                AGENTS,
                rng=run.seed,
                parameters=ensemble.draws[run.draw],
                start=START,
                until=UNTIL,
            )
            model.run_until(UNTIL)
            shares.append(model.rows[-1]["valid"] / model.rows[-1]["population"])  # type: ignore[operator]
        runs = drawn(comparison)
        row = runs[(runs["scenario"] == "leaflets") & (runs["seed"] == run.seed) & (runs["month"] == UNTIL)].iloc[0]
        assert row["draw"] == run.draw
        assert row["valid_share"] == shares[1]
        assert row["difference_points"] == pytest.approx(100 * (shares[1] - shares[0]))


def test_what_changes_nothing_has_no_effect_in_any_draw(comparison: Comparison) -> None:
    runs = drawn(comparison)
    assert (runs.loc[runs["scenario"] == "nothing", "difference_points"] == 0.0).all()
    assert comparison.drawn is not None
    table = comparison.drawn.scenarios.set_index("scenario")
    assert table.loc["nothing", ["median", "low", "high", "sd_parameters", "sd_chance"]].tolist() == [0.0] * 5
    assert table.loc["nothing", "probability_best"] == table.loc["baseline", "probability_best"]
    assert table["probability_best"].sum() == pytest.approx(1.0)


def test_the_table_of_scenarios_is_made_of_the_table_of_draws(comparison: Comparison) -> None:
    runs = drawn(comparison)
    last = runs[(runs["month"] == UNTIL) & (runs["scenario"] == "leaflets")]
    points = last.groupby("draw")["difference_points"].mean()
    assert len(points) == DRAWS
    assert comparison.drawn is not None
    row = comparison.drawn.scenarios.set_index("scenario").loc["leaflets"]
    assert row["median"] == pytest.approx(points.median())
    assert row["low"] == pytest.approx(np.quantile(points, 0.05))
    assert row["high"] == pytest.approx(np.quantile(points, 0.95))
    assert row["expected_regret"] == pytest.approx(np.maximum(points, 0.0).sub(points).mean())
    end = comparison.comparison.set_index(["scenario", "month"]).loc[("leaflets", UNTIL)]
    assert end["difference_points"] == pytest.approx(points.median())
    assert [end["low"], end["high"]] == pytest.approx([row["low"], row["high"]])
    assert end["difference_persons"] == pytest.approx(points.median() / 100 * 360_000)


def test_every_december_and_the_last_month_are_kept(ensemble: Ensemble) -> None:
    assert ensemble.months == ["2017-12", "2018-12", "2019-12"]
    settings = replace(ensemble.task.settings, until="2019-03")
    longer = replace(ensemble, task=replace(ensemble.task, settings=settings))
    assert longer.months == ["2017-12", "2018-12", "2019-03"]


def test_flows_are_sums_since_the_scenario_acts(
    ensemble: Ensemble, comparison: Comparison, template: District
) -> None:
    issued = []
    for run in ensemble.runs[:DRAWS]:
        seeds = [other.seed for other in ensemble.runs if other.draw == run.draw]
        sums = []
        for seed in seeds:
            model = PermitModel(
                template, LEAFLETS, AGENTS, rng=seed, parameters=ensemble.draws[run.draw], start=START, until=UNTIL
            )
            model.run_until(UNTIL)
            sums.append(sum(float(row["issued"]) for row in model.rows if str(row["month"]) >= "2018-06"))
        issued.append(np.mean(sums))
    end = comparison.comparison.set_index(["scenario", "month"]).loc[("leaflets", UNTIL)]
    assert end["issued"] == pytest.approx(np.median(issued) * 360_000 / AGENTS)


def test_each_run_has_a_seed_of_its_own_and_some_draws_have_two(template: District, posterior: Path) -> None:
    two_scenarios = make(template, posterior, LEAFLETS)
    assert len({run.seed for run in two_scenarios.runs}) == len(two_scenarios.runs) == 2 * DRAWS
    many = make(template, write_posterior(posterior.with_name("many.parquet"), 100), LEAFLETS, draws=100)
    assert [run.draw for run in many.runs[:100]] == list(range(100))
    twice = [run.draw for run in many.runs[100:]]
    assert twice == list(range(SEEDED_TWICE))
    thrice = make(template, posterior, LEAFLETS, replicates=3)
    assert [run.repeat for run in thrice.runs] == [0] * DRAWS + [1] * DRAWS + [2] * DRAWS
    assert len({run.seed for run in thrice.runs}) == 3 * DRAWS


def test_overrides_count_more_than_draws(template: District, posterior: Path) -> None:
    overridden = make(template, posterior, LEAFLETS, remember=0.9, supply=5_000.0)
    values = template.parameters.override(overridden.draws[1], "test")
    assert values.number("remember") == 0.9
    assert values.number("supply.schooling") == values.number("supply.employment") == 5_000.0
    assert values.number("norm") == read_posterior(posterior, template.parameters).thinned(DRAWS)[1]["norm"]


def test_the_key_depends_on_everything_that_changes_results(
    ensemble: Ensemble, template: District, posterior: Path
) -> None:
    others = [
        make(template, posterior, LEAFLETS),
        make(template, posterior, LEAFLETS, NOTHING, draws=4),
        make(template, posterior, LEAFLETS, NOTHING, replicates=3),
        make(template, posterior, LEAFLETS, NOTHING, remember=0.9),
    ]
    assert len({each.key for each in (ensemble, *others)}) == 1 + len(others)
    assert make(template, posterior, LEAFLETS, NOTHING).key == ensemble.key
    settings = replace(ensemble.task.settings, threads=2, engine="objects")
    assert replace(ensemble, task=replace(ensemble.task, settings=settings)).key == ensemble.key


@pytest.mark.slow
def test_neither_workers_nor_stopping_change_a_bit(
    ensemble: Ensemble, comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = ensembles.run_draw, 0

    def stopping(task: Task) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return real(task)

    monkeypatch.setattr(ensembles, "run_draw", stopping)
    with pytest.raises(KeyboardInterrupt):
        run_ensemble(ensemble, tmp_path)
    monkeypatch.undo()
    counts: list[int] = []
    journal = Journal(tmp_path / "journal.sqlite")
    ensemble.run(Runner(journal, 2), counts.append)
    assert counts == list(range(3, 2 * DRAWS + 1))
    rerun = ensemble_comparison(ensemble, journal, "")
    assert rerun.drawn is not None
    assert comparison.drawn is not None
    for one, other in (
        (comparison.comparison, rerun.comparison),
        (comparison.groups, rerun.groups),
        (comparison.gains, rerun.gains),
        (comparison.drawn.runs, rerun.drawn.runs),
        (comparison.drawn.scenarios, rerun.drawn.scenarios),
    ):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_failed_run_is_reported_and_the_others_count(
    ensemble: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, unlucky = ensembles.run_draw, ensemble.runs[2].seed

    def failing(task: Task) -> dict[str, Any]:
        if task.settings.seed == unlucky:
            raise ArithmeticError("no luck")
        return real(task)

    monkeypatch.setattr(ensembles, "run_draw", failing)
    comparison = run_ensemble(replace(ensemble, runs=ensemble.runs[:DRAWS]), tmp_path)
    assert comparison.drawn is not None
    assert comparison.drawn.failed.to_dict("records") == [
        {"draw": 2, "seed": unlucky, "error": "ArithmeticError: no luck"}
    ]
    assert comparison.replicates == DRAWS - 1
    assert set(drawn(comparison)["draw"]) == {0, 1, 3, 4}
    assert set(comparison.groups["replicate"]) == {0, 1, 3, 4}
    monkeypatch.setattr(ensembles, "run_draw", lambda _: 1 / 0)
    with pytest.raises(RunError, match="3 of 3 runs failed, the first with the error ZeroDivisionError"):
        run_ensemble(replace(ensemble, runs=ensemble.runs[-3:]), tmp_path)


def test_what_does_not_fit_the_district_is_refused_before_the_simulation(template: District, posterior: Path) -> None:
    largest = max(draw["remember"] for draw in read_posterior(posterior, template.parameters).draws)
    own = template.parameters.number("remember")
    assert largest > own
    make(template, posterior, policy("reminders", remember=1.01 - largest), draws=12)
    with pytest.raises(InputError, match=r"intervention 1, add: .*1\.01.*0 to 1"):
        make(template, posterior, policy("reminders", remember=1.01 - own), draws=12)
    with pytest.raises(InputError, match=r"the file has only \d+ draws"):
        make(template, posterior, LEAFLETS, draws=13)


def test_what_does_not_fit_some_draw_is_refused_before_the_simulation(template: District, posterior: Path) -> None:
    """Every second draw has infinite schooling, from which a lever cannot be interpolated."""
    places = {"lever": "supply.schooling", "set": 20_000, "from": "2018-06"}
    at_once, slowly = (
        replace(
            NOTHING,
            stated=(SourcedIntervention(Intervention.model_validate(places | {"ramp_months": ramp}), None, 1),),
        )
        for ramp in (1, 6)
    )
    make(template, posterior, at_once)
    with pytest.raises(
        InputError,
        match="with the largest values of the draws, intervention 1, set: a ramp to or from infinity is not",
    ):
        make(template, posterior, slowly)


def test_what_goes_too_far_under_some_draw_stops_at_the_end_of_the_range(
    template: District, posterior: Path, tmp_path: Path
) -> None:
    reminders = policy("reminders", remember=0.99 - template.parameters.number("remember"))
    largest = max(draw["remember"] for draw in read_posterior(posterior, template.parameters).draws)
    assert largest + 0.99 - template.parameters.number("remember") > 1.0
    comparison = run_ensemble(make(template, posterior, reminders, draws=12), tmp_path)
    assert comparison.replicates == 12

"""Results of `why`: equal to separate runs, with parts that sum to the gap, and resumable."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from takeup import PermitModel
from takeup.analysis.statistics import estimate
from takeup.analysis.why import Reason, WhyResult, WhySpec, count_reasons, read_obstacles, summarise_why
from takeup.analysis.why.spec import WITHOUT, Obstacles
from takeup.district import District
from takeup.errors import InputError
from takeup.runs import Runner, RunSettings
from takeup.runs.journal import Entry, Journal
from takeup.scenario import Scenario, load_scenario
from takeup.simulation import Engine
from tests.scenario.written import policy

MONTH, FROM, UNTIL, AGENTS = "2011-03", "2011-01", "2011-08", 1_600
LEAFLETS = policy({"lever": "publicity", "add": 0.1, "from": "2010-06"}, name="leaflets")


def make_spec(
    district: District,
    *,
    scenario: Scenario | None = None,
    obstacles: Obstacles | None = None,
    draws: list[dict[str, float]] | None = None,
    replicates: int = 1,
    engine: Engine = "compiled",
    parameters: dict[str, float] | None = None,
    month: str = MONTH,
    until: str = UNTIL,
) -> WhySpec:
    settings = RunSettings(agents=AGENTS, seed=4, parameters=parameters or {}, until=until, engine=engine)
    return WhySpec.of(
        district, load_scenario(scenario), obstacles, settings, month=month, draws=draws or [], replicates=replicates
    )


def run_spec(spec: WhySpec, file: Path, workers: int = 1, **how: Any) -> list[Entry]:
    """Run a specification with a journal in this file."""
    with closing(Journal(file)) as journal:
        return spec.run(Runner(journal, workers), **how)


def explain(spec: WhySpec, file: Path) -> WhyResult:
    entries = run_spec(spec, file)
    assert [entry.error for entry in entries] == [None] * len(entries)
    return summarise_why(spec, [entry.result for entry in entries])


@pytest.fixture(scope="module")
def removable() -> Obstacles:
    return read_obstacles(removed_from=FROM)


@pytest.fixture(scope="module")
def two_obstacles(removable: Obstacles) -> Obstacles:
    """Three obstacles, which are faster to simulate than five."""
    return replace(removable, each=removable.each[1:4])


@pytest.fixture(scope="module")
def five(template: District, removable: Obstacles, tmp_path_factory: pytest.TempPathFactory) -> WhyResult:
    """A result with leaflets and all 32 combinations."""
    spec = make_spec(template, scenario=LEAFLETS, obstacles=removable)
    return explain(spec, tmp_path_factory.mktemp("why") / "journal.sqlite")


def own_run(district: District, scenario: Scenario, until: str, **parameters: float) -> PermitModel:
    """Simulate a run separately, not as a branch."""
    model = PermitModel(district, scenario, AGENTS, rng=4, parameters=parameters)
    model.run_until(until)
    return model


def share(model: PermitModel) -> float:
    return 100 * float(model.rows[-1]["valid"]) / float(model.rows[-1]["population"])


def persons_by_reason(funnel: pd.DataFrame) -> list[int]:
    return [int(persons) for persons in funnel.loc[funnel["attribute"] == "all", "persons"]]


@pytest.mark.parametrize("combination", [0, 0b00001, 0b10110, 0b11111])
def test_a_combination_is_the_run_of_the_policy_that_removes_it(
    template: District, five: WhyResult, removable: Obstacles, combination: int
) -> None:
    """A branch of the common history and a separate run have the same agents and random numbers."""
    assert five.decomposition is not None
    table = five.decomposition.combinations
    assert len(table) == 32
    row = table.iloc[combination]
    assert [bool(row[each.name]) for each in removable.each] == [bool(combination >> i & 1) for i in range(5)]
    alone = own_run(template, removable.remove_from(LEAFLETS, combination), UNTIL)
    assert row["take_up_percent"] == share(alone)


def test_parts_sum_to_the_gap(five: WhyResult) -> None:
    decomposition = five.decomposition
    assert decomposition is not None
    table = decomposition.combinations["take_up_percent"]
    assert abs(decomposition.parts["points"].sum() - (table.iloc[-1] - table.iloc[0])) < 1e-9
    assert abs(decomposition.parts["points"].sum() - float(decomposition.gap.center)) < 1e-9
    assert float(decomposition.now.center) + float(decomposition.gap.center) + float(
        decomposition.remaining.center
    ) == pytest.approx(100.0)
    assert float(decomposition.gap.center) > 5.0


def test_the_funnel_is_that_of_the_scenario_in_its_month_and_of_all_removed_at_the_end(
    template: District, five: WhyResult, removable: Obstacles
) -> None:
    assert five.decomposition is not None
    assert (set(five.funnel["scenario"]), set(five.funnel["month"])) == ({"leaflets"}, {MONTH})
    removed = five.decomposition.funnel
    assert (set(removed["scenario"]), set(removed["month"])) == ({WITHOUT}, {UNTIL})
    without = own_run(template, removable.remove_from(LEAFLETS, 31), UNTIL)
    for table, alone in ((five.funnel, own_run(template, LEAFLETS, MONTH)), (removed, without)):
        np.testing.assert_array_equal(table["persons"].to_numpy().reshape(-1, len(Reason)), count_reasons(alone))
        groups = alone.groups()
        groups = groups[groups["month"] == groups["month"].iloc[-1]].set_index(["attribute", "level"])
        persons = table.groupby(["attribute", "level"], sort=False)["persons"].sum()
        assert persons.iloc[1:].to_dict() == groups["population"].to_dict()
        shares = table["share"].to_numpy().reshape(-1, len(Reason)).sum(axis=1)
        np.testing.assert_allclose(shares, 1.0, rtol=1e-12)


@pytest.mark.parametrize("month", ["2010-06", UNTIL, "2011-12"])
def test_the_funnels_month_may_lie_before_at_or_after_the_comparison(
    template: District, two_obstacles: Obstacles, tmp_path: Path, month: str
) -> None:
    result = explain(make_spec(template, obstacles=two_obstacles, month=month), tmp_path / "journal.sqlite")
    assert persons_by_reason(result.funnel) == count_reasons(own_run(template, load_scenario(), month))[0].tolist()
    assert result.decomposition is not None
    now = share(own_run(template, load_scenario(), UNTIL))
    assert float(result.decomposition.now.center) == now


def test_without_obstacles_there_is_a_funnel_alone(template: District, tmp_path: Path) -> None:
    spec = make_spec(template)
    result = explain(spec, tmp_path / "journal.sqlite")
    assert result.decomposition is None
    assert spec.size == 15
    assert persons_by_reason(result.funnel)[Reason.VALID] > 0


@pytest.mark.slow
@pytest.mark.parametrize("other", [{"engine": "objects"}, {"workers": 2}], ids=["engine", "workers"])
def test_neither_engine_nor_workers_change_a_bit(
    template: District, two_obstacles: Obstacles, tmp_path: Path, other: dict[str, Any]
) -> None:
    """The key is the same too, so that a batch started with one engine can be resumed with the other."""
    short = {"obstacles": two_obstacles, "replicates": 2, "month": "2010-12", "until": "2011-02"}
    workers = other.pop("workers", 1)
    one, two = make_spec(template, **short), make_spec(template, **short, **other)
    assert one.key == two.key
    assert run_spec(one, tmp_path / "one") == run_spec(two, tmp_path / "two", workers=workers)


@pytest.mark.slow
def test_finished_runs_are_not_repeated(template: District, two_obstacles: Obstacles, tmp_path: Path) -> None:
    """Interrupted in the second of three runs, it resumes there with the same result."""
    spec = make_spec(template, obstacles=two_obstacles, replicates=3)
    whole = explain(spec, tmp_path / "whole")
    stops = spec.runs[0].months + 20

    def stop(months: int) -> None:
        if months == stops:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_spec(spec, tmp_path / "stopped", on_progress=stop)
    months: list[int] = []
    entries = run_spec(spec, tmp_path / "stopped", on_progress=months.append)
    assert months == list(range(spec.runs[0].months, spec.size + 1))
    resumed = summarise_why(spec, [entry.result for entry in entries])
    pd.testing.assert_frame_equal(whole.funnel, resumed.funnel, check_exact=True)
    assert whole.decomposition is not None
    assert resumed.decomposition is not None
    pd.testing.assert_frame_equal(whole.decomposition.parts, resumed.decomposition.parts, check_exact=True)


def test_the_key_changes_with_all_that_decides_the_results(template: District, liwan: District) -> None:
    obstacles = read_obstacles(removed_from=FROM)
    milder = replace(obstacles, each=obstacles.each[:4])
    keys = [
        make_spec(template).key,
        make_spec(liwan).key,
        make_spec(template, scenario=LEAFLETS).key,
        make_spec(template, obstacles=obstacles).key,
        make_spec(template, obstacles=read_obstacles(removed_from="2011-02")).key,
        make_spec(template, obstacles=milder).key,
        make_spec(template, obstacles=obstacles, until="2011-09").key,
        make_spec(template, month="2011-04").key,
        make_spec(template, replicates=2).key,
        make_spec(template, parameters={"hassle": 1.0}).key,
        make_spec(template, draws=[{"hassle": 1.0}]).key,
    ]
    assert len(set(keys)) == len(keys)
    assert make_spec(template, until="2015-01").key == keys[0], "nothing is compared, so no matter when"


def test_over_replicates_the_interval_is_students_and_over_draws_it_is_theirs() -> None:
    values = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]])
    means = estimate(values, drawn=False)
    half = 4.302652729911275 * values[:, 0].std(ddof=1) / np.sqrt(3)
    np.testing.assert_allclose([means.center[0], means.low[0], means.high[0]], [3.0, 3.0 - half, 3.0 + half])
    many = np.arange(101.0)[:, np.newaxis]
    draws = estimate(many, drawn=True)
    assert (draws.center[0], draws.low[0], draws.high[0]) == (50.0, 5.0, 95.0)


def test_a_draw_is_simulated_with_its_parameters_and_set_counts_more(
    template: District, two_obstacles: Obstacles, tmp_path: Path
) -> None:
    draws = [{"hassle": 0.1, "forget": 0.01}, {"hassle": 2.0, "forget": 0.2}]
    spec = make_spec(template, obstacles=two_obstacles, draws=draws, parameters={"forget": 0.05})
    assert [run.settings.parameters for run in spec.runs] == [
        {"hassle": 0.1, "forget": 0.05},
        {"hassle": 2.0, "forget": 0.05},
    ]
    assert [run.settings.seed for run in spec.runs] == [4, 5]
    result = explain(spec, tmp_path / "journal.sqlite")
    first = result.funnel[result.funnel["replicate"] == 0]
    alone = own_run(template, load_scenario(), MONTH, hassle=0.1, forget=0.05)
    assert persons_by_reason(first) == count_reasons(alone)[0].tolist()
    assert result.decomposition is not None
    assert result.decomposition.by_run.shape == (2, 3)
    by_run = result.decomposition.by_run
    np.testing.assert_allclose(result.decomposition.parts["points"], by_run.mean(axis=0))


def test_a_run_that_failed_is_left_out(template: District, two_obstacles: Obstacles, tmp_path: Path) -> None:
    spec = make_spec(template, obstacles=two_obstacles, replicates=2)
    entries = run_spec(spec, tmp_path / "journal.sqlite")
    result = summarise_why(spec, [None, entries[1].result])
    assert result.runs == 1
    assert set(result.funnel["replicate"]) == {1}


@pytest.mark.parametrize(
    ("changed", "fragments"),
    [
        ({"month": "2009-12"}, ["--month", "2010-01 or later"]),
        ({"until": "2010-12", "obstacles": True}, ["--until", "2011-01 or later"]),
        ({"parameters": {"hasle": 1.0}}, ["hasle", "hassle"]),
        ({"parameters": {"capacity": 300_000.0}, "obstacles": True}, ["capacity", "200000"]),
        ({"parameters": {"contacts": 30}, "month": "2011-01"}, ["too few for 30 contacts"]),
    ],
)
def test_what_does_not_fit_is_reported_before_the_simulation(
    template: District, removable: Obstacles, changed: dict[str, Any], fragments: list[str]
) -> None:
    if changed.get("obstacles"):
        changed = changed | {"obstacles": removable}
    with pytest.raises(InputError) as raised:
        make_spec(template, **changed)
    for fragment in fragments:
        assert fragment in str(raised.value)

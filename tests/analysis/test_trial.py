"""Trials: design, enrolment, and summary of several trials."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from takeup import Migrant, PermitModel
from takeup.analysis.trial.design import ELIGIBLE, TrialDesign, enrol_persons, make_design
from takeup.analysis.trial.run import QUANTITIES, TrialResult, TrialSpec, summarise_trials
from takeup.district import ATTRIBUTES, LEVEL_OF, District, levers
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.rules import VALID
from takeup.runs import Runner, RunSettings
from takeup.runs.journal import Journal
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import CENTRE_LEVERS, DISTRICT_LEVERS, people_table
from tests.scenario.written import policy

BEGIN, AGENTS = "2010-10", 1_600
LETTERS = policy({"lever": "publicity", "set": 0.3, "from": BEGIN}, name="letters")


def design(scenario: Scenario = LETTERS, **settings: object) -> TrialDesign:
    wanted = {
        "share": 0.5, "unit": "person", "eligible": "all", "groups": {}, "months": ["2010-12"], "start": "2010-01",
        "until": "2011-06", **settings,
    }  # fmt: skip
    return make_design(scenario, **wanted)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def before(template: District) -> PermitModel:
    """The model at the end of the month before the trial."""
    model = PermitModel(template, None, AGENTS, rng=4)
    model.run_until("2010-09")
    return model


def test_the_usual_months() -> None:
    """By default: 12 and 24 months after the beginning, and the last month."""
    names = [parse_month(month) for month in ("2011-10", "2012-10", "2023-12")]
    assert design(months=[], until="2023-12").months == tuple(names)
    assert design(months=[], until="2012-01").months == (names[0], parse_month("2012-01"))
    assert design(months=["2011-03", "2010-12", "2011-03"]).months == (
        parse_month("2010-12"),
        parse_month("2011-03"),
    )


def test_a_trial_without_interventions_begins_in_the_first_month_of_follow_up() -> None:
    assert design(BASELINE).begin == parse_month("2010-12")
    assert design(BASELINE, months=[]).begin == parse_month("2011-06")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"share": 0.0}, "--share"),
        ({"share": 1.0}, "--share"),
        ({"share": float("nan")}, "--share"),
        ({"unit": "persons"}, 'did you mean "person"'),
        ({"eligible": "qualified_nonholders"}, 'did you mean "qualified-nonholders"'),
        ({"groups": {"housing": ["dormitry"]}}, 'did you mean "dormitory"'),
        ({"groups": {"house": ["dormitory"]}}, 'did you mean "housing"'),
        ({"months": ["2010-09"]}, "2010-10 to 2011-06"),
        ({"months": ["2011-07"]}, "2010-10 to 2011-06"),
        ({"months": ["soon"]}, "--month: the value is not a month"),
        ({"until": "2010-05", "months": []}, "2010-10 or later"),
    ],
)
def test_a_wrong_design_is_reported(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        design(**settings)


@pytest.mark.parametrize("unit", ["person", "street"])
@pytest.mark.parametrize("lever", sorted(levers()))
def test_a_lever_that_is_one_for_all_is_refused_by_its_name_and_grain(unit: str, lever: str) -> None:
    scenario = policy({"lever": "publicity", "add": 0, "from": BEGIN}, {"lever": lever, "multiply": 1, "from": BEGIN})
    refused = (*DISTRICT_LEVERS, *CENTRE_LEVERS) if unit == "person" else DISTRICT_LEVERS
    if lever not in refused:
        assert design(scenario, unit=unit).unit == unit
        return
    with pytest.raises(InputError) as raised:
        design(scenario, unit=unit)
    for word in ("intervention 2, lever", lever, f"set by {levers()[lever].grain}", f"randomised by {unit}"):
        assert word in str(raised.value)
    assert ("--unit street" in str(raised.value)) == (lever in CENTRE_LEVERS)


@pytest.mark.parametrize("eligible", sorted(ELIGIBLE))
def test_the_eligible_meet_the_criterion(before: PermitModel, eligible: str) -> None:
    """Compared with the agents, one by one."""
    groups = {"housing": ["dormitory", "informal_lease"], "age": ["16-24", "25-34"]}
    objects = PermitModel(before.district, None, AGENTS, "objects", before.seed, checkpoint=before.checkpoint())
    wanted = set()
    for migrant in objects.agents_by_type[Migrant]:
        holds = migrant.status == VALID
        is_expected = {
            "all": True,
            "holders": holds,
            "nonholders": not holds,
            "qualified": migrant.qualified,
            "qualified-nonholders": migrant.qualified and not holds,
        }
        if is_expected[eligible] and all(migrant.attribute(name) in levels for name, levels in groups.items()):
            wanted.add(migrant.person)
    enrolled = enrol_persons(before, design(eligible=eligible, groups=groups))
    assert set(enrolled.persons.tolist()) == wanted
    assert 5 < len(wanted) < AGENTS


def test_persons_are_drawn_each_by_themselves(before: PermitModel) -> None:
    """Neither share nor eligibility changes a person's draw; the bound is five standard errors."""
    half, fewer = (enrol_persons(before, design(share=share)) for share in (0.5, 0.3))
    for enrolled, share in ((half, 0.5), (fewer, 0.3)):
        assert abs(enrolled.treated.mean() - share) < 5 * np.sqrt(share * (1 - share) / len(enrolled.treated))
    assert not (fewer.treated & ~half.treated).any()
    some = enrol_persons(before, design(eligible="qualified"))
    among = np.isin(half.persons, some.persons)
    assert (half.treated[among] == some.treated).all()


def test_streets_are_drawn_whole_and_in_the_given_number(before: PermitModel) -> None:
    enrolled = enrol_persons(before, design(unit="street", share=0.3, eligible="nonholders"))
    by_street = {street: set(enrolled.treated[enrolled.streets == street]) for street in set(enrolled.streets)}
    assert all(len(arms) == 1 for arms in by_street.values())
    assert enrolled.assignment.centres.sum() == round(0.3 * 22)
    street = people_table(before)["street"].cat.codes.to_numpy()
    assert set(street) == set(enrolled.streets)
    with pytest.raises(InputError, match="at least one street in each arm"):
        enrol_persons(before, design(unit="street", share=0.01))


def test_other_seeds_draw_other_arms(template: District) -> None:
    models = [PermitModel(template, None, AGENTS, rng=seed) for seed in (1, 2)]
    one, other = (enrol_persons(model, design(LETTERS, start="2010-10", months=["2010-12"])) for model in models)
    assert 0.4 < (one.treated == other.treated).mean() < 0.6
    streets = [enrol_persons(model, design(unit="street", start="2010-10", months=["2010-12"])) for model in models]
    assert (streets[0].assignment.centres != streets[1].assignment.centres).any()


def test_newcomers_take_part_only_if_all_are_eligible(before: PermitModel) -> None:
    level = ATTRIBUTES["housing"].index("dormitory")
    groups = {"housing": ["dormitory"]}
    every_resident, some = (
        enrol_persons(before, design(eligible=name, groups=groups)) for name in ("all", "nonholders")
    )
    assert every_resident.assignment.newcomers.all()
    assert (every_resident.assignment.profiles == (LEVEL_OF["housing"] == level)).all()
    assert not some.assignment.newcomers.any()


def made(plan: TrialSpec, folder: Path, workers: int = 1) -> TrialResult:
    journal = Journal(folder / f"{workers}.sqlite")
    try:
        return summarise_trials(plan, [entry.result for entry in plan.run(Runner(journal, workers))])
    finally:
        journal.close()


def plan(template: District, parameters: dict[str, float] | None = None, **more: object) -> TrialSpec:
    trial_design = design(months=["2010-12", "2011-01"], until="2011-01")
    settings = RunSettings(agents=AGENTS, seed=7, parameters=parameters or {}, start="2010-06")
    return TrialSpec.of(template, LETTERS, trial_design, settings, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def replicated(template: District, tmp_path_factory: pytest.TempPathFactory) -> TrialResult:
    return made(plan(template, replicates=3), tmp_path_factory.mktemp("replicated"))


def test_replicates_are_trials_of_their_own(replicated: TrialResult) -> None:
    table = replicated.table
    assert len(table) == 3 * 2 * 2
    assert (table["share"] == table["valid"] / table["persons"]).all()
    assert table.groupby("replicate")["naive_points"].nunique().eq(2).all()
    assert len(replicated.summary) == 2 * len(QUANTITIES)
    itt = table[(table["month"] == "2011-01") & (table["arm"] == "treated")]["itt"]
    row = replicated.summary.query("month == '2011-01' and quantity == 'itt'").iloc[0]
    assert row["points"] == pytest.approx(itt.mean())
    half = 2.919986 * itt.std(ddof=1) / np.sqrt(3)  # Student's t with 2 degrees of freedom, at 0.95
    assert row["high"] - row["points"] == pytest.approx(half, rel=1e-5)


def test_trials_without_anybody_in_an_arm_are_left_out_of_the_means(template: District, tmp_path: Path) -> None:
    spec = plan(template, replicates=3)
    rows_by_trial = [entry.result for entry in spec.run(Runner(Journal(tmp_path / "some.sqlite")))]
    none = dict.fromkeys(("itt", "low", "high", "naive_points", "bias_points"), float("nan"))
    rows_by_trial[1] = [row | none for row in rows_by_trial[1]]
    row = summarise_trials(spec, rows_by_trial).summary.query("month == '2011-01' and quantity == 'itt'").iloc[0]
    known = [rows_by_trial[number][-1]["itt"] for number in (0, 2)]
    assert (row["trials"], row["points"]) == (2, pytest.approx(np.mean(known)))
    assert np.isfinite(row[["low", "high"]].astype(float)).all()


@pytest.mark.slow
def test_workers_change_nothing(template: District, replicated: TrialResult, tmp_path: Path) -> None:
    assert made(plan(template, replicates=3), tmp_path, workers=2).table.equals(replicated.table)


@pytest.mark.slow
def test_draws_take_the_place_of_replicates(template: District, tmp_path: Path) -> None:
    draws = [{"attention": 0.1}, {"attention": 0.6}, {"attention": 0.9}]
    result = made(plan(template, draws=draws, parameters={"publicity": 0.1}), tmp_path)
    assert result.spec.runs[1].settings.parameters == {"attention": 0.6, "publicity": 0.1}
    assert list(result.table["draw"].unique()) == [0, 1, 2]
    itt = result.table[(result.table["month"] == "2011-01") & (result.table["arm"] == "treated")]["itt"]
    row = result.summary.query("month == '2011-01' and quantity == 'itt'").iloc[0]
    assert row["points"] == pytest.approx(itt.mean())
    assert itt.min() < row["low"] < row["high"] < itt.max()


def test_one_trial_has_its_own_intervals_and_no_others(template: District, tmp_path: Path) -> None:
    result = made(plan(template), tmp_path)
    own = result.summary.set_index(["month", "quantity"]).loc["2011-01"]
    assert own.loc["itt", "low"] == result.table["low"].iloc[-1]
    assert own.loc["naive_points", "high"] == result.table["naive_high"].iloc[-1]
    assert own.loc["true_effect_points":, ["low", "high"]].isna().all(axis=None)


def test_the_key_is_that_of_what_decides_the_results(template: District) -> None:
    keys = {plan(template).key, plan(template, replicates=2).key, plan(template, parameters={"norm": 0.5}).key}
    assert len(keys) == 3
    assert plan(template).key == plan(template).key


def test_a_specification_is_checked_before_the_simulation(template: District) -> None:
    with pytest.raises(InputError, match="norm"):
        plan(template, parameters={"norm": 1_000})
    with pytest.raises(InputError, match="agents"):
        TrialSpec.of(template, LETTERS, design(), RunSettings(agents=100))

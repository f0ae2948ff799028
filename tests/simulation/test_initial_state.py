"""The start: the district at the end of the month before the first, before there is a permit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup import PermitModel
from takeup.district import ATTRIBUTES, LEVEL_OF, PROFILES, SERVICES, District, Parameters
from takeup.errors import InputError
from takeup.months import format_month
from takeup.rules import HEARD, INFORMED, NEVER, NO_LAPSE, NONE
from takeup.simulation.initial_state import months_to_registration, stationary_residence
from tests.simulation.bounds import assert_count, assert_fits, assert_uniform
from tests.simulation.districts import with_counts
from tests.simulation.invariants import expected_profiles, leave_of, residence_law, staying

AGENTS = 50_000


@pytest.fixture(scope="module")
def fresh(template: District) -> PermitModel:
    """A model of which no month has been lived."""
    return PermitModel(template, agents=AGENTS, rng=21)


def test_the_start_is_the_month_before_the_first(fresh: PermitModel) -> None:
    assert format_month(fresh.state.month) == "2009-12"
    assert fresh.history().empty
    assert fresh.groups().empty
    assert fresh.steps == 0
    assert fresh.running


def test_the_first_row_is_the_permits_first_month_and_row_108_is_2018_12(village: District) -> None:
    model = PermitModel(village, agents=60, rng=1)
    model.step()
    assert model.rows[0]["month"] == "2010-01"
    model.run_until("2023-12")
    assert model.rows[107]["month"] == "2018-12"
    assert model.rows[167]["month"] == "2023-12"
    assert len(model.rows) == model.steps == 168


def test_nobody_holds_knows_or_queues_for_more_than_they_should(fresh: PermitModel) -> None:
    columns = fresh.state.columns
    assert (columns["status"] == NONE).all()
    assert (columns["permit_months"] == NEVER).all()
    assert (columns["knowledge"] != INFORMED).all()
    assert (columns["lapse_cause"] == NO_LAPSE).all()
    assert not columns["returned_last"].any()
    assert_count(int((columns["knowledge"] == HEARD).sum()), 0.1 * AGENTS, 0.09 * AGENTS, "heard at the start")


def test_centres_and_services_start_as_the_parameters_say(fresh: PermitModel) -> None:
    state = fresh.state
    assert (state.wait == 0).all()
    assert (state.credit == 0).all()
    assert (state.length == 0).all()
    assert (state.reputation == 0.5).all()
    assert len(state.reputation) == len(SERVICES)
    assert (state.delivered == 0.7).all()
    assert state.red_tape == 1.0


def test_the_first_months_slots_are_open(liwan: District) -> None:
    model = PermitModel(liwan, agents=5_000, rng=1)
    opened = liwan.population.persons(model.start, 5_000)
    assert model.state.population == opened < 5_000
    model.step()
    assert model.rows[0]["population"] == opened
    assert model.rows[0]["arrivals"] == model.rows[0]["departures"] + model.rows[0]["settled"]


def test_persons_are_numbered_by_slot_and_generation(village: District) -> None:
    model = PermitModel(with_counts(village, {"2010-01": 60, "2010-12": 90}), agents=90, rng=1)
    persons, slots = model.state.columns["person"], np.arange(90)
    opened = model.state.occupied(model.world)
    assert (persons[opened] == slots[opened]).all()
    model.run_until("2011-12")
    assert (model.state.columns["person"] % 90 == slots).all()
    # A slot that was closed stood before its first generation.
    generations = model.state.columns["person"] // 90
    assert int(generations.sum()) + 30 == model.history()["arrivals"].sum()


def test_trust_is_uniform_between_its_ends(fresh: PermitModel) -> None:
    assert_uniform((fresh.state.columns["trust"] - 0.3) / 0.6, "trust at the start")


def test_insurance_goes_by_work(fresh: PermitModel) -> None:
    work = LEVEL_OF["work"][fresh.state.columns["profile"]]
    for level, name in enumerate(ATTRIBUTES["work"]):
        insured = fresh.state.columns["insured"][work == level]
        share = {"contract": 0.6, "informal": 0.05, "self_employed": 0.10, "none": 0.02}[name]
        assert_count(insured.sum(), share * len(insured), share * (1 - share) * len(insured), f"insured, {name}")


def test_profiles_are_those_of_the_raked_tables(fresh: PermitModel) -> None:
    counts = np.bincount(fresh.state.columns["profile"], minlength=PROFILES)
    assert_fits(counts, expected_profiles(fresh), "profiles at the start")


def test_the_registered_are_so_since_a_geometric_number_of_months_after_arrival(fresh: PermitModel) -> None:
    """Among those who came ten or more months ago, months from arrival to registration follow the geometric law."""
    columns = fresh.state.columns
    housing = LEVEL_OF["housing"][columns["profile"]]
    registered = columns["registered_months"] != NEVER
    assert (columns["ever_registered"] == registered).all()
    assert (columns["registered_months"] < columns["residence_months"])[registered].all()
    for level, probability in enumerate((0.5, 0.12, 0.35, 0.5)):
        here = (housing == level) & (columns["residence_months"] >= 10)
        took = (columns["residence_months"] - columns["registered_months"])[here & registered]
        counts = [int((took == months).sum()) for months in range(1, 11)]
        expected = [here.sum() * probability * (1 - probability) ** (months - 1) for months in range(1, 11)]
        rest = int(here.sum())
        assert_fits([*counts, rest - sum(counts)], [*expected, rest - sum(expected)], f"housing {level}")


def test_months_to_registration_are_geometric() -> None:
    """On an even grid of a million uniforms each month has its share to within one grid step."""
    grid = (np.arange(200_000) + 0.5) / 200_000
    for probability in (0.12, 0.5, 0.9):
        months = np.array([months_to_registration(u, probability, 12) for u in grid])
        for month in range(1, 13):
            share = probability * (1 - probability) ** (month - 1)
            assert abs((months == month).mean() - share) <= 1.5 / len(grid)
        assert abs((months == NEVER).mean() - (1 - probability) ** 12) <= 1.5 / len(grid)


def test_who_is_surely_registered_is_so_the_month_after_arrival() -> None:
    assert months_to_registration(0.999, 1.0, 5) == 1
    assert months_to_registration(0.0, 1.0, 0) == NEVER


def test_nobody_is_registered_if_the_probability_is_0() -> None:
    assert months_to_registration(0.0, 0.0, 10_000) == NEVER


def test_residence_is_drawn_from_the_stationary_law(template: District) -> None:
    """On an even grid of uniforms each month of residence has its share to within one grid step."""
    leave = leave_of(template.parameters)
    grid = (np.arange(100_000) + 0.5) / 100_000
    for profile in (0, 300, 777, 1023):
        mean_stay = float(staying(leave[[profile]], 20_000).sum())
        months = np.array([stationary_residence(u, leave[profile], mean_stay) for u in grid])
        law = residence_law(leave[[profile]], 20_000)[0]
        observed = np.bincount(months, minlength=20_000) / len(grid)
        assert np.abs(observed - law).max() <= 1.5 / len(grid)


@given(u=st.floats(0, 1, exclude_max=True), leave=st.floats(0.001, 1.0))
def test_residence_rises_with_its_uniform(u: float, leave: float) -> None:
    """So it is a quantile; where everyone surely leaves, it is 0."""
    bands = np.full(4, leave)
    lower, upper = (stationary_residence(v, bands, 1 / leave) for v in (u / 2, u))
    assert 0 <= lower <= upper
    assert stationary_residence(u, np.ones(4), 1.0) == 0


@pytest.mark.parametrize("rng", [2**62, True, -1, 1.5, "1"])
def test_what_is_no_seed_is_refused(village: District, rng: object) -> None:
    with pytest.raises(InputError, match="rng: the seed is invalid"):
        PermitModel(village, agents=60, rng=rng)  # type: ignore[arg-type]


def test_an_unknown_engine_is_refused_and_the_right_one_suggested(village: District) -> None:
    with pytest.raises(InputError, match=r'engine: unknown engine.*did you mean "compiled"'):
        PermitModel(village, agents=60, engine="compield")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"agents": 2000.5}, {"agents": True}, {"threads": 0}, {"threads": -1}, {"threads": 1.5}], ids=str
)
def test_what_does_not_count_anything_is_refused(village: District, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        PermitModel(village, rng=1, **{"agents": 60, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("agents", [0, -5, 2**31])
def test_an_impossible_number_of_agents_is_refused(village: District, agents: int) -> None:
    with pytest.raises(InputError, match="agents: the number of migrants is out of range"):
        PermitModel(village, agents=agents, rng=1)


def test_a_district_where_someone_never_leaves_is_refused(village: District) -> None:
    """Parameters' ranges forbid it; the model does so too."""
    entries = dict(village.parameters.entries)
    entries["leave.60+"] = replace(entries["leave.60+"], value=0.0)
    with pytest.raises(InputError, match="some migrants would never leave the district"):
        PermitModel(replace(village, parameters=Parameters(entries)), agents=60, rng=1)


def test_without_a_seed_every_model_draws_another(village: District) -> None:
    assert len({PermitModel(village, agents=60).seed for _ in range(3)}) == 3


def test_a_generator_gives_a_reproducible_seed(village: District) -> None:
    seeds = {PermitModel(village, agents=60, rng=np.random.default_rng(7)).seed for _ in range(2)}
    assert len(seeds) == 1

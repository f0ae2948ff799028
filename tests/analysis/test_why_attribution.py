"""Every migrant has exactly one reason, the documented one, with the utility of the simulated month."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from takeup import Migrant, PermitModel
from takeup.analysis.why import STEPS, TITLES, Reason, attribute_reasons, count_reasons, take_snapshot
from takeup.analysis.why.attribution import NOBODY
from takeup.district import ATTRIBUTES, LEVEL_OF, District
from takeup.rules import DISAPPOINTED, FORGOT, HEARD, INFORMED, LAPSED, MOVED, NONE, QUEUED, UNAWARE, VALID
from takeup.rules.residence import tenure_band
from takeup.simulation import restore_model, save_model
from tests.hypothesis_profiles import examples
from tests.scenario.strategies import parameters, policies
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS, SHRINKING

OWNED = LEVEL_OF["housing"] == ATTRIBUTES["housing"].index("owned")


def assert_accounts_balance(model: PermitModel) -> None:
    """Check that reasons sum to the population and the monthly counts, by district, group and street."""
    counts, groups = count_reasons(model), model.groups()
    last = groups[groups["month"] == groups["month"].iloc[-1]]
    assert counts.min() >= 0
    assert counts[0].sum() == model.state.population
    assert counts[1:].sum(axis=1).tolist() == last["population"].tolist()
    assert counts[1:, Reason.VALID].tolist() == last["valid"].tolist()
    assert counts[1:, Reason.QUEUEING].tolist() == last["queued"].tolist()
    assert counts[1:, list(STEPS["lapsed"])].sum(axis=1).tolist() == last["lapsed"].tolist()
    streets = len(model.district.streets)
    assert counts[-streets:].sum(axis=0).tolist() == counts[0].tolist()


def reference_reasons(model: PermitModel) -> NDArray[np.int64]:
    """Compute the reasons independently from the description: the first condition that is true."""
    columns, months = model.state.columns, model.months_to_qualify
    none, lapsed = columns["status"] == NONE, columns["status"] == LAPSED
    owned = OWNED[columns["profile"]]
    entitled = (columns["registered_months"] >= months) | (
        (columns["residence_months"] >= months) & (columns["insured"] | owned)
    )
    utility, informed, unburdened = attribute_reasons(take_snapshot(model)).utilities.T
    burden = np.array([Reason.DOCUMENTS, Reason.TRIPS, Reason.WAITING, Reason.FEE, Reason.STIGMA])[heaviest(model)]
    steps = [
        (model.world.rank >= model.state.population, NOBODY),
        (columns["status"] == VALID, Reason.VALID),
        (columns["status"] == QUEUED, Reason.QUEUEING),
        (lapsed & (columns["lapse_cause"] == FORGOT), Reason.FORGOT),
        (lapsed & (columns["lapse_cause"] == MOVED), Reason.MOVED),
        (lapsed & (columns["lapse_cause"] == DISAPPOINTED), Reason.DISAPPOINTED),
        (none & (columns["residence_months"] < months), Reason.NOT_LONG_HERE),
        (none & ~entitled & ~columns["ever_registered"], Reason.NEVER_REGISTERED),
        (none & ~entitled, Reason.REGISTRATION_BROKEN),
        (columns["knowledge"] == UNAWARE, Reason.UNAWARE),
        ((utility <= 0) & (informed > 0), Reason.NOT_UNDERSTOOD),
        ((utility <= 0) & (unburdened <= 0), Reason.BENEFITS_TOO_SMALL),
        (utility <= 0, burden),
        (columns["returned_last"], Reason.RETURNED),
    ]
    conditions, causes = zip(*steps, strict=True)
    return np.select(conditions, causes, Reason.NOT_YET)


def heaviest(model: PermitModel) -> NDArray[np.int64]:
    """Return the largest part of the burden by slot from the equations, the first of equal ones."""
    levers, number, vector = model.timeline.at(model.state.month), model.parameters.number, model.parameters.vector
    lease = vector("lease_hardship")[LEVEL_OF["housing"]]
    work = vector("work_hardship")[LEVEL_OF["work"]]
    hardship = (1 - levers.data_sharing[:, np.newaxis]) * vector("paperwork")[LEVEL_OF["education"]]
    hardship = hardship * np.minimum(lease, work)
    r, wait = model.state.red_tape, model.state.wait[:, np.newaxis]
    parts = np.broadcast_arrays(
        r * levers.documents * hardship,
        r * number("trip_cost") * levers.trips * (1 - levers.online),
        r * number("wait_cost") * wait,
        number("fee_cost") * levers.fee_cny,
        levers.stigma,
    )
    streets = model.world.street_of(np.arange(model.world.slots))
    # Parts that are alike but for rounding are one.
    return np.round(np.array(parts), 12).argmax(axis=0)[streets, model.state.columns["profile"]]


def test_causes_sum_to_the_population_in_every_month_group_and_street(village: District) -> None:
    """The population falls and grows again, levers change, and every kind of event occurs."""
    model = PermitModel(with_counts(village, SHRINKING), EVERYTHING, 400, rng=5, parameters=PARAMETERS)
    for _ in range(24):
        model.step()
        assert_accounts_balance(model)
        np.testing.assert_array_equal(attribute_reasons(take_snapshot(model)).reasons, reference_reasons(model))


def test_at_the_start_nobody_holds_a_permit(village: District) -> None:
    counts = count_reasons(PermitModel(village, agents=400, rng=1))
    assert counts[0].sum() == 400
    assert counts[0, : Reason.NOT_LONG_HERE].sum() == 0


@settings(max_examples=examples(30))
@given(st.data())
def test_reasons_are_as_documented_under_random_scenarios_and_parameters(
    village: District, data: st.DataObject
) -> None:
    place = with_counts(village, {"2009-06": 90, "2010-06": 60, "2010-12": 80})
    model = PermitModel(place, data.draw(policies(village)), 90, rng=7, parameters=data.draw(parameters()))
    for _ in range(14):
        model.step()
        assert_accounts_balance(model)
    np.testing.assert_array_equal(attribute_reasons(take_snapshot(model)).reasons, reference_reasons(model))


def test_reasons_are_as_documented_in_a_district_where_every_step_occurs(liwan: District) -> None:
    model = PermitModel(liwan, agents=8_000, rng=1)
    model.run_until("2014-12")
    causes = attribute_reasons(take_snapshot(model)).reasons
    np.testing.assert_array_equal(causes, reference_reasons(model))
    reached = {step for step, members in STEPS.items() if np.isin(causes, members).any()}
    assert reached == set(STEPS)


def test_both_engines_and_a_restored_model_give_the_same_bits(village: District, tmp_path: Path) -> None:
    compiled, objects = (
        PermitModel(village, EVERYTHING, 400, engine, 5, parameters=PARAMETERS) for engine in ("compiled", "objects")
    )
    for _ in range(20):
        compiled.step()
        objects.step()
        one, other = attribute_reasons(take_snapshot(compiled)), attribute_reasons(take_snapshot(objects))
        assert one.reasons.tobytes() == other.reasons.tobytes()
        assert one.utilities.tobytes() == other.utilities.tobytes()
    save_model(compiled, tmp_path / "model")
    restored = attribute_reasons(take_snapshot(restore_model(tmp_path / "model", district=village)))
    assert one.reasons.tobytes() == restored.reasons.tobytes()
    assert one.utilities.tobytes() == restored.utilities.tobytes()


def test_what_is_weighed_is_what_the_next_month_weighs(liwan: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the bit: the utility is U with unchanged knowledge, and U if informed for a newly informed migrant."""
    model = PermitModel(liwan, agents=4_000, engine="objects", rng=3)
    model.run_until("2012-03")
    utilities = attribute_reasons(take_snapshot(model)).utilities
    knowledge = model.state.columns["knowledge"].copy()
    residence_months = model.state.columns["residence_months"].copy()
    weighed: dict[int, tuple[int, float]] = {}
    act = Migrant.act

    def spied(migrant: Migrant) -> None:
        if (
            tenure_band(migrant.residence_months) == tenure_band(int(residence_months[migrant.slot]))
            and migrant.status == NONE
        ):
            weighed[migrant.slot] = migrant.knowledge, migrant.utility_of_applying
        act(migrant)

    monkeypatch.setattr(Migrant, "act", spied)
    model.step()
    same = [slot for slot, (now, _) in weighed.items() if now == knowledge[slot]]
    learnt = [slot for slot, (now, _) in weighed.items() if knowledge[slot] < now == INFORMED]
    assert len(same) > 1_000
    assert len(learnt) > 20
    assert [weighed[slot][1] for slot in same] == utilities[same, 0].tolist()
    assert [weighed[slot][1] for slot in learnt] == utilities[learnt, 1].tolist()


ENTITLED = {"status": NONE, "residence_months": 40, "registered_months": 30, "ever_registered": True, "trust": 0.9}
WAITING = 5.0
"""Months of wait where the queue is what is too much."""

BY_STATE: dict[Reason, dict[str, Any]] = {
    Reason.VALID: {"status": VALID, "residence_months": 1},
    Reason.QUEUEING: {"status": QUEUED, "knowledge": UNAWARE},
    Reason.FORGOT: {"status": LAPSED, "lapse_cause": FORGOT},
    Reason.MOVED: {"status": LAPSED, "lapse_cause": MOVED, "registered_months": 20},
    Reason.DISAPPOINTED: {"status": LAPSED, "lapse_cause": DISAPPOINTED},
    Reason.NOT_LONG_HERE: {"residence_months": 5, "registered_months": 5, "insured": True},
    Reason.NEVER_REGISTERED: {"registered_months": -1, "ever_registered": False},
    Reason.REGISTRATION_BROKEN: {"registered_months": -1},
    Reason.UNAWARE: {"knowledge": UNAWARE, "returned_last": True},
    Reason.RETURNED: {"returned_last": True},
    Reason.NOT_YET: {},
}
"""What makes someone who would like to apply and may stand at another cause."""


@pytest.mark.parametrize("cause", BY_STATE, ids=lambda cause: cause.name)
def test_a_hand_made_migrant_has_each_reason(village: District, cause: Reason) -> None:
    model, slot = with_somebody(village, {})
    write(model, slot, taste=2**16 - 1, **BY_STATE[cause])
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == cause


@pytest.mark.parametrize("registered", [-1, 3], ids=["broken", "too young"])
def test_a_registration_that_broke_or_is_young_counts_only_where_nothing_else_entitles(
    village: District, registered: int
) -> None:
    model, slot = with_somebody(village, {})
    write(model, slot, taste=2**16 - 1, registered_months=registered)
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == Reason.REGISTRATION_BROKEN
    write(model, slot, insured=True)
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == Reason.NOT_YET
    write(model, slot, insured=False, profile=int(np.flatnonzero(OWNED)[0]), ever_registered=False)
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == Reason.NOT_YET


ONE_BURDEN = {
    "documents": (Reason.DOCUMENTS, {"trips": 0.0, "stigma": 0.1}),
    "trips": (Reason.TRIPS, {"documents": 0.0, "trips": 9.0}),
    "trips, but online": (Reason.STIGMA, {"documents": 0.0, "trips": 9.0, "online": 0.9}),
    "documents, but shared": (Reason.STIGMA, {"data_sharing": 1.0, "trips": 0.0}),
    "waiting": (Reason.WAITING, {"documents": 0.0, "trips": 0.0}),
    "fee": (Reason.FEE, {"documents": 0.0, "trips": 0.0, "fee_cny": 300.0, "fee_cost": 0.01}),
    "stigma": (Reason.STIGMA, {"documents": 0.0, "trips": 0.0, "stigma": 2.0}),
    "trips as large as stigma": (Reason.TRIPS, {"documents": 0.0, "trips": 2.0, "trip_cost": 0.08, "stigma": 0.16}),
}
"""What is made large and small, and what is then the largest; of two alike the first counts."""


@pytest.mark.parametrize("case", ONE_BURDEN)
def test_a_burden_that_is_too_large_goes_by_its_largest_part(village: District, case: str) -> None:
    cause, overrides = ONE_BURDEN[case]
    model, slot = with_somebody(village, overrides)
    model.state.wait[:] = WAITING if cause is Reason.WAITING else 0.0
    write(model, slot, knowledge=INFORMED)
    _, informed, unburdened = utilities_of(model, slot)
    assert unburdened - informed > 0.1
    shift_taste(model, slot, -(informed + unburdened) / 2)
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == cause


def test_who_would_apply_if_they_knew_more_does_not_understand(village: District) -> None:
    model, slot = with_somebody(village, {})
    write(model, slot, knowledge=HEARD)
    own, informed, _ = utilities_of(model, slot)
    assert informed - own > 0.5
    shift_taste(model, slot, -(own + informed) / 2)
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == Reason.NOT_UNDERSTOOD
    write(model, slot, knowledge=INFORMED)
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == Reason.NOT_YET


@pytest.mark.parametrize("knowledge", [HEARD, INFORMED])
def test_who_would_not_apply_even_without_a_burden_finds_the_benefits_too_small(
    village: District, knowledge: int
) -> None:
    model, slot = with_somebody(village, {})
    write(model, slot, knowledge=knowledge, trust=0.0, taste=0)
    assert attribute_reasons(take_snapshot(model)).reasons[slot] == Reason.BENEFITS_TOO_SMALL


def test_every_cause_has_its_words_and_its_step() -> None:
    assert list(TITLES) == list(Reason)
    assert [cause for causes in STEPS.values() for cause in causes] == list(Reason)
    assert len(set(TITLES.values())) == len(Reason)


def with_somebody(village: District, overrides: dict[str, float]) -> tuple[PermitModel, int]:
    """A model, and the slot of an informed, eligible migrant who needs the services."""
    model = PermitModel(village, agents=60, rng=1, parameters=overrides)
    model.step()
    levels = {"housing": "informal_lease", "work": "informal", "education": "primary", "schoolchild": "yes"}
    fitting = np.all([LEVEL_OF[name] == ATTRIBUTES[name].index(level) for name, level in levels.items()], axis=0)
    slot = int(np.flatnonzero(model.state.occupied(model.world))[0])
    write(model, slot, **ENTITLED, profile=int(np.flatnonzero(fitting)[0]), insured=False, knowledge=INFORMED)
    write(model, slot, returned_last=False, lapse_cause=0, taste=2**15)
    return model, slot


def write(model: PermitModel, slot: int, **values: object) -> None:
    for name, value in values.items():
        model.state.columns[name][slot] = value


def utilities_of(model: PermitModel, slot: int) -> list[float]:
    own: list[float] = attribute_reasons(take_snapshot(model)).utilities[slot].tolist()
    return own


def shift_taste(model: PermitModel, slot: int, more: float) -> None:
    """Give a migrant the taste that is higher by an amount, or the nearest existing one."""
    tastes = model.world.taste
    wanted = tastes[model.state.columns["taste"][slot]] + more
    model.state.columns["taste"][slot] = np.abs(tastes - wanted).argmin()

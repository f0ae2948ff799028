"""Attributes that are set from outside: they take effect in both engines, or an error says why they do not."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mesa import Agent, DataCollector
from numpy.testing import assert_array_equal

from takeup import Migrant, PermitModel, ServiceCentre
from takeup.district import District
from takeup.errors import InputError
from takeup.rules import Knowledge, LapseCause, Status, decision
from takeup.scenario import load_scenario
from takeup.simulation import restore_model, save_model
from takeup.simulation.state import find_violations

WRITABLE = (
    "status",
    "knowledge",
    "residence_months",
    "registered_months",
    "permit_months",
    "trust",
    "insured",
    "ever_registered",
    "returned_last",
    "lapse_cause",
)
PERMANENT = ("person", "profile", "slot", "street", "identity", "traits", "taste")
VALUES = st.one_of(
    st.integers(-(2**63), 2**64),
    st.integers(-2, 70),
    st.floats(),
    st.floats(0.0, 1.0),
    st.booleans(),
    st.sampled_from([*Status, *Knowledge, *LapseCause]),
    st.sampled_from([np.int8(1), np.int64(40), np.float32(0.5), np.bool_(True), np.uint8(3)]),
    st.none(),
    st.text(max_size=3),
)


def model_of(village: District, engine: Any) -> PermitModel:
    model = PermitModel(village, agents=100, rng=3, engine=engine)
    model.run_until("2011-06")
    return model


@pytest.fixture(scope="module")
def histories(village: District) -> dict[str, PermitModel]:
    """One model per engine, with the same people in the same state."""
    return {engine: model_of(village, engine) for engine in ("compiled", "objects")}


@settings(deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(WRITABLE + PERMANENT), VALUES), max_size=40))
def test_any_assignment_has_the_same_effect_in_both_engines_or_is_an_error(
    histories: dict[str, PermitModel], changes: list[tuple[int, str, Any]]
) -> None:
    models = {engine: history.branch(None) for engine, history in histories.items()}
    outcomes = []
    for model in models.values():
        agents = sorted(model.agents_by_type[Migrant], key=lambda migrant: migrant.slot)
        outcomes.append([assign(agents[place % len(agents)], name, value) for place, name, value in changes])
        assert find_violations(model.state, model.world) is None
        model.run_until("2011-10")
        assert find_violations(model.state, model.world) is None
    assert outcomes[0] == outcomes[1]
    compiled, objects = models.values()
    assert compiled.rows == objects.rows
    for name, column in compiled.state.columns.items():
        assert_array_equal(column, objects.state.columns[name], err_msg=name)


def assign(migrant: Migrant, name: str, value: Any) -> str:
    """Set an attribute; return the value that it then has, or the error."""
    try:
        setattr(migrant, name, value)
    except (InputError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    assert getattr(migrant, name) == value
    return repr(getattr(migrant, name))


WRONG: dict[str, list[Any]] = {
    "status": [7, -1, 1.5, "VALID", None, True, math.nan],
    "knowledge": [200, 3, -1],
    "residence_months": [-1, 30_001, 2**40, 1.5, math.inf, True, "3"],
    "registered_months": [-2, 30_001],
    "trust": [5.0, -0.1, math.nan, math.inf, True, "1"],
    "insured": [2, 1, 0.0, "yes", None],
    "lapse_cause": [9, -1],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused_with_what_is_allowed(
    histories: dict[str, PermitModel], name: str, value: Any
) -> None:
    migrant = next(iter(histories["compiled"].agents_by_type[Migrant]))
    before = getattr(migrant, name)
    with pytest.raises(InputError, match=rf"{name}: .*; allowed: "):
        setattr(migrant, name, value)
    assert getattr(migrant, name) == before


@pytest.mark.parametrize("name", PERMANENT)
def test_permanent_attributes_cannot_be_set(histories: dict[str, PermitModel], name: str) -> None:
    for model in histories.values():
        migrants = model.agents_by_type[Migrant]
        with pytest.raises(AttributeError, match=rf"{name} cannot be set: .*permanent"):
            migrants.set(name, 5000)


def test_nobody_joins_a_queue_by_assignment_and_everybody_leaves_it_at_once(village: District) -> None:
    model = model_of(village, "compiled")
    queued = [migrant for migrant in model.agents_by_type[Migrant] if migrant.status == Status.QUEUED]
    other = next(migrant for migrant in model.agents_by_type[Migrant] if migrant.status == Status.NONE)
    assert queued
    with pytest.raises(InputError, match="the status QUEUED cannot be assigned; a migrant gets it by applying"):
        other.status = Status.QUEUED
    queued[0].status = Status.NONE
    assert queued[0].slot not in model.centres[queued[0].street].queue
    assert find_violations(model.state, model.world) is None


def test_a_branch_after_an_assignment_runs_like_the_model_itself(village: District) -> None:
    model = model_of(village, "compiled")
    model.agents_by_type[Migrant].set("knowledge", Knowledge.INFORMED)
    branch = model.branch(None)
    for each in (model, branch):
        each.run_until("2012-06")
    assert model.rows == branch.rows


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_agents_of_the_model_cannot_be_removed(village: District, engine: Any) -> None:
    model = model_of(village, engine)
    for agent in (next(iter(model.agents_by_type[Migrant])), model.centres[0]):
        with pytest.raises(AttributeError, match="cannot be removed"):
            agent.remove()
    with pytest.raises(AttributeError, match="cannot be removed"):
        model.remove_all_agents()
    model.step()


@pytest.mark.parametrize("name", ["district", "policy", "timeline", "parameters", "engine", "seed", "world", "start"])
def test_attributes_that_would_have_no_effect_cannot_be_set(village: District, name: str) -> None:
    model = PermitModel(village, agents=100, rng=1)
    with pytest.raises(AttributeError, match=rf"{name} cannot be changed after the model was created: "):
        setattr(model, name, load_scenario("publicity"))


class Idle(Migrant):
    """A migrant who never applies."""

    def consider_applying(self) -> None:
        """Do nothing."""


def test_another_class_of_migrants_runs_with_agents_and_survives_branching(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1, engine="objects", migrant_class=Idle)
    model.run_until("2010-12")
    assert sum(row["applications"] for row in model.rows) == 0
    branch = model.branch(None)
    branch.run_until("2011-06")
    assert sum(row["applications"] for row in branch.rows) == 0
    assert {type(agent) for agent in branch.agents} == {Idle, ServiceCentre}


def test_another_class_of_migrants_is_refused_by_the_compiled_engine(village: District) -> None:
    with pytest.raises(InputError, match=r'engine: .*; given: "compiled"; allowed: objects'):
        PermitModel(village, agents=100, migrant_class=Idle)
    with pytest.raises(InputError, match="the class is not a subclass of Migrant"):
        PermitModel(village, agents=100, engine="objects", migrant_class=ServiceCentre)  # type: ignore[arg-type]


REPLACEMENTS: dict[str, tuple[Any, str]] = {
    "Migrant.consider_applying": (Migrant, "consider_applying"),
    "Migrant.utility_of_applying": (Migrant, "utility_of_applying"),
    "ServiceCentre.step": (ServiceCentre, "step"),
    "takeup.rules.decision.considers": (decision, "considers"),
}


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_a_replaced_method_or_rule_is_refused_by_the_compiled_engine(
    village: District, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    model = PermitModel(village, agents=100, rng=1)
    monkeypatch.setattr(*REPLACEMENTS[name], lambda *_: False)
    for run in (model.step, lambda: model.run_until("2011-01")):
        with pytest.raises(InputError, match=rf"{name} was replaced.*allowed: objects"):
            run()
    assert not model.rows


def test_a_replaced_rule_takes_effect_with_agents(village: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "considers", lambda *_: False)
    model = PermitModel(village, agents=100, rng=1, engine="objects")
    model.run_until("2010-12")
    assert sum(row["applications"] for row in model.rows) == 0


def test_a_replaced_method_of_one_migrant_is_refused_by_the_compiled_engine(village: District) -> None:
    model = model_of(village, "compiled")
    migrant = next(iter(model.agents_by_type[Migrant]))
    migrant.act = lambda: None  # type: ignore[method-assign]
    with pytest.raises(InputError, match=f"a method of the Migrant {migrant.identity} was replaced"):
        model.step()


class Own(PermitModel):
    """A subclass with its own collector, as in Mesa's documentation."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.datacollector = DataCollector(
            model_reporters={"share": lambda model: model.rows[-1]["valid"] / model.rows[-1]["population"]},
            agenttype_reporters={ServiceCentre: {"wait": "wait"}, Migrant: {"trust": "trust"}},
        )

    def step(self) -> None:
        """Run a month and collect."""
        super().step()
        self.datacollector.collect(self)


def test_a_subclass_with_its_own_collector_collects_once_a_month(village: District) -> None:
    model = Own(village, agents=100, rng=1, until="2010-06")
    model.run_model()
    assert len(model.datacollector.get_model_vars_dataframe()) == len(model.rows) == 6
    assert len(model.datacollector.get_agenttype_vars_dataframe(ServiceCentre)) == 6 * len(model.centres)


def test_a_subclass_survives_branching_and_restoring(village: District, tmp_path: Any) -> None:
    model = Own(village, agents=100, rng=1)
    model.run_until("2010-06")
    assert type(model.branch(None)) is Own
    save_model(model, str(tmp_path / "model.npz"))
    assert type(restore_model(str(tmp_path / "model.npz"), None, village, model_class=Own)) is Own
    with pytest.raises(InputError, match=r"model\.npz, model_class: .*allowed: .*Own"):
        restore_model(tmp_path / "model.npz")


def test_a_replaced_collector_is_filled(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1)
    model.datacollector = DataCollector(model_reporters={"valid": lambda model: model.rows[-1]["valid"]})
    model.run_until("2010-06")
    collected = model.datacollector.get_model_vars_dataframe()["valid"].tolist()
    assert collected == [row["valid"] for row in model.rows]


def test_a_reporter_that_is_added_later_is_collected_from_then_on(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1)
    model.step()
    model.datacollector.model_reporters["twice"] = lambda model: 2 * model.rows[-1]["valid"]
    model.run_until("2010-06")
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["twice"].isna().tolist() == [True, False, False, False, False, False]
    assert frame["month"].tolist() == [row["month"] for row in model.rows]


def test_collecting_twice_records_once(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1)
    model.step()
    model.datacollector.collect(model)
    assert len(model.datacollector.get_model_vars_dataframe()) == 1


@pytest.mark.parametrize("copy", [lambda model: pickle.loads(pickle.dumps(model))])
def test_a_pickled_model_continues_identically(village: District, copy: Callable[[PermitModel], PermitModel]) -> None:
    model = model_of(village, "compiled")
    other = copy(model)
    for each in (model, other):
        each.run_until("2012-12")
    assert model.rows == other.rows


def test_agents_of_the_user_have_numbers_of_their_own(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1)
    for _ in range(3):
        for _ in range(4):
            Agent(model)
        model.step()
    numbers = [agent.unique_id for agent in model.agents]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("month", [2018, 36, "2009-11", 24118, True, None, 2018.5])
def test_a_month_before_the_first_one_is_an_error(village: District, month: Any) -> None:
    model = PermitModel(village, agents=100, rng=1)
    with pytest.raises(InputError, match="month"):
        model.run_until(month)
    assert not model.rows

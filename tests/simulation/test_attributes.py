"""Attributes that are set from outside: they take effect in both engines, or an error says why they do not."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from mesa import Agent, DataCollector
from numpy.testing import assert_array_equal

from takeup import Migrant, PermitModel, ServiceCentre
from takeup.district import District
from takeup.errors import InputError
from takeup.io import OutputError
from takeup.months import parse_month
from takeup.rules import Knowledge, Status, decision
from takeup.scenario import load_scenario
from takeup.simulation import restore_model, save_model
from takeup.simulation.state import find_violations
from tests.simulation.assignments import ASSIGNMENTS, Assignment, check_assignments, public_attributes

PERMANENT = ("person", "profile", "slot", "street", "identity", "traits", "taste", "attentiveness")


def model_of(village: District, engine: Any) -> PermitModel:
    model = PermitModel(village, agents=100, rng=3, engine=engine)
    model.run_until("2011-06")
    return model


@pytest.fixture(scope="module")
def histories(village: District) -> dict[str, PermitModel]:
    """One model per engine, with the same people in the same state."""
    return {engine: model_of(village, engine) for engine in ("compiled", "objects")}


@settings(deadline=None)
@given(assignments=ASSIGNMENTS)
def test_any_assignment_has_the_same_effect_in_both_engines_or_is_an_error(
    histories: dict[str, PermitModel], assignments: list[Assignment]
) -> None:
    check_assignments(list(histories.values()), assignments)


def test_every_public_attribute_is_tried() -> None:
    """A new attribute of the agents is among those of the property test without being listed."""
    for agent_class, some in (
        (Migrant, {*PERMANENT, "status", "trust", "lapse_cause", "month", "holders", "prompted", "norm", "model"}),
        (ServiceCentre, {"street", "applicants", "queue", "wait", "model", "unique_id", "pos"}),
    ):
        assert some <= set(public_attributes(agent_class))


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


@pytest.mark.parametrize(
    "name",
    [
        "district",
        "policy",
        "timeline",
        "parameters",
        "engine",
        "seed",
        "world",
        "start",
        "state",
        "registry",
    ],
)
def test_attributes_that_would_have_no_effect_cannot_be_set(village: District, name: str) -> None:
    model = PermitModel(village, agents=100, rng=1)
    with pytest.raises(AttributeError, match=rf"{name} cannot be changed after the model was created: "):
        setattr(model, name, load_scenario("publicity"))


def test_a_scenario_cannot_be_assigned_to_a_model(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1)
    with pytest.raises(
        AttributeError, match=r"scenario cannot be changed after the model was created: .*use `branch`"
    ):
        model.scenario = "publicity"


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


@pytest.mark.parametrize("engine", ["compiled", "objects"])
@pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_a_pickled_model_continues_identically(
    village: District, engine: Any, copied: Callable[[PermitModel], PermitModel]
) -> None:
    model = model_of(village, engine)
    other = copied(model)
    assert other is not model
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


REAL = [float, np.int16, np.float64, Decimal, Fraction]


@pytest.mark.parametrize("number", REAL)
def test_numbers_of_any_type_are_arguments(village: District, number: Any) -> None:
    model = PermitModel(village, agents=number(100), rng=number(1), parameters={"documents": number(2)})
    same = PermitModel(village, agents=100, rng=1, parameters={"documents": 2.0})
    for each in (model, same):
        each.run_until(number(same.start))
    assert model.rows == same.rows
    assert model.arguments == same.arguments


def test_a_row_of_a_table_is_a_set_of_parameters(village: District) -> None:
    row = pd.DataFrame({"documents": [0.5], "trips": [2.0]}).iloc[0]
    assert PermitModel(village, agents=100, rng=1, parameters=row).overrides == {"documents": 0.5, "trips": 2.0}


@pytest.mark.parametrize("parameters", ["documents=1", 5, {"documents": "0.5"}, {"documents": True}, {1: 1}])
def test_parameters_that_are_not_numbers_by_name_are_refused(village: District, parameters: Any) -> None:
    with pytest.raises(InputError):
        PermitModel(village, agents=100, rng=1, parameters=parameters)


def test_a_last_month_before_the_first_is_refused(village: District) -> None:
    with pytest.raises(InputError, match="the last month is before the first"):
        PermitModel(village, agents=100, rng=1, start="2015-01", until="2012-01")


@pytest.mark.parametrize("file", [b"a.npz", 5, None])
def test_files_of_models_have_paths(village: District, file: Any) -> None:
    with pytest.raises(InputError, match="path"):
        save_model(PermitModel(village, agents=100, rng=1), file)
    with pytest.raises(InputError, match="path"):
        restore_model(file)


@pytest.mark.parametrize("file", [".", "", "/"])
def test_a_folder_is_not_a_file_of_a_model(
    village: District, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="cannot be written: a folder"):
        save_model(PermitModel(village, agents=100, rng=1), file)


CHANGES: dict[str, Callable[[PermitModel], None]] = {
    "scenario": lambda model: setattr(model, "scenario", "publicity"),
    "state": lambda model: setattr(model, "state", None),
    "census": lambda model: setattr(model, "census", None),
    "month": lambda model: setattr(model, "month", 24_200),
    "registry": lambda model: setattr(model, "registry", None),
    "rows": lambda model: setattr(model, "rows", []),
    "group_counts": lambda model: setattr(model, "group_counts", []),
    "street": lambda model: setattr(model.centres[0], "street", 2),
    "applicants": lambda model: setattr(model.centres[0], "applicants", []),
    "queue": lambda model: setattr(model.centres[0], "queue", []),
    "wait": lambda model: setattr(model.centres[0], "wait", 5.0),
}


@pytest.mark.parametrize("engine", ["compiled", "objects"])
@pytest.mark.parametrize("name", CHANGES)
def test_changes_without_effect_are_errors(village: District, engine: Any, name: str) -> None:
    model = PermitModel(village, agents=100, rng=1, engine=engine)
    model.step()
    with pytest.raises(AttributeError, match=name):
        CHANGES[name](model)
    model.step()
    assert len(model.rows) == 2


def test_parameters_cannot_be_changed_in_place(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1, parameters={"documents": 1.0})
    for changed in (model.overrides, model.parameters.entries, village.parameters.entries):
        with pytest.raises(TypeError, match="cannot be changed in place"):
            changed["documents"] = 2.0  # type: ignore[index]
        with pytest.raises(TypeError, match="cannot be changed in place"):
            changed.update({"documents": 2.0})  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(model.parameters)) == model.parameters


def test_the_last_month_can_be_set_as_text(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1)
    model.until = "2010-02"  # type: ignore[assignment]
    model.run_model()
    assert [row["month"] for row in model.rows] == ["2010-01", "2010-02"]
    with pytest.raises(InputError, match="not a month"):
        model.until = "soon"  # type: ignore[assignment]


def test_a_model_without_a_collector_runs(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1)
    model.datacollector = None
    model.run_until("2010-03")
    assert len(model.rows) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda model: setattr(model, "rng", np.random.default_rng(5)),
        lambda model: setattr(model, "random", random.Random(5)),
        lambda model: model.reset_rng(5),
        lambda model: model.reset_randomizer(5),
    ],
)
def test_a_change_of_mesas_random_numbers_warns_once(
    village: District, change: Callable[[PermitModel], None]
) -> None:
    model = PermitModel(village, agents=100, rng=1)
    with pytest.warns(UserWarning, match="do not affect migrants") as warned:
        change(model)
    own = [each for each in warned if each.category is not FutureWarning]  # Mesa 3.5 deprecates a method
    assert len(own) == 1


@pytest.mark.parametrize("engine", ["compiled", "objects"])
@pytest.mark.parametrize(
    "make",
    [
        lambda model: Migrant(model, 0),
        lambda model: Migrant(model, 10**6),
        lambda model: Migrant.create_agents(model, 2, [0, 1]),
        lambda model: ServiceCentre(model, 0),
    ],
)
def test_migrants_and_centres_are_not_created_by_users(village: District, engine: Any, make: Any) -> None:
    model = model_of(village, engine)
    before = len(model.agents)
    with pytest.raises(AttributeError, match="the model creates its agents itself"):
        make(model)
    assert len(model.agents) == before
    model.step()


@pytest.mark.parametrize("engine", ["compiled", "objects"])
@pytest.mark.parametrize("by_type", [True, False])
def test_a_migrant_that_was_discarded_from_a_collection_is_noticed(
    village: District, engine: Any, by_type: bool
) -> None:
    model = model_of(village, engine)
    agents = model.agents_by_type[Migrant] if by_type else model.agents
    migrant = next(iter(model.agents_by_type[Migrant]))
    agents.discard(migrant)
    for run in (model.step, lambda: model.run_until("2012-01")):
        with pytest.raises(InputError, match="the collection of agents was changed"):
            run()
    agents.add(migrant)
    model.step()


def test_an_application_or_a_month_of_a_centre_from_outside_is_refused(village: District) -> None:
    for engine in ("compiled", "objects"):
        model = model_of(village, engine)
        migrant = next(iter(model.agents_by_type[Migrant]))
        with pytest.raises(AttributeError, match="an application is accepted only"):
            model.centres[migrant.street].receive(migrant)
        with pytest.raises(AttributeError, match="service centres run only"):
            model.centres[0].step()
        assert find_violations(model.state, model.world) is None


ARRAYS: dict[str, Callable[[PermitModel], None]] = {
    "profile": lambda model: model.state.columns["profile"].fill(60_000),
    "status": lambda model: model.state.migrants.status.fill(200),
    "knowledge": lambda model: model.state.migrants.knowledge.fill(77),
    "queue": lambda model: model.state.line.fill(10**6),
    "queue ": lambda model: model.state.length.fill(-5),
    "people": lambda model: setattr(model.state, "population", 10**6),
    "month": lambda model: setattr(model.state, "month", 5),
    "line": lambda model: setattr(model.state, "line", np.zeros(1, dtype=np.int32)),
    "wait": lambda model: setattr(model.state, "wait", np.zeros(1)),
}


@pytest.mark.parametrize("engine", ["compiled", "objects"])
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_compiled_code_cannot_use_are_refused_at_the_next_step(
    village: District, engine: Any, name: str
) -> None:
    model = model_of(village, engine)
    ARRAYS[name](model)
    for run in (model.step, lambda: model.run_until("2012-01")):
        with pytest.raises((InputError, AttributeError), match="state"):
            run()


def test_a_column_that_was_written_counts_in_the_next_month_as_in_a_branch(village: District) -> None:
    model = model_of(village, "compiled")
    model.state.migrants.knowledge[:] = Knowledge.INFORMED
    branch = model.branch(None)
    for each in (model, branch):
        each.run_until("2012-06")
    assert model.rows == branch.rows


def test_a_state_that_could_not_be_restored_is_not_saved(village: District, tmp_path: Path) -> None:
    model = model_of(village, "compiled")
    model.state.migrants.trust[0] = math.nan
    with pytest.raises(InputError, match="trust"):
        save_model(model, tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [Decimal("0.5"), Fraction(1, 2), np.float32(0.5)])
def test_trust_may_be_a_number_of_any_type(histories: dict[str, PermitModel], value: Any) -> None:
    model = histories["compiled"].branch(None)
    model.agents_by_type[Migrant].set("trust", value)
    assert set(model.agents_by_type[Migrant].get("trust")) == {0.5}


def test_the_month_of_conditions_may_be_text_and_is_checked(village: District) -> None:
    model = PermitModel(village, "publicity", agents=100, rng=1)
    by_text, by_number = model.conditions("2019-06"), model.conditions(parse_month("2019-06"))
    assert_array_equal(by_text.reached, by_number.reached)
    assert by_text.reached.sum() > model.conditions("2019-02").reached.sum()
    with pytest.raises(InputError, match="not a month"):
        model.conditions("soon")

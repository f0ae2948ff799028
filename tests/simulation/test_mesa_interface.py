"""Mesa's own tests, rewritten for a PermitModel: Model, Agent and AgentSet.

The tests of collecting data are in `test_mesa_collection.py`. The tests follow those of Mesa 3.3.1 and 3.5.1, module
by module. Where an interface exists only in the newer version, the test is skipped with the older one.

- test_model, test_lifespan: all rewritten, except the time of a model with a simulator, which is private and
  experimental.
- test_schedule_run: all rewritten, except `run_until` of a time, because a PermitModel runs until a month, and the
  checks inside `Schedule`, which need no model.
- test_agent: all rewritten.
- test_agentset: all rewritten, except the creation of empty sets and of sets with strong references, which need no
  model.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa import Agent
from mesa.agent import AgentSet

from takeup import Migrant, PermitModel, ServiceCentre
from takeup.district import District
from takeup.errors import InputError
from takeup.rules import Knowledge, Status
from takeup.simulation import Engine

ENGINES = pytest.mark.parametrize("engine", ["compiled", "objects"])
HAS_EVENTS = hasattr(mesa.Model, "schedule_event")
WITH_EVENTS = pytest.mark.skipif(not HAS_EVENTS, reason="events are part of Mesa from version 3.5 on")
HAS_CLOCK = hasattr(mesa.Model(), "time")


def make(village: District, engine: Engine = "compiled", **arguments: Any) -> PermitModel:
    return PermitModel(village, agents=60, engine=engine, **{"rng": 1, **arguments})


@pytest.fixture(scope="module", params=["compiled", "objects"])
def half_a_year(request: pytest.FixtureRequest, village: District) -> PermitModel:
    """A model after six months, per engine; the tests that share it do not change it."""
    model = make(village, request.param)
    model.run_until("2010-06")
    return model


@pytest.fixture
def migrants(half_a_year: PermitModel) -> AgentSet:
    """The migrants of the model as a set of the user's own."""
    return AgentSet(list(half_a_year.agents_by_type[Migrant]), random=half_a_year.random)


class Visitor(Agent):  # type: ignore[misc]
    """An agent of the user, which counts its calls."""

    def __init__(self, model: PermitModel, purse: float = 0.0, home: object = None) -> None:
        super().__init__(model)
        self.purse, self.home, self.calls = purse, home, 0

    def visit(self) -> int:
        """Count the call and return the count."""
        self.calls += 1
        return self.calls

    def invite(self) -> None:
        """Create another visitor."""
        Visitor(self.model)


# Model and its schedule of events


def assert_clock(model: PermitModel, months: int) -> None:
    assert model.steps == len(model.rows) == months
    if HAS_CLOCK:
        assert model.time == months


@ENGINES
def test_a_new_model_is_at_its_first_step(village: District, engine: Engine) -> None:
    model = make(village, engine)
    assert model.running
    assert_clock(model, 0)
    for months in (1, 2, 3):
        model.step()
        assert_clock(model, months)


@ENGINES
def test_the_clock_follows_the_months_however_they_are_run(village: District, engine: Engine) -> None:
    model = make(village, engine)
    model.run_until("2010-03")
    assert_clock(model, 3)
    model.step()
    assert_clock(model, 4)
    branch = model.branch(None)
    for each in (model, branch):
        assert_clock(each, 4)
        each.step()
        each.run_until("2010-08")
        each.step()
        assert_clock(each, 9)
    assert branch.rows == model.rows


class Ten(PermitModel):
    """A model that stops after ten steps."""

    def step(self) -> None:
        """Run a month, and stop after the tenth."""
        super().step()
        self.running = self.steps < 10


@ENGINES
def test_a_model_runs_until_it_is_told_to_stop(village: District, engine: Engine) -> None:
    model = Ten(village, agents=60, engine=engine, rng=1)
    model.run_model()
    assert_clock(model, 10)


def test_equal_seeds_give_equal_numbers_and_months(village: District) -> None:
    one, same, other = make(village, rng=23), make(village, rng=23), make(village, rng=24)
    assert [one.seed, same.seed, other.seed] == [23, 23, 24]
    assert one.random.random() == same.random.random() != other.random.random()
    assert np.array_equal(one.rng.random(10), same.rng.random(10))
    for model in (one, same, other):
        model.run_until("2010-06")
    assert one.rows == same.rows != other.rows


@pytest.mark.parametrize("rng", [None, np.random.default_rng(42)])
def test_a_seed_that_was_drawn_reproduces_the_model(village: District, rng: Any) -> None:
    model = make(village, rng=rng)
    rerun = make(village, rng=model.seed)
    for each in (model, rerun):
        each.run_until("2010-06")
    assert model.rows == rerun.rows


@pytest.mark.filterwarnings("ignore:The use of the `seed` keyword argument:FutureWarning")
def test_resetting_a_generator_of_mesa_says_that_migrants_do_not_use_it(village: District) -> None:
    model, untouched = make(village), make(village)
    first = model.rng.random()
    with pytest.warns(UserWarning, match="rng"):
        model.reset_rng(1)
    assert model.rng.random() == first
    plain = model.random.random()
    with pytest.warns(UserWarning, match="random"):
        model.reset_randomizer(1)
    assert model.random.random() == plain
    for each in (model, untouched):
        each.run_until("2010-06")
    assert model.rows == untouched.rows


@ENGINES
def test_the_types_of_agents_are_known_from_the_start(village: District, engine: Engine) -> None:
    model = make(village, engine)
    assert set(model.agent_types) == {Migrant, ServiceCentre}
    visitor = Visitor(model)
    assert set(model.agent_types) == set(model.agents_by_type) == {Migrant, ServiceCentre, Visitor}
    assert list(model.agents_by_type[Visitor]) == [visitor]
    assert sum(len(agents) for agents in model.agents_by_type.values()) == len(model.agents) == 60 + 3 + 1


@ENGINES
def test_a_step_that_fails_does_not_stop_the_model_from_running(village: District, engine: Engine) -> None:
    failing = [True]

    class Failing(PermitModel):
        def step(self) -> None:
            if failing.pop():
                raise RuntimeError("the first step fails")
            super().step()

    model = Failing(village, agents=60, engine=engine, rng=1)
    with pytest.raises(RuntimeError, match="first step"):
        model.step()
    failing += [False, False]
    model.step()
    model.run_until("2010-02")
    assert len(model.rows) == 2


@WITH_EVENTS
@ENGINES
def test_running_for_a_time_runs_as_many_months(village: District, engine: Engine) -> None:
    model, stepped = make(village, engine), make(village, engine)
    model.run_for(1)
    model.run_for(5)
    for _ in range(6):
        stepped.step()
    assert_clock(model, 6)
    assert model.rows == stepped.rows


@WITH_EVENTS
@ENGINES
def test_events_happen_in_months_that_are_run_in_any_way(village: District, engine: Engine) -> None:
    ways: list[Callable[[PermitModel], object]] = [
        lambda model: model.run_for(6),
        lambda model: model.run_until("2010-06"),
        lambda model: [model.step() for _ in range(6)],
    ]
    for run in ways:
        model, log = make(village, engine), list[tuple[str, float]]()
        model.step()

        def once(model: PermitModel = model, log: list[tuple[str, float]] = log) -> None:
            log.append(("once", model.time))

        def later(model: PermitModel = model, log: list[tuple[str, float]] = log) -> None:
            log.append(("later", model.time))

        def never(log: list[tuple[str, float]] = log) -> None:
            log.append(("never", math.nan))

        model.schedule_event(once, at=2.5)
        model.schedule_event(later, after=3.0)
        model.schedule_event(never, at=3.0).cancel()
        model.schedule_event(never, at=100.0)
        run(model)
        assert log == [("once", 2.5), ("later", 4.0)]
        assert len(model.rows) in (6, 7)


@WITH_EVENTS
@ENGINES
def test_recurring_events_happen_as_often_as_they_were_asked_for(village: District, engine: Engine) -> None:
    from mesa.time import Schedule  # noqa: PLC0415 - Mesa 3.3 has no such module

    model, months, times = make(village, engine), list[str](), list[float]()

    def record() -> None:
        months.append(model.rows[-1]["month"])

    def count() -> None:
        times.append(model.time)

    generator = model.schedule_recurring(record, Schedule(interval=2.0, start=2.0))
    model.schedule_recurring(count, Schedule(interval=1.0, start=1.0, count=3))
    model.run_until("2010-06")
    assert months == ["2010-02", "2010-04", "2010-06"]
    assert times == [1.0, 2.0, 3.0]
    generator.stop()
    model.run_until("2010-12")
    assert len(months) == 3


@WITH_EVENTS
def test_nothing_can_be_scheduled_in_the_past(village: District) -> None:
    from mesa.time import Schedule  # noqa: PLC0415 - Mesa 3.3 has no such module

    model = make(village)
    model.run_until("2010-10")
    with pytest.raises(ValueError, match="past"):
        model.schedule_event(print, at=5)
    with pytest.raises(ValueError, match="past"):
        model.schedule_recurring(print, Schedule(interval=1.0, start=3.0))
    with pytest.raises(ValueError, match="exactly one"):
        model.schedule_event(print)


# Agent


@ENGINES
def test_an_agent_of_the_user_can_be_removed(village: District, engine: Engine) -> None:
    model = make(village, engine)
    visitor = Visitor(model)
    assert visitor in model.agents
    model.step()
    visitor.remove()
    assert visitor not in model.agents
    model.step()
    assert visitor not in model.agents


def test_agents_share_the_generators_of_their_model(half_a_year: PermitModel) -> None:
    for agent in (next(iter(half_a_year.agents_by_type[Migrant])), half_a_year.centres[0]):
        assert agent.model is half_a_year
        assert agent.random is half_a_year.random
        assert agent.rng is half_a_year.rng


def test_agents_of_the_user_are_created_in_numbers(village: District) -> None:
    model = make(village)
    purses = model.rng.random(5)
    visitors = Visitor.create_agents(model, 5, purses, home="here")
    assert [visitor.purse for visitor in visitors] == purses.tolist()
    assert {visitor.home for visitor in visitors} == {"here"}
    assert len(Visitor.create_agents(model, 4)) == 4
    assert len(model.agents_by_type[Visitor]) == 9
    if hasattr(Agent, "from_dataframe"):
        frame = pd.DataFrame({"purse": [1.0, 2.0]}, index=[7, 8])
        assert [visitor.purse for visitor in Visitor.from_dataframe(model, frame, home="there")] == [1.0, 2.0]


@ENGINES
def test_only_the_model_creates_migrants_and_centres(village: District, engine: Engine) -> None:
    model = make(village, engine)
    attempts: list[Callable[[], object]] = [
        lambda: Migrant(model, 0),
        lambda: Migrant.create_agents(model, 2, [3, 4]),
        lambda: ServiceCentre(model, 0),
    ]
    for attempt in attempts:
        with pytest.raises(AttributeError, match="the model creates its agents itself"):
            attempt()
    assert len(model.agents) == 60 + 3
    model.step()


@ENGINES
def test_agents_that_left_are_no_longer_in_the_model(village: District, engine: Engine) -> None:
    model = make(village, engine)
    before = list(model.agents_by_type[Migrant])
    model.run_until("2011-06")
    after = set(model.agents_by_type[Migrant])
    gone = [migrant for migrant in before if migrant not in after]
    assert gone
    assert len(after) == 60
    for migrant in gone:
        assert migrant not in model.agents
        with pytest.raises(AttributeError, match="left the district"):
            _ = migrant.trust


# AgentSet


def test_a_set_has_its_agents_in_order(half_a_year: PermitModel, migrants: AgentSet) -> None:
    listed = list(half_a_year.agents_by_type[Migrant])
    assert len(migrants) == len(listed) == 60
    assert all(agent in migrants for agent in listed)
    assert half_a_year.centres[0] not in migrants
    assert list(migrants) == listed
    if hasattr(migrants, "to_list"):
        assert migrants.to_list() == listed


@pytest.mark.filterwarnings("ignore:AgentSet.__getitem__:PendingDeprecationWarning")
def test_agents_are_found_by_their_place(migrants: AgentSet) -> None:
    listed = list(migrants)
    assert migrants[0] is listed[0]
    assert migrants[-1] is listed[-1]
    assert list(migrants[1:3]) == listed[1:3]
    with pytest.raises(IndexError):
        _ = migrants[60]


def test_agents_join_and_leave_a_set_of_the_user(half_a_year: PermitModel, migrants: AgentSet) -> None:
    agent = next(iter(migrants))
    migrants.discard(agent)
    migrants.discard(agent)
    assert agent not in migrants
    with pytest.raises(KeyError):
        migrants.remove(agent)
    migrants.add(agent)
    assert list(migrants)[-1] is agent
    assert agent in half_a_year.agents


def test_a_part_of_the_agents_is_selected(half_a_year: PermitModel, migrants: AgentSet) -> None:
    for at_most, number in ((0.2, 12), (0.549, 32), (0.009, 0), (1.0, 60), (1, 1), (7, 7)):
        assert len(migrants.select(at_most=at_most)) == number
    assert list(migrants.select(at_most=5)) == list(migrants)[:5]
    aware = migrants.select(lambda migrant: migrant.knowledge != Knowledge.UNAWARE)
    assert 2 < len(aware) < 60
    assert len(migrants.select(lambda migrant: migrant.knowledge != Knowledge.UNAWARE, at_most=2)) == 2
    assert list(migrants.select()) == list(migrants)
    assert migrants.select(lambda migrant: migrant in aware, inplace=True) is migrants
    assert list(migrants) == list(aware)
    assert set(half_a_year.agents.select(agent_type=ServiceCentre)) == set(half_a_year.centres)


def test_agents_are_sorted_and_shuffled(migrants: AgentSet) -> None:
    slots = sorted(migrants.get("slot"))
    assert migrants.sort("slot", ascending=True).get("slot") == slots
    assert migrants.sort(lambda migrant: migrant.slot, ascending=False).get("slot") == slots[::-1]
    shuffled = migrants.shuffle()
    assert shuffled.get("slot") != migrants.get("slot")
    assert sorted(shuffled.get("slot")) == slots
    assert migrants.shuffle(inplace=True) is migrants
    assert sorted(migrants.get("slot")) == slots


def test_attributes_are_read_from_all_agents(migrants: AgentSet) -> None:
    assert migrants.get("trust") == [migrant.trust for migrant in migrants]
    assert migrants.get(["slot", "status"]) == [[migrant.slot, migrant.status] for migrant in migrants]
    with pytest.raises(AttributeError, match="purse"):
        migrants.get("purse")
    assert migrants.get("purse", handle_missing="default", default_value=3) == [3] * 60
    assert migrants.get(["slot", "purse"], handle_missing="default", default_value=3)[0] == [
        next(iter(migrants)).slot,
        3,
    ]
    with pytest.raises(ValueError, match="handle_missing"):
        migrants.get("slot", handle_missing="some")


@ENGINES
def test_attributes_are_set_for_all_agents_and_checked(village: District, engine: Engine) -> None:
    model = make(village, engine)
    migrants = model.agents_by_type[Migrant]
    migrants.set("nickname", "x").set("trust", 0.25).set("knowledge", Knowledge.INFORMED)
    assert migrants.get(["nickname", "trust", "knowledge"]) == [["x", 0.25, Knowledge.INFORMED]] * 60
    with pytest.raises(InputError, match="trust: "):
        migrants.set("trust", 2.0)
    with pytest.raises(AttributeError, match="permanent"):
        migrants.set("street", 0)
    assert set(migrants.get("trust")) == {0.25}
    model.step()
    assert model.rows[-1]["informed"] >= 50


def test_attributes_are_aggregated(half_a_year: PermitModel, migrants: AgentSet) -> None:
    trust = np.array(migrants.get("trust"))
    assert migrants.agg("trust", np.mean) == pytest.approx(float(half_a_year.rows[-1]["mean_trust"]))
    assert migrants.agg("slot", [min, max]) == [0, 59]
    assert list(migrants.agg("slot", (min, max, sum))) == [0, 59, sum(range(60))]
    assert migrants.agg("trust", lambda values: sum(values) / len(values)) == pytest.approx(trust.mean())


def test_functions_and_methods_are_called_for_all_agents(migrants: AgentSet) -> None:
    for name in ("do", "map", "shuffle_do"):
        with pytest.raises(AttributeError):
            getattr(migrants, name)("dance")
        with pytest.raises(AttributeError):
            getattr(migrants, name)(lambda migrant: migrant.dance())
    assert migrants.map("attribute", "age") == [migrant.attribute("age") for migrant in migrants]
    assert migrants.map(lambda migrant: migrant.slot) == migrants.get("slot")
    assert migrants.do("attribute", "age") is migrants
    shuffled = list[Migrant]()
    migrants.shuffle_do(shuffled.append)
    assert shuffled != list(migrants)
    assert set(shuffled) == set(migrants)


def test_agents_of_the_user_come_and_go_while_all_are_called(village: District) -> None:
    model = make(village)
    Visitor.create_agents(model, 10)
    model.agents_by_type[Visitor].do("invite")
    assert len(model.agents_by_type[Visitor]) == 20
    assert model.agents_by_type[Visitor].map("visit") == [1] * 20
    model.agents_by_type[Visitor].shuffle_do("remove")
    assert len(model.agents_by_type[Visitor]) == 0
    assert len(model.agents) == 60 + 3


def test_agents_are_grouped(half_a_year: PermitModel, migrants: AgentSet) -> None:
    row = half_a_year.rows[-1]
    groups = migrants.groupby("status")
    assert {str(status): len(group) for status, group in groups} == {
        name: row[name] for name in ("none", "queued", "valid", "lapsed") if row[name]
    }
    assert groups.count() == {status: len(group) for status, group in groups}
    assert len(groups) == len(groups.groups)
    by_street = migrants.groupby(lambda migrant: half_a_year.district.streets[migrant.street])
    assert sum(by_street.count().values()) == 60
    sums = by_street.agg("trust", sum)
    assert sum(sums.values()) == pytest.approx(sum(migrants.get("trust")))
    assert migrants.groupby("street", result_type="list").map(len) == migrants.groupby("street").count()
    for street, streets in migrants.groupby("street", result_type="agentset").map("get", "street").items():
        assert set(streets) == {street}
    assert by_street.do("do", "attribute", "age") is by_street


def test_a_set_is_pickled_with_its_agents(migrants: AgentSet) -> None:
    agents, copied = pickle.loads(pickle.dumps([list(migrants), migrants]))
    assert copied.get("unique_id") == migrants.get("unique_id") == [agent.unique_id for agent in agents]
    assert copied.get("trust") == migrants.get("trust")


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.agents.shuffle(inplace=True),
        lambda model: model.agents_by_type[Migrant].shuffle(inplace=True),
        lambda model: model.agents_by_type[Migrant].sort("trust", inplace=True),
    ],
)
def test_the_order_of_mesas_collections_does_not_change_the_months(
    village: District, change: Callable[[PermitModel], object]
) -> None:
    untouched = make(village)
    untouched.run_until("2010-09")
    for engine in ("compiled", "objects"):
        model = make(village, engine)
        model.run_until("2010-03")
        change(model)
        model.run_until("2010-09")
        assert model.rows == untouched.rows


@ENGINES
@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.agents_by_type[Migrant].select(at_most=5, inplace=True),
        lambda model: model.agents_by_type[Migrant].discard(next(iter(model.agents_by_type[Migrant]))),
        lambda model: model.agents_by_type[ServiceCentre].select(at_most=1, inplace=True),
    ],
)
def test_agents_cannot_be_left_out_of_mesas_collections(
    village: District, engine: Engine, change: Callable[[PermitModel], object]
) -> None:
    """Mesa advises against changing them in place; neither engine runs the month from them."""
    model = make(village, engine)
    model.run_until("2010-03")
    change(model)
    with pytest.raises(InputError, match="the collection of agents was changed"):
        model.step()


@ENGINES
def test_agents_do_not_step_outside_the_months_of_the_model(village: District, engine: Engine) -> None:
    model, untouched = make(village, engine), make(village, engine)
    for _ in range(2):
        for agents, method in (
            (model.agents, "step"),
            (model.agents_by_type[Migrant], "step"),
            (model.agents_by_type[ServiceCentre], "step"),
        ):
            for call in (agents.do, agents.shuffle_do):
                with pytest.raises(
                    AttributeError, match=r"step cannot be called outside a month|only in the step of a model"
                ):
                    call(method)
        with pytest.raises(AttributeError, match=r"outside a month|available only with engine"):
            next(iter(model.agents_by_type[Migrant])).leave(0.0)
        with pytest.raises(AttributeError, match="only in the step of a migrant"):
            model.centres[0].receive(next(iter(model.agents_by_type[Migrant])))
        for each in (model, untouched):
            each.step()
    assert model.rows == untouched.rows


class Hopeful(Migrant):
    """A migrant who makes an applicant of itself without an application."""

    def consider_applying(self) -> None:
        """Set the status alone."""
        self.status = Status.QUEUED


def test_an_applicant_in_no_queue_is_an_error_in_the_month_itself(village: District) -> None:
    model = make(village, "objects", migrant_class=Hopeful)
    with pytest.raises(InputError, match="status QUEUED and is in no queue"):
        model.run_until("2011-12")

"""Mesa's own tests of collecting data, rewritten for a PermitModel: DataCollector and batch_run.

The tests follow those of Mesa 3.3.1 and 3.5.1.

- test_datacollector: all rewritten, except reporters that are added by private methods of Mesa.
- test_batch_run: all rewritten, except `_make_model_kwargs` alone, and collectors of old versions or with several
  collections per step, which need no PermitModel.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import mesa
import pandas as pd
import pytest
from mesa import Agent, DataCollector

from takeup import Migrant, PermitModel, ServiceCentre
from takeup.district import District
from takeup.errors import InputError

HAS_EVENTS = hasattr(mesa.Model, "schedule_event")


class Visitor(Agent):  # type: ignore[misc]
    """A type of agents of which the model has none."""


# DataCollector


def weighted(agent: Any, factor: float, offset: float) -> float:
    return float(agent.unique_id * factor + offset)


def count_agents(model: PermitModel, multiplier: int = 1) -> int:
    return len(model.agents) * multiplier


class Observed(PermitModel):
    """A model with a collector of each kind of reporter, filled by its own step."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.datacollector = DataCollector(
            model_reporters={
                "agents": count_agents,
                "seed": "seed",
                "half": [self.divide, [3, 6]],
                "nothing": [self.divide, [1, 0]],
            },
            agent_reporters={
                "number": "unique_id",
                "double": lambda agent: 2 * agent.unique_id,
                "weighted": [weighted, [2.0, 3.0]],
            },
            agenttype_reporters={
                Migrant: {"trust": "trust", "age": lambda migrant: migrant.attribute("age")},
                ServiceCentre: {"wait": "wait"},
                Agent: {"number": "unique_id"},
            },
            tables={"Queues": ["street", "queue"]},
        )

    def divide(self, numerator: float, denominator: float) -> float | None:
        """Divide, if possible."""
        return numerator / denominator if denominator else None

    def step(self) -> None:
        """Run a month and collect."""
        super().step()
        self.datacollector.collect(self)
        for centre in self.centres:
            self.datacollector.add_table_row("Queues", {"street": centre.street, "queue": len(centre.queue)})


@pytest.fixture(scope="module", params=["compiled", "objects"])
def observed(request: pytest.FixtureRequest, village: District) -> Observed:
    """A model after four months, per engine, with everything collected."""
    model = Observed(village, agents=60, engine=request.param, rng=1)
    model.run_until("2010-04")
    return model


def test_reporters_of_the_model_have_a_value_per_step(observed: Observed) -> None:
    frame = observed.datacollector.get_model_vars_dataframe()
    assert frame.shape == (4, 4)
    assert frame["agents"].tolist() == [63] * 4
    assert frame["seed"].tolist() == [1] * 4
    assert frame["half"].tolist() == [0.5] * 4
    assert frame["nothing"].isna().all()


def test_reporters_of_agents_have_a_row_per_step_and_agent(observed: Observed) -> None:
    frame = observed.datacollector.get_agent_vars_dataframe()
    assert frame.shape == (4 * 63, 3)
    assert frame.index.names == ["Step", "AgentID"]
    assert (frame["number"] == frame.index.get_level_values("AgentID")).all()
    assert (frame["double"] == 2 * frame["number"]).all()
    assert (frame["weighted"] == 2.0 * frame["number"] + 3.0).all()
    assert sorted(set(frame.index.get_level_values("Step"))) == [1, 2, 3, 4]


def test_reporters_of_a_type_of_agents_have_rows_of_that_type(observed: Observed) -> None:
    collector = observed.datacollector
    people, centres = (collector.get_agenttype_vars_dataframe(each) for each in (Migrant, ServiceCentre))
    assert (len(people), len(centres)) == (4 * 60, 4 * 3)
    assert (list(people.columns), list(centres.columns)) == (["trust", "age"], ["wait"])
    last = people.loc[4]["trust"]
    assert float(last.mean()) == pytest.approx(float(observed.rows[-1]["mean_trust"]))
    assert len(collector.get_agenttype_vars_dataframe(Agent)) == 4 * 63
    with pytest.warns(UserWarning, match="No agent-type reporters"):
        assert collector.get_agenttype_vars_dataframe(Visitor).empty


def test_tables_have_the_rows_that_were_added(observed: Observed) -> None:
    collector = observed.datacollector
    table = collector.get_table_dataframe("Queues")
    assert table.shape == (4 * 3, 2)
    assert table["street"].tolist() == [0, 1, 2] * 4
    assert table["queue"].tail(3).sum() == observed.rows[-1]["queued"]
    for attempt in (
        lambda: collector.add_table_row("Queue", {}),
        lambda: collector.add_table_row("Queues", {"queue": 1}),
        lambda: collector.get_table_dataframe("Queue"),
    ):
        with pytest.raises(Exception, match=r"(?i)table|insert"):
            attempt()
    assert len(collector.get_table_dataframe("Queues")) == 12


def test_engines_collect_the_same(village: District) -> None:
    frames = []
    for engine in ("compiled", "objects"):
        model = Observed(village, agents=60, engine=engine, rng=1)
        model.run_until("2010-04")
        trust = model.datacollector.get_agenttype_vars_dataframe(Migrant)["trust"]
        frames.append([sorted(values) for _, values in trust.groupby("Step")])
    assert frames[0] == frames[1]


def test_reporters_added_to_the_models_own_collector_are_used(village: District) -> None:
    model = PermitModel(village, agents=60, rng=1)
    model.run_until("2010-02")
    collector = model.datacollector
    collector.model_reporters["agents"] = partial(count_agents, multiplier=2)
    model.run_until("2010-05")
    frame = collector.get_model_vars_dataframe()
    assert frame["agents"].tolist()[2:] == [126] * 3
    assert frame["month"].tolist() == [row["month"] for row in model.rows]


def broken(model: PermitModel) -> object:
    raise RuntimeError("this reporter fails")


@pytest.mark.parametrize(
    ("reporter", "error"),
    [
        (lambda model: model.nowhere, RuntimeError),
        (broken, RuntimeError),
        ("nowhere", Exception),
        (["not a function", [1, 2]], ValueError),
    ],
)
def test_a_reporter_that_cannot_work_is_an_error(observed: Observed, reporter: Any, error: type) -> None:
    collector = DataCollector(model_reporters={"wrong": reporter})
    with pytest.raises(error, match=r"nowhere|fails|not a function|wrong"):
        collector.collect(observed)


def test_a_missing_attribute_of_an_agent_is_reported_as_mesa_does(observed: Observed) -> None:
    collector = DataCollector(agenttype_reporters={Migrant: {"purse": "purse"}})
    if HAS_EVENTS:
        with pytest.raises(AttributeError, match="purse"):
            collector.collect(observed)
    else:
        collector.collect(observed)
        assert collector.get_agenttype_vars_dataframe(Migrant)["purse"].isna().all()


def test_collected_values_do_not_change_afterwards(village: District) -> None:
    model = PermitModel(village, agents=60, rng=1)
    model.datacollector = DataCollector(
        model_reporters={"queues": lambda model: [centre.queue for centre in model.centres]},
        agenttype_reporters={ServiceCentre: {"queue": "queue"}},
    )
    queues_by_month = []
    for _ in range(8):
        model.step()
        queues_by_month.append([centre.queue for centre in model.centres])
    assert any(any(queues) for queues in queues_by_month)
    assert model.datacollector.get_model_vars_dataframe()["queues"].tolist() == queues_by_month
    queues = model.datacollector.get_agenttype_vars_dataframe(ServiceCentre)["queue"].tolist()
    assert queues == [queue for month in queues_by_month for queue in month]


# batch_run

SEEDS_ARE_AN_ARGUMENT = "rng" in inspect.signature(mesa.batch_run).parameters
"""Before Mesa 3.4 seeds were parameters of the model like others."""


class Batched(PermitModel):
    """A model that collects the waits of its centres; at the top level, so that other processes find it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.datacollector = DataCollector(
            model_reporters={"month": lambda model: model.rows[-1]["month"]},
            agent_reporters={"number": "unique_id", "seen": lambda agent: agent.model.rows[-1]["month"]},
        )


def batch(model_class: type[PermitModel], village: District, seeds: list[int], **arguments: Any) -> pd.DataFrame:
    parameters = {"district": village, "agents": 60, "until": "2010-04", **arguments.pop("parameters", {})}
    options: dict[str, Any] = {"number_processes": 1, "data_collection_period": 1, "display_progress": False}
    options |= arguments
    if SEEDS_ARE_AN_ARGUMENT:
        options["rng"] = seeds
    else:
        parameters["rng"] = seeds
    return pd.DataFrame(mesa.batch_run(model_class, parameters, **options))


def months_of(table: pd.DataFrame) -> list[str]:
    return sorted(set(table["month"]))


def test_a_batch_runs_every_combination_with_every_seed(village: District) -> None:
    table = batch(
        PermitModel,
        village,
        [1, 2],
        parameters={
            "engine": ["compiled", "objects"],
            "scenario": [None, "publicity"],
            "start": "2019-01",
            "until": "2019-04",
        },
    )
    assert table["RunId"].nunique() == 8
    assert months_of(table) == ["2019-01", "2019-02", "2019-03", "2019-04"]
    for _, rows in table.groupby(["rng", "scenario", "month"], dropna=False):
        assert len(set(rows["valid"])) == 1  # the engines agree


def test_a_batch_collects_the_last_month_by_default(village: District) -> None:
    table = batch(PermitModel, village, [1], data_collection_period=-1)
    assert len(table) == 1
    assert months_of(table) == ["2010-04"]


def test_a_batch_stops_after_the_given_steps(village: District) -> None:
    table = batch(PermitModel, village, [1], max_steps=2)
    assert len(months_of(table)) in (2, 3)  # Mesa 3.3 runs one step more than was asked for
    assert months_of(table)[:2] == ["2010-01", "2010-02"]


def test_values_that_cannot_be_hashed_are_parameters_of_a_batch(village: District) -> None:
    table = batch(PermitModel, village, [1], parameters={"parameters": [{"settle": 0.0}, {"settle": 0.01}]})
    assert table["RunId"].nunique() == 2
    assert table["parameters"].tolist()[0] == {"settle": 0.0}
    with pytest.raises(InputError, match="parameters: the value is not a mapping of values by name"):
        batch(PermitModel, village, [1], parameters={"parameters": {"settle": 0.0}})
    with pytest.raises(ValueError, match="empty"):
        batch(PermitModel, village, [1], parameters={"scenario": []})


def test_a_batch_collects_reporters_of_agents(village: District) -> None:
    table = batch(Batched, village, [1, 2])
    rows = table.dropna(subset="AgentID")
    assert (rows["number"] == rows["AgentID"]).all()
    assert (rows.groupby(["RunId", "Step"]).size() == 63).all()
    # Mesa 3.3 pairs the agents of a step with the model's columns of the next one, see docs/mesa.md.
    pairs = {("2010-01", "2010-02"), ("2010-02", "2010-03"), ("2010-03", "2010-04")}
    if HAS_EVENTS:
        pairs = {(month, month) for month in months_of(table)}
    assert set(zip(rows["seen"], rows["month"], strict=True)) == pairs


@pytest.mark.slow
def test_processes_of_a_batch_give_the_same_rows(village: District) -> None:
    alone, shared = (batch(PermitModel, village, [1, 2, 3], number_processes=number) for number in (1, 2))
    keys = ["rng", "month", "Step"]
    columns = ["rng", "month", "Step", "population", "valid", "mean_trust"]
    pd.testing.assert_frame_equal(
        *(each.sort_values(keys)[columns].reset_index(drop=True) for each in (alone, shared)), check_exact=True
    )

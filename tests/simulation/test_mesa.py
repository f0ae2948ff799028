"""What Mesa's own tools make of a PermitModel: batches, collected data, garbage."""

from __future__ import annotations

import gc
import inspect
import weakref
from collections.abc import Callable
from typing import Any

import mesa
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from takeup import PermitModel
from takeup.district import District
from takeup.simulation import COLUMNS, Engine

ENGINES = pytest.mark.parametrize("engine", ["compiled", "objects"])


def test_the_collected_data_are_the_monthly_table(village: District) -> None:
    model = PermitModel(village, agents=200, rng=1)
    model.run_until("2011-06")
    collected = model.datacollector.get_model_vars_dataframe()
    assert_frame_equal(collected, model.history(), check_exact=True)
    assert list(collected.columns) == list(COLUMNS)


def test_the_collected_data_of_a_branch_begin_with_the_history_it_shares(village: District) -> None:
    model = PermitModel(village, agents=200, rng=1)
    model.run_until("2010-06")
    branch = model.branch(None)
    branch.run_until("2011-06")
    assert_frame_equal(branch.datacollector.get_model_vars_dataframe(), branch.history(), check_exact=True)
    assert len(branch.history()) == branch.steps == 18


@ENGINES
def test_a_batch_of_seeds_is_run_by_mesa(village: District, engine: Engine) -> None:
    parameters: dict[str, Any] = {
        "district": village,
        "agents": 100,
        "engine": engine,
        "until": "2010-06",
        "scenario": [None, "publicity"],
    }
    seeds: dict[str, Any] = {"rng": [1, 2]}
    if "rng" not in inspect.signature(mesa.batch_run).parameters:  # before Mesa 3.4 seeds were parameters like others
        parameters, seeds = parameters | seeds, {}
    rows = mesa.batch_run(
        PermitModel,
        parameters,
        **seeds,
        number_processes=1,
        data_collection_period=1,
        display_progress=False,
    )
    table = pd.DataFrame(rows)
    assert len(table.groupby(["rng", "scenario"], dropna=False)) == 4  # Mesa's versions number runs differently
    for seed in (1, 2):
        alone = PermitModel(village, None, 100, engine, seed, until="2010-06")
        alone.run_until("2010-06")
        batched = table[(table["rng"] == seed) & table["scenario"].isna() & (table["month"] > "")]
        assert batched.drop_duplicates("month")["valid"].tolist() == alone.history()["valid"].tolist()
        assert batched["month"].max() == "2010-06"


def test_a_model_stops_running_after_its_last_month(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1, until="2010-04")
    months = 0
    while model.running:
        model.step()
        months += 1
    assert months == 4


def test_a_model_that_goes_on_from_its_last_month_does_not_run(village: District) -> None:
    """batch_run and dashboards step while `running`: they would live a month too many."""
    model = PermitModel(village, agents=100, rng=1, until="2010-04")
    model.run_until("2010-04")
    assert not model.running
    assert not model.branch(None).running


def collected_after(use: Callable[[PermitModel], object], district: District, engine: Engine) -> bool:
    """Whether the model is freed once nothing refers to it."""
    model = PermitModel(district, agents=100, engine=engine, rng=1)
    use(model)
    alive = weakref.ref(model)
    del model
    gc.collect()
    return alive() is None


@ENGINES
def test_a_model_whose_agents_were_asked_for_is_freed(village: District, engine: Engine) -> None:
    """Mesa 3.3 keeps every model alive in the table it numbers agents by."""
    assert collected_after(lambda model: list(model.agents), village, engine)


@ENGINES
def test_a_model_that_has_run_some_months_is_freed(village: District, engine: Engine) -> None:
    assert collected_after(lambda model: model.run_until("2010-06"), village, engine)


@ENGINES
def test_a_model_whose_agents_were_asked_for_again_and_again_is_freed(village: District, engine: Engine) -> None:
    def read_every_month(model: PermitModel) -> None:
        for _ in range(5):
            list(model.agents)
            model.step()

    assert collected_after(read_every_month, village, engine)


def test_a_model_whose_centres_were_asked_for_is_freed(village: District) -> None:
    assert collected_after(lambda model: model.centres, village, "compiled")

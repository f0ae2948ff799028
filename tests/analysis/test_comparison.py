"""The table of a comparison, with invented runs."""

from __future__ import annotations

import numpy as np
import pytest

from takeup.analysis.compare.result import comparison_table, cost_per_permit

MONTHS = ["2019-11", "2019-12"]


def runs(valid: list[float], cost: list[float]) -> dict[str, np.ndarray]:
    """Two equal replicates of 100 persons."""
    nothing = np.zeros((2, len(MONTHS)))
    columns = {"valid": np.array([valid] * 2), "cost_cny": np.array([cost] * 2), "population": nothing + 100.0}
    return columns | dict.fromkeys(("issued", "lapses", "wait_months"), nothing)


def test_a_permit_costs_what_is_spent_beyond_the_baseline() -> None:
    """The baseline has costs if the district's own dated rules have them."""
    results = {"baseline": runs([20, 20], [300, 600]), "letters": runs([20, 30], [400, 1100])}
    table = comparison_table(results, MONTHS, 10.0, drawn=False).set_index(["scenario", "month"])
    assert table.loc[("letters", "2019-12"), "cost_cny"] == 1100
    assert table.loc[("letters", "2019-12"), "difference_persons"] == 100
    assert table.loc[("letters", "2019-12"), "cost_per_permit"] == pytest.approx(5.0)
    assert np.isnan(table.loc[("letters", "2019-11"), "cost_per_permit"])
    assert table.loc["baseline", "cost_per_permit"].isna().all()


def test_what_costs_nothing_beyond_the_baseline_has_no_cost_a_permit() -> None:
    results = {"baseline": runs([20, 20], [300, 600]), "thrift": runs([25, 30], [300, 500])}
    table = comparison_table(results, MONTHS, 10.0, drawn=False).set_index("scenario")
    assert table.loc["thrift", "cost_per_permit"].isna().all()
    assert table.loc["thrift", "difference_points"].tolist() == pytest.approx([5.0, 10.0])


def test_a_cost_per_permit_over_draws_is_infinite_where_a_draw_has_no_additional_permit() -> None:
    """Costs per permit of 10, 5 and 2 yuan, and of a draw that loses permits."""
    costs = np.array([[100.0, 0.0], [100.0, 0.0], [100.0, 0.0], [100.0, 0.0]])
    permits = np.array([[10.0, 1.0], [20.0, 1.0], [50.0, 1.0], [-5.0, 1.0]])
    estimate = cost_per_permit(costs, permits)
    assert estimate.center[0] == pytest.approx(100.0 / 15.0)
    assert estimate.low[0] == pytest.approx(100.0 / np.quantile(permits[:, 0], 0.95))
    assert np.isposinf(estimate.high[0])
    assert np.isnan([estimate.low[1], estimate.center[1], estimate.high[1]]).all()

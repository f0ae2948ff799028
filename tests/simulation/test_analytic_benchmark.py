"""The yardstick: what an independent prototype of the same rules gave on the template, from other random numbers.

The prototype's figures are given to a tenth of a point. With 40,000 migrants the take-up of two seeds differs by some
0.3 points; what a policy changes differs less, for it is met by the same people with the same luck.
"""

from __future__ import annotations

from typing import Any

import pytest

from takeup import PermitModel
from takeup.district import SERVICES, District
from tests.scenario.written import policy

LIKE_LIWAN = 1.96
"""The factor on every value that takes the template to 24.2 percent."""

POLICIES: dict[str, list[dict[str, Any]]] = {
    "publicity three times": [{"lever": "publicity", "multiply": 3}],
    "half the papers, half of them shared": [
        {"lever": "documents", "multiply": 0.5},
        {"lever": "data_sharing", "set": 0.5},
    ],
    "feedback": [{"lever": "feedback", "set": 0.5}],
    "reminders": [{"lever": "remember", "set": 0.95}],
    "school places three times": [{"lever": "supply.schooling", "multiply": 3}],
}
EFFECTS = {
    "publicity three times": 6.9,
    "half the papers, half of them shared": 5.9,
    "feedback": 3.9,
    "reminders": 1.2,
    "school places three times": 0.6,
    "all five": 17.4,
    "a quarter of the capacity": -12.0,
}
"""Points of take-up at the end of 2023."""


def valid_share(model: PermitModel) -> float:
    return 100.0 * float(model.rows[-1]["valid"]) / float(model.rows[-1]["population"])


@pytest.fixture(scope="module")
def history(template: District) -> PermitModel:
    """The template with greater values, at the end of 2018."""
    values = {f"value.{service}": LIKE_LIWAN * template.parameters.number(f"value.{service}") for service in SERVICES}
    model = PermitModel(template, agents=40_000, rng=1, parameters=values)
    model.run_until("2018-12")
    return model


@pytest.fixture(scope="module")
def unchanged(history: PermitModel) -> float:
    """Take-up at the end of 2023 if nothing is changed."""
    model = history.branch(None)
    model.run_until("2023-12")
    return valid_share(model)


def test_with_greater_values_the_template_stands_where_liwan_does(history: PermitModel) -> None:
    assert valid_share(history) == pytest.approx(24.2, abs=0.8)


@pytest.mark.parametrize("name", EFFECTS)
def test_a_policy_moves_take_up_as_far_as_in_the_prototype(history: PermitModel, unchanged: float, name: str) -> None:
    changes = POLICIES.get(name) or [each for changes in POLICIES.values() for each in changes]
    if name == "a quarter of the capacity":
        changes = [{"lever": "capacity", "multiply": 0.25}]
    model = history.branch(policy(*({**change, "from": "2019-01"} for change in changes)))
    model.run_until("2023-12")
    assert valid_share(model) - unchanged == pytest.approx(EFFECTS[name], abs=0.7)

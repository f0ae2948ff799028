"""Counts of a small run with neutral values of later mechanisms: equal attentiveness and no dated rules.

The digest was computed before these mechanisms existed. It changes only if the random numbers or the rules change.
"""

from __future__ import annotations

import hashlib

import pytest

from takeup import PermitModel

COLUMNS = (
    "population", "valid", "lapsed", "applications", "issued", "returned", "registered", "qualified", "informed",
)  # fmt: skip
REFERENCE = "2e3e871877a0a28c3de900a4308ed401f7b4f1d724d7b50741efdd4e705a34fe"
"""SHA-256 of the counts of the template from January 2010 to December 2013, with 6,000 migrants and seed 7."""


def counts_digest(model: PermitModel) -> str:
    counts = [[int(row[name]) for name in COLUMNS] for row in model.rows]
    return hashlib.sha256(repr(counts).encode()).hexdigest()


@pytest.mark.parametrize("engine", ["compiled", pytest.param("objects", marks=pytest.mark.slow)])
def test_neutral_values_give_the_counts_of_the_model_without_the_mechanisms(engine: str) -> None:
    model = PermitModel("template", None, 6_000, engine, rng=7, parameters={"attention_spread": 0.0})
    model.run_until("2013-12")
    assert counts_digest(model) == REFERENCE


def test_unequal_attentiveness_changes_the_counts() -> None:
    model = PermitModel("template", None, 6_000, rng=7, parameters={"attention_spread": 0.5})
    model.run_until("2013-12")
    assert counts_digest(model) != REFERENCE

"""The ODD document has every part that the protocol asks for, in its order."""

from __future__ import annotations

import re

from tests.docs.pages import REPOSITORY

ELEMENTS = (
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialisation",
    "Input data",
    "Submodels",
)
CONCEPTS = (
    "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction",
    "Stochasticity", "Collectives", "Observation",
)  # fmt: skip
"""Grimm et al. 2020."""
FEWEST_WORDS = 15
ODD = (REPOSITORY / "docs" / "odd.md").read_text(encoding="utf-8")


def test_the_seven_elements_stand_in_order() -> None:
    assert re.findall(r"^## (.+)$", ODD, re.MULTILINE) == [f"{n}. {name}" for n, name in enumerate(ELEMENTS, 1)]


def test_the_eleven_design_concepts_stand_in_order_and_say_something() -> None:
    section = ODD.split("## 4. Design concepts")[1].split("\n## ")[0]
    parts = [part.split("\n\n", 1) for part in section.split("\n### ")[1:]]
    assert tuple(name for name, _ in parts) == CONCEPTS
    assert all(len(text.split()) > FEWEST_WORDS for _, text in parts)


def test_the_tables_are_filled() -> None:
    for name in ("migrant", "state", "schedule", "parameters"):
        table = ODD.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
        assert table.count("\n| ") >= 9, name

"""Scenarios written in a test instead of a file."""

from __future__ import annotations

from typing import Any

from takeup.io import parse_model
from takeup.scenario import Intervention, Scenario, SourcedIntervention


def policy(*interventions: dict[str, Any], name: str = "tried") -> Scenario:
    """A scenario of these interventions, each in the format of a table in a file."""
    stated = tuple(
        SourcedIntervention(parse_model(Intervention, each), None, number)
        for number, each in enumerate(interventions, 1)
    )
    return Scenario(name, name, "", "a test", stated)

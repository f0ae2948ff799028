"""The census changes by those who changed; here it is held against counting everyone anew."""

from __future__ import annotations

import numpy as np
import pytest

from takeup import PermitModel
from takeup.rules import INFORMED, VALID
from takeup.simulation.census import COUNTER, COUNTER_BITS, Census, initial_census

COUNTS = ("persons", "counted", "voice", "heard", "trust", "by_profile", "by_street")


def anew(model: PermitModel) -> Census:
    return initial_census(model.state, model.world, model.months_to_qualify)


@pytest.mark.parametrize("scenario", ["all_five", "temporary_permit"])
def test_the_counts_are_those_of_counting_everyone_anew(scenario: str) -> None:
    model = PermitModel("template", scenario, agents=3_000, rng=3, start="2018-01", until="2021-12")
    for _ in range(48):
        model.step()
        for name in COUNTS:
            assert getattr(model.census, name).tobytes() == getattr(anew(model), name).tobytes(), name


def test_what_is_written_between_two_months_is_counted_at_the_end_of_the_next() -> None:
    model = PermitModel("template", agents=3_000, rng=3)
    model.run_until("2012-12")
    before = int(model.census.persons["informed"].sum())
    model.state.migrants.knowledge[:] = INFORMED
    model.step()
    assert int(model.census.persons["informed"].sum()) > before + 1_000
    assert model.census.heard.tobytes() == anew(model).heard.tobytes()


def test_everyone_hears_what_their_contacts_are() -> None:
    """Against the contacts' own columns."""
    model = PermitModel("template", agents=3_000, rng=3)
    model.run_until("2014-12")
    lives = model.world.rank < model.state.population
    holds, knows = (
        (model.state.migrants.status == VALID) & lives,
        (model.state.migrants.knowledge == INFORMED) & lives,
    )
    contacts = model.world.contacts
    assert ((model.census.heard >> COUNTER_BITS) & COUNTER == holds[contacts].sum(axis=1)).all()
    assert (model.census.heard & COUNTER == knows[contacts].sum(axis=1)).all()
    assert np.count_nonzero(holds) > 100

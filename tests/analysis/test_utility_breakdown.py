"""The terms of a migrant's utility agree with the funnel and with the simulated month."""

from __future__ import annotations

import pytest

from takeup import Migrant, PermitModel
from takeup.analysis import utility_breakdown
from takeup.analysis.why import attribute_reasons, take_snapshot
from takeup.simulation import Engine


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_the_terms_make_up_what_the_funnel_weighs(engine: Engine) -> None:
    model = PermitModel("liwan", agents=2_000, engine="compiled", rng=1)
    model.run_until("2018-12")
    model = PermitModel("liwan", agents=2_000, engine=engine, rng=1, checkpoint=model.checkpoint())
    model.step()
    utilities = attribute_reasons(take_snapshot(model)).utilities[:, 0]
    people = list(model.agents_by_type[Migrant])[:200]
    for migrant in people:
        assert utility_breakdown(migrant).utility == pytest.approx(utilities[migrant.slot], abs=1e-12)
        assert sum(utility_breakdown(migrant).terms.values()) == pytest.approx(utilities[migrant.slot], abs=1e-12)
    assert len({utility_breakdown(migrant).understanding for migrant in people}) > 1


def test_a_changed_attribute_changes_the_utility() -> None:
    model = PermitModel("liwan", agents=2_000, rng=1)
    model.step()
    migrant = next(iter(model.agents_by_type[Migrant]))
    migrant.trust, migrant.knowledge = 0.0, 2
    assert utility_breakdown(migrant).benefit == 0.0
    migrant.trust = 1.0
    better = utility_breakdown(migrant)
    assert better.benefit == pytest.approx(better.stay * better.services)
    assert better.parts.learning == 0.0

"""The month is the one that the description of the model tells: every person, queue and service, in every month."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeup import PermitModel
from takeup.district import District
from takeup.scenario import Scenario
from tests.hypothesis_profiles import examples
from tests.scenario.strategies import parameters, policies
from tests.simulation.comparison import queues
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS, SHRINKING
from tests.simulation.reference_model import ReferenceMonth


def run_and_compare(
    district: District, scenario: Scenario | None, agents: int, months: int, overrides: dict[str, float]
) -> PermitModel:
    """Live a model, each month beside the month told from the state before it.

    Whole numbers must agree exactly. Fractions may be added up in another order; so in principle a person whose
    utility is 0 but for rounding could decide otherwise, which none of these does.
    """
    model = PermitModel(district, scenario, agents, rng=6, parameters=overrides)
    for _ in range(months):
        expected = ReferenceMonth(model).run()
        model.step()
        row, columns = model.rows[-1], model.state.columns
        month = str(row["month"])
        assert sorted(expected.people) == np.flatnonzero(model.state.occupied(model.world)).tolist(), month
        for slot, person in expected.people.items():
            actual = {name: columns[name][slot].item() for name in person}
            trust, expected_trust = actual.pop("trust"), person.pop("trust")
            assert actual == person, f"slot {slot}, {month}"
            assert abs(trust - expected_trust) < 1e-12, f"slot {slot}, {month}"
        assert [queue.tolist() for queue in queues(model)] == expected.queues, month
        for name in ("credit", "wait", "delivered", "reputation"):
            np.testing.assert_allclose(getattr(model.state, name), getattr(expected, name), rtol=1e-9, atol=1e-12)
        assert abs(model.state.red_tape - expected.red_tape) < 1e-12, month
        assert {flow: row[flow] for flow in expected.flows} == dict(expected.flows), month
    return model


def test_the_month_agrees_with_the_reference_model_under_a_scenario_with_every_event(village: District) -> None:
    run_and_compare(with_counts(village, SHRINKING), EVERYTHING, 400, 24, PARAMETERS)


def test_the_month_agrees_with_the_reference_model_on_the_template(template: District) -> None:
    model = run_and_compare(template, None, 1_600, 40, {})
    history = model.history()
    for flow in ("returned", "issued", "endorsed", "endorsed_late", "lapses", "departures_valid"):
        assert history[flow].sum() > 0, flow


def test_the_month_agrees_with_the_reference_model_while_the_population_grows(liwan: District) -> None:
    run_and_compare(liwan, None, 1_600, 20, {})


@settings(max_examples=examples(25))
@given(st.data())
def test_the_month_agrees_with_the_reference_model_under_random_scenarios_and_parameters(
    village: District, data: st.DataObject
) -> None:
    counts = data.draw(st.dictionaries(st.sampled_from(["2010-03", "2010-07"]), st.integers(1, 120)))
    place = with_counts(village, dict(sorted({"2009-06": 100, **counts}.items())))
    run_and_compare(place, data.draw(policies(village)), 100, 15, data.draw(parameters()))

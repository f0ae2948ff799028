"""The census is updated by the migrants who changed; here it is compared with a complete count."""

from __future__ import annotations

import numpy as np
import pytest

from takeup import PermitModel
from takeup.rules import INFORMED, VALID
from takeup.simulation.census import Census, initial_census, unpack_counts
from takeup.simulation.state import CENSUS

COUNTS = ("residents", "codes", "signals", "contact_counts", "trust", "by_profile", "by_street")
INFORMED_FIELD = list(CENSUS.names or ()).index("informed")


def anew(model: PermitModel) -> Census:
    return initial_census(model.state, model.world, model.months_to_qualify)


@pytest.mark.parametrize("scenario", ["all_five", "temporary_permit"])
def test_the_counts_are_those_of_a_new_census(scenario: str) -> None:
    model = PermitModel("template", scenario, agents=3_000, rng=3, start="2018-01", until="2021-12")
    for _ in range(48):
        model.step()
        for name in COUNTS:
            assert getattr(model.census, name).tobytes() == getattr(anew(model), name).tobytes(), name


def test_the_counts_are_those_of_the_columns() -> None:
    """By street and profile, by street, and by profile: counted from the migrants' own columns."""
    model = PermitModel("template", "all_five", agents=3_000, rng=3, start="2018-01", until="2021-12")
    model.run_until("2020-06")
    migrants, occupied = model.state.migrants, np.flatnonzero(model.state.occupied(model.world))
    streets, profiles = model.world.street_of(occupied), migrants.profile[occupied].astype(np.int64)
    residents = np.zeros_like(model.census.residents)
    np.add.at(residents, (streets, profiles), 1)
    assert (residents == model.census.residents).all()
    for name, is_counted in {
        "population": np.ones(len(occupied), bool),
        "valid": migrants.status[occupied] == VALID,
        "informed": migrants.knowledge[occupied] == INFORMED,
        "registered": migrants.registered_months[occupied] >= 0,
    }.items():
        field = list(CENSUS.names or ()).index(name)
        for counts, numbers in ((model.census.by_street, streets), (model.census.by_profile, profiles)):
            expected = np.bincount(numbers, is_counted, minlength=len(counts))
            assert (counts[:, field] == expected).all(), name


def test_what_is_written_between_two_months_is_counted_at_the_end_of_the_next() -> None:
    model = PermitModel("template", agents=3_000, rng=3)
    model.run_until("2012-12")
    before = int(model.census.by_street[:, INFORMED_FIELD].sum())
    model.state.migrants.knowledge[:] = INFORMED
    model.step()
    assert int(model.census.by_street[:, INFORMED_FIELD].sum()) > before + 1_000
    assert model.census.contact_counts.tobytes() == anew(model).contact_counts.tobytes()


def test_everyone_hears_what_their_contacts_are() -> None:
    """Against the contacts' own columns."""
    model = PermitModel("template", agents=3_000, rng=3)
    model.run_until("2014-12")
    occupied = model.state.occupied(model.world)
    holds, knows = (
        (model.state.migrants.status == VALID) & occupied,
        (model.state.migrants.knowledge == INFORMED) & occupied,
    )
    contacts = model.world.contacts
    counts = [unpack_counts(int(packed)) for packed in model.census.contact_counts]
    assert [count.valid for count in counts] == holds[contacts].sum(axis=1).tolist()
    assert [count.informed for count in counts] == knows[contacts].sum(axis=1).tolist()
    assert np.count_nonzero(holds) > 100

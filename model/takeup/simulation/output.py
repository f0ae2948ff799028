"""Output of a run: records of its months, and the tables made from them.

Compiled code writes `Records`, arrays by month. `month_columns` and `group_counts` convert them to the columns of the
monthly table and to counts by group, and `people_table` lists the residents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.compilation import njit_borrowed_arrays
from takeup.district import ATTRIBUTES, GROUPS, LEVEL_OF, PROFILES, SERVICES
from takeup.months import format_month
from takeup.rules import KNOWLEDGE, LAPSE_CAUSES, STATUSES
from takeup.rules.administration import current_wait
from takeup.simulation.census import WORDS, Census, unpack_words
from takeup.simulation.state import CENSUS, FLOWS, StateArrays

if TYPE_CHECKING:
    from takeup.simulation.district_model import DistrictModel


_FIRST_LEVELS = np.array([GROUPS.index((attribute, levels[0])) for attribute, levels in ATTRIBUTES.items()])
_GROUPS_OF_PROFILE = np.stack([LEVEL_OF[attribute] for attribute in ATTRIBUTES], axis=1) + _FIRST_LEVELS
"""(profiles, attributes) number of the group that each profile belongs to, by attribute."""


class Records(NamedTuple):
    """Records of consecutive months.

    The phases of a month write the first three arrays, and `record_month` writes the others at the end of the month.
    M months, S streets, G levels of attributes, P profiles.
    """

    flows: NDArray[np.void]
    """(M, S) records of type `FLOWS`."""
    net: NDArray[np.float64]
    """(M, S) applications that each centre can process besides its endorsements."""
    joined: NDArray[np.int64]
    """(M, S) number of applicants accepted in the month."""
    queued: NDArray[np.int64]
    """(M,) sum of the lengths of all queues."""
    trust: NDArray[np.float64]
    """(M, S) sum of trust."""
    red_tape: NDArray[np.float64]
    """(M,) red tape; 1 is usual."""
    reputation: NDArray[np.float64]
    delivered: NDArray[np.float64]
    """(M, services) reputation of each service, and share of its promise that it delivers."""
    groups: NDArray[np.uint64]
    """(M, G + S, WORDS) packed counts by level and by street, see `Census`."""
    residents: NDArray[np.int32]
    """(M, S, P) persons by street and profile; (0, S, P) if they are not recorded."""


def new_records(months: int, streets: int, *, residents: bool) -> Records:
    """Create the records of a number of months, with all values 0.

    Args:
        months: number of months.
        streets: number of streets.
        residents: whether persons by street and profile are recorded.
    """
    return Records(
        flows=np.zeros((months, streets), FLOWS),
        net=np.zeros((months, streets)),
        joined=np.zeros((months, streets), np.int64),
        queued=np.zeros(months, np.int64),
        trust=np.zeros((months, streets)),
        red_tape=np.zeros(months),
        reputation=np.zeros((months, len(SERVICES))),
        delivered=np.zeros((months, len(SERVICES))),
        groups=np.zeros((months, len(GROUPS) + streets, WORDS), np.uint64),
        residents=np.zeros((months if residents else 0, streets, PROFILES), np.int32),
    )


@njit_borrowed_arrays
def record_month(records: Records, i: int, state: StateArrays, census: Census) -> None:
    """Write the records at the end of a month.

    The phases of the month have written the first three arrays. Single numbers are written, not slices, whose checks
    of shapes take numba seconds to compile.

    Args:
        records: receives the values.
        i: index of the month in the records.
        state, census: state and census at the end of the month.
    """
    groups, profile_words = records.groups[i], census.profile_words
    streets, queued = len(state.length), 0
    for street in range(streets):
        queued += state.length[street]
        records.trust[i, street] = census.trust[street]
        for word in range(WORDS):
            groups[len(groups) - streets + street, word] = census.street_words[street, word]
    records.queued[i] = queued
    records.red_tape[i] = state.red_tape[0]
    for service in range(len(state.delivered)):
        records.reputation[i, service] = state.reputation[service]
        records.delivered[i, service] = state.delivered[service]
    if len(records.residents):
        for street in range(streets):
            for profile in range(len(profile_words)):
                records.residents[i, street, profile] = census.residents[street, profile]
    for profile in range(len(profile_words)):
        inhabited = np.uint64(0)
        for word in range(WORDS):
            inhabited |= profile_words[profile, word]
        if inhabited:
            for attribute in range(_GROUPS_OF_PROFILE.shape[1]):
                group = _GROUPS_OF_PROFILE[profile, attribute]
                for word in range(WORDS):
                    groups[group, word] += profile_words[profile, word]


Row = dict[str, float | int | str]

COLUMNS: Final[dict[str, str]] = {
    "month": "the month, YYYY-MM",
    "population": "persons who live in the district at the end of the month",
    "valid": "persons whose permit is in force",
    "queued": "persons whose complete application waits at a service centre",
    "lapsed": "persons whose permit was not endorsed",
    "none": "persons who never had a permit and have no application in a queue",
    "unaware": "persons who do not know of the permit",
    "heard": "persons who have heard of the permit, but do not know how to get it",
    "informed": "persons who know what the permit is for and how to get it",
    "registered": "persons whose residence is registered",
    "qualified": "persons entitled to apply",
    "applications": "applications made in the month, including those returned",
    "returned": "applications returned as incomplete",
    "issued": "permits issued",
    "endorsed": "permits endorsed, including late endorsements",
    "lapses": "permits that were due for endorsement and were not endorsed",
    "departures": "persons who left the district, without those who settled",
    "arrivals": "persons who moved to the district",
    "settled": "holders who gained local household registration",
    "endorsed_late": "lapsed permits that were endorsed late",
    "departures_valid": "departures of persons whose permit was in force",
    "mean_trust": "mean trust of the residents",
    "wait_months": "length of all queues divided by the monthly capacity that endorsements leave, in months",
    "red_tape": "demands of the office relative to normal (1 = normal)",
    **{f"delivered_{service}": f"share of the promised service {service} that is delivered" for service in SERVICES},
    **{f"reputation_{service}": f"reputation of the service {service}, 0 to 1" for service in SERVICES},
    "cost_cny": "yuan spent by the scenario in the month, for the whole district",
}
"""Columns of the monthly table and their meanings. Persons are simulated persons, not scaled up."""

GROUP_COUNTS: Final = ("population", "valid", "queued", "lapsed", "qualified", "informed")
"""Fields of CENSUS that `group_counts` returns."""

_FIELDS = list(CENSUS.names or ())
_COUNTED = np.array([_FIELDS.index(name) for name in GROUP_COUNTS])


def month_columns(
    records: Records, first: int, wait_ceiling: float, costs: list[float]
) -> dict[str, list[float] | list[int] | list[str]]:
    """Return the monthly table of recorded months, one list per column.

    Args:
        records: records of consecutive months.
        first: number of the first month.
        wait_ceiling: upper limit of the wait in months, see `current_wait`.
        costs: yuan spent in each month.
    """
    months, streets = records.trust.shape
    counts = unpack_words(records.groups[:, -streets:]).sum(axis=1)
    persons = {name: counts[:, field] for field, name in enumerate(_FIELDS)}
    flows = records.flows.view(np.int64).reshape(months, streets, -1).sum(axis=1)
    population, net = persons["population"].tolist(), records.net.sum(axis=1).tolist()
    columns = {
        "month": [format_month(first + i) for i in range(months)],
        **{name: column.tolist() for name, column in persons.items()},
        "none": (persons["population"] - persons["valid"] - persons["queued"] - persons["lapsed"]).tolist(),
        "heard": (persons["population"] - persons["unaware"] - persons["informed"]).tolist(),
        **{name: flows[:, field].tolist() for field, name in enumerate(FLOWS.names or ())},
        "mean_trust": [
            trust / residents if residents else 0.0
            for trust, residents in zip(records.trust.sum(axis=1).tolist(), population, strict=True)
        ],
        "wait_months": [
            current_wait(queued, capacity, wait_ceiling)
            for queued, capacity in zip(records.queued.tolist(), net, strict=True)
        ],
        "red_tape": records.red_tape.tolist(),
        **{f"delivered_{service}": records.delivered[:, k].tolist() for k, service in enumerate(SERVICES)},
        **{f"reputation_{service}": records.reputation[:, k].tolist() for k, service in enumerate(SERVICES)},
        "cost_cny": costs,
    }
    return {name: columns[name] for name in COLUMNS}


def group_counts(records: Records) -> NDArray[np.int64]:
    """Return the counts by month and group.

    Returns:
        (months, levels of the attributes and streets, GROUP_COUNTS) numbers of persons.
    """
    return unpack_words(records.groups)[:, :, _COUNTED]


def group_names(streets: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the attribute and the level of each group of `group_counts`.

    The streets are the levels of the attribute "street".
    """
    return [*GROUPS, *(("street", street) for street in streets)]


def people_table(model: DistrictModel) -> pd.DataFrame:
    """Return the table of all migrants.

    The table has the identity, the street, the attributes and all columns of the state, with names instead of codes.
    """
    slots = np.flatnonzero(model.state.occupied(model.world))
    columns = {name: column[slots] for name, column in model.state.columns.items()}
    profile = columns.pop("profile")
    names = {"status": STATUSES, "knowledge": KNOWLEDGE, "lapse_cause": LAPSE_CAUSES}
    return pd.DataFrame(
        {
            "person": columns.pop("person"),
            "street": _categorical(model.world.street_of(slots), model.district.streets),
            **{
                attribute: _categorical(LEVEL_OF[attribute][profile], levels)
                for attribute, levels in ATTRIBUTES.items()
            },
            **{name: _categorical(columns.pop(name), levels) for name, levels in names.items()},
            "taste": model.world.taste[columns.pop("taste")],
            "attentiveness": model.world.attentiveness[columns.pop("attentiveness")],
            **columns,
        }
    )


def _categorical(codes: NDArray[np.integer[Any]], names: tuple[str, ...]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, pd.Index(names))

"""Output of a run: monthly table, its columns, counts by group, table of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.district import ATTRIBUTES, GROUPS, LEVEL_OF, SERVICES
from takeup.months import format_month
from takeup.rules import KNOWLEDGE, LAPSE_CAUSES, STATUSES
from takeup.rules.administration import current_wait
from takeup.simulation.census import unpack_words
from takeup.simulation.records import Records
from takeup.simulation.state import CENSUS, FLOWS

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel

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


def people_table(model: PermitModel) -> pd.DataFrame:
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
            **columns,
        }
    )


def _categorical(codes: NDArray[np.integer[Any]], names: tuple[str, ...]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, pd.Index(names))

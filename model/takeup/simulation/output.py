"""Output of a run: the row of each month, the counts by group, and the meaning of each column."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district import GROUPS, MEMBERSHIP, SERVICES
from takeup.months import format_month
from takeup.rules.administration import current_wait
from takeup.simulation.census import Census
from takeup.simulation.month import Month
from takeup.simulation.state import CENSUS, FLOWS, State

Row = dict[str, float | int | str]

COLUMNS: Final[dict[str, str]] = {
    "month": "the month, YYYY-MM",
    "population": "persons living in the district at the month's end",
    "valid": "persons whose permit is in force",
    "queued": "persons whose complete application waits at a service centre",
    "lapsed": "persons whose permit was not endorsed",
    "none": "persons who hold no permit and have not applied for one that is waiting",
    "unaware": "persons who know nothing of the permit",
    "heard": "persons who have heard of it",
    "informed": "persons who know what it is for and how to get it",
    "registered": "persons whose residence is registered",
    "qualified": "persons entitled to apply",
    "applications": "applications made in the month, the returned included",
    "returned": "applications returned as incomplete",
    "issued": "permits issued",
    "endorsed": "permits endorsed, the late included",
    "lapses": "permits that fell due and were not endorsed",
    "departures": "persons who left the district, without those who settled",
    "arrivals": "persons who came",
    "settled": "holders who gained local household registration",
    "endorsed_late": "lapsed permits brought back into force",
    "departures_valid": "departures of persons whose permit was in force",
    "mean_trust": "mean trust of the persons living here",
    "wait_months": "all queues divided by all that the centres could handle beside endorsements, in months",
    "red_tape": "the office's demands beside the usual ones (1)",
    **{f"delivered_{service}": f"share of its promise that {service} keeps" for service in SERVICES},
    **{f"reputation_{service}": f"what is thought of {service}, 0 to 1" for service in SERVICES},
    "cost_cny": "yuan spent by the scenario in the month, for the whole district",
}
"""The columns of the monthly table. Persons are simulated persons, not scaled up."""

GROUP_COUNTS: Final = ("population", "valid", "queued", "lapsed", "qualified", "informed")
"""Fields of CENSUS that are counted by group."""

_MEMBERS = MEMBERSHIP.astype(np.float64)
"""As floats: their product is faster, and exact for whole numbers far below 2**53."""
_COUNTED = np.array([list(CENSUS.names or ()).index(name) for name in GROUP_COUNTS])


def month_row(state: State, month: Month, census: Census, wait_ceiling: float, cost_cny: float) -> Row:
    """Row of the monthly table."""
    persons = dict(zip(CENSUS.names or (), census.by_street.sum(axis=0).tolist(), strict=True))
    flows = {name: int(month.flows[name].sum()) for name in FLOWS.names or ()}
    population = persons["population"]
    counted: Row = {
        **persons,
        **flows,
        "month": format_month(month.number),
        "none": population - persons["valid"] - persons["queued"] - persons["lapsed"],
        "heard": population - persons["unaware"] - persons["informed"],
        "mean_trust": float(census.trust.sum()) / population if population else 0.0,
        "wait_months": current_wait(int(state.length.sum()), float(month.net.sum()), wait_ceiling),
        "red_tape": state.red_tape,
        **{f"delivered_{service}": float(share) for service, share in zip(SERVICES, state.delivered, strict=True)},
        **{f"reputation_{service}": float(share) for service, share in zip(SERVICES, state.reputation, strict=True)},
        "cost_cny": cost_cny,
    }
    return {name: counted[name] for name in COLUMNS}


def group_rows(census: Census) -> NDArray[np.int64]:
    """Counts by group, shape (levels of the attributes and streets, GROUP_COUNTS)."""
    by_level = (_MEMBERS @ census.by_profile[:, _COUNTED]).astype(np.int64)
    return np.concatenate([by_level, census.by_street[:, _COUNTED]])


def group_names(streets: tuple[str, ...]) -> list[tuple[str, str]]:
    """(attribute, level) of each row of `group_rows`; the streets form the attribute "street"."""
    return [*GROUPS, *(("street", street) for street in streets)]

"""What a district is put through."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from takeup.district import Definition, District, levers
from takeup.district.population import Count
from takeup.months import START, month_name, month_number
from takeup.reading import validated
from takeup.scenario import BASELINE, Intervention, Scenario, Stated

LONG_MONTHS: Final = 1_200
_EMPTIED_SHARE: Final = 0.01
_YEARS_DOWN_MONTHS: Final = 60
_MONTHS: Final = 36
"""Of an ordeal that is about the ends of levers: long enough for permits to be issued, fall due and lapse."""
_ACTS_FROM_MONTHS: Final = 12
_SAMPLE_MONTHS: Final = 24

_ENDS: Final = ("low", "high")

Kind = Literal["accounts", "engines", "saving"]


@dataclass(frozen=True)
class Ordeal:
    """One thing that is tried.

    Attributes:
        name: in the table.
        kind: "accounts": all must add up every month; "engines": both give the same bits; "saving": a model saved,
            restored and branched gives the bits of one that was not.
        district, scenario: who lives under what.
        months: from 2010-01 on.
    """

    name: str
    kind: Kind
    district: District
    scenario: Scenario
    months: int

    @property
    def until(self) -> str:
        """The last month."""
        return month_name(month_number(START) + self.months - 1)


def ordeals(district: District) -> list[Ordeal]:
    """Everything that is tried with a district."""
    each, together = [], []
    for end in _ENDS:
        values = {lever.name: dict(_ends(lever, district, end)) for lever in levers().values()}
        each += [
            Ordeal(f"{name} at its {end} end", "accounts", district, _policy(f"{name}_{end}", own), _MONTHS)
            for name, own in values.items()
        ]
        together.append(
            _policy(f"all_{end}", {name: value for own in values.values() for name, value in own.items()})
        )
    emptied = _emptied(district)
    ends = list(zip(_ENDS, together, strict=True))
    return [
        Ordeal("1,200 months", "accounts", district, BASELINE, LONG_MONTHS),
        Ordeal("population falls to 1 % and grows back", "accounts", emptied, BASELINE, 3 * _YEARS_DOWN_MONTHS),
        *each,
        *(Ordeal(f"all levers at their {end} ends", "accounts", district, policy, _MONTHS) for end, policy in ends),
        Ordeal("both engines, same bits", "engines", district, BASELINE, _SAMPLE_MONTHS),
        *(
            Ordeal(f"both engines, levers at their {end} ends", "engines", district, policy, _SAMPLE_MONTHS)
            for end, policy in ends
        ),
        Ordeal("saved, restored and branched", "saving", district, together[0], _SAMPLE_MONTHS),
    ]


def _ends(lever: Definition, district: District, end: str) -> Iterator[tuple[str, float]]:
    """The end of the range of each of a lever's numbers; of supply, infinity is one."""
    for name in lever.names:
        entry = district.parameters[name]
        value = entry.low if end == "low" else entry.high
        if math.isfinite(value) or lever.name == "supply":
            yield name, value


def _policy(name: str, values: dict[str, float]) -> Scenario:
    begins = month_name(month_number(START) + _ACTS_FROM_MONTHS)
    stated = [
        Stated(validated(Intervention, {"lever": lever, "set": value, "from": begins}), None, number)
        for number, (lever, value) in enumerate(values.items(), 1)
    ]
    return Scenario(name, name, "", "assumed: the ends of the ranges", tuple(stated))


def _emptied(district: District) -> District:
    """The district with a population that falls to one in a hundred within five years, and grows back in five."""
    first, most = month_number(START), district.population.most
    persons = (most, max(1, round(most * _EMPTIED_SHARE)), most)
    counts = tuple(
        Count(month=month_name(first + number * _YEARS_DOWN_MONTHS), persons=count, status="assumed", source="stress")
        for number, count in enumerate(persons)
    )
    return replace(district, population=replace(district.population, counts=counts))

"""Districts as the tests need them: other dated counts, the same people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from takeup.district import District
from takeup.district.population import Count


def with_counts(district: District, persons: Mapping[str, int]) -> District:
    """The district with other dated counts of persons, by month."""
    counts = tuple(
        Count(month=month, persons=count, status="assumed", source="invented") for month, count in persons.items()
    )
    return replace(district, population=replace(district.population, counts=counts))

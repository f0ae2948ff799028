"""Districts as the tests need them: other dated counts, the same people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from takeup.district import District, Street
from takeup.district.population import Count


def with_counts(district: District, persons: Mapping[str, int]) -> District:
    """The district with other dated counts of persons, by month."""
    counts = tuple(
        Count(month=month, persons=count, status="assumed", source="invented") for month, count in persons.items()
    )
    return replace(district, population=replace(district.population, counts=counts))


def with_three_streets(district: District) -> District:
    """Return the district with three streets only, so that 50 migrants are enough for 9 slots per street."""
    shares = {"North": 0.2, "Middle": 0.3, "South": 0.5}
    streets = tuple(
        Street(name=name, name_zh=name, share=share, status="assumed", source="invented")
        for name, share in shares.items()
    )
    return replace(district, name="village", population=replace(district.population, streets=streets))

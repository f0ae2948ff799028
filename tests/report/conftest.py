"""Invented comparisons for the tests of figures, tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from takeup.analysis.compare.result import Comparison
from takeup.district import District, load_district

from .invented import EFFECTS, STREETS, Effect, Make, invented


@pytest.fixture(scope="session")
def template() -> District:
    """The invented district."""
    return load_district("template")


@pytest.fixture(scope="session")
def make(template: District) -> Make:
    """Comparisons to order: effects, number of replicates, number of streets."""

    def made(effects: Sequence[Effect] = EFFECTS, replicates: int = 4, streets: int = STREETS) -> Comparison:
        return invented(template, effects, replicates, streets)

    return made


@pytest.fixture(scope="session")
def comparison(make: Make) -> Comparison:
    """Three scenarios beside the baseline, four replicates."""
    return make()


@pytest.fixture(scope="session")
def single(make: Make) -> Comparison:
    """The same with one replicate, which has no intervals."""
    return make(replicates=1)

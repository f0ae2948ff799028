"""A stage that many tests look at."""

from __future__ import annotations

import pytest

from takeup.dashboard.stage import Stage, set_stage
from takeup.district import District
from tests.cli.conftest import command

__all__ = ["command", "stage"]

AGENTS = 1_500


@pytest.fixture(scope="session")
def stage(liwan: District) -> Stage:
    """Liwan, small."""
    return set_stage(liwan, AGENTS, seed=3)

"""A dashboard context shared by the tests."""

from __future__ import annotations

import pytest

from takeup.dashboard.context import DashboardContext, load_context
from takeup.district import District
from tests.cli.conftest import command

__all__ = ["command", "context"]

AGENTS, DRAWS = 1_500, 3


@pytest.fixture(scope="session")
def context(liwan: District) -> DashboardContext:
    """Liwan with few agents."""
    return load_context(liwan, AGENTS, seed=3, draws=DRAWS)

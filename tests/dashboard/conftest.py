"""A dashboard context shared by the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from takeup.dashboard.context import DashboardContext, load_context
from takeup.district import District
from tests.cli.conftest import command
from tests.dashboard.server_process import SERVED_AGENTS, served

__all__ = ["command", "context"]

AGENTS, DRAWS = 1_500, 3


@pytest.fixture(scope="session")
def context(liwan: District) -> DashboardContext:
    """Liwan with few agents."""
    return load_context(liwan, AGENTS, seed=3, draws=DRAWS)


@pytest.fixture(scope="session")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which the addresses that the server's process connects to are logged."""
    return tmp_path_factory.mktemp("server") / "connections.txt"


@pytest.fixture(scope="session")
def address(connections: Path) -> Iterator[str]:
    """Address of a server of Liwan with few agents."""
    with served(connections, SERVED_AGENTS) as address:
        yield address

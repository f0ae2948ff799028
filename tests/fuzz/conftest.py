"""A process beside the tests', which what they try may end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest


@pytest.fixture(scope="module")
def beside() -> Iterator[ProcessPoolExecutor]:
    """A process of its own, for what is tried may end it: the test then fails, and the others go on."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool

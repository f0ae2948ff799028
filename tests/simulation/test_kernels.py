"""Parts of the kernels that are tested alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeup.simulation.kernels_decisions import stable_order
from tests.hypothesis_profiles import examples


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.125, 0.5, 0.999]) | st.floats(0.0, 1.0), max_size=70))
def test_the_order_of_the_queue_is_that_of_a_stable_sort(keys: list[float]) -> None:
    array = np.array(keys)
    assert stable_order(array).tolist() == np.argsort(array, kind="stable").tolist()


def test_a_long_queue_is_sorted() -> None:
    keys = np.random.default_rng(3).integers(0, 500, 4_099) / 500
    assert (stable_order(keys) == np.argsort(keys, kind="stable")).all()

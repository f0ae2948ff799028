"""How the office's demands grow by themselves, ease under feedback, and return to what is usual."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules.administration import update_red_tape

SHARE = st.floats(0.0, 1.0)
FACTOR = st.floats(0.5, 1.5)


@pytest.mark.parametrize(
    ("now", "drift", "feedback", "returned", "after"),
    [
        (1.0, 0.0, 0.0, 0.0, 1.0),
        (1.0, 0.0, 0.5, 0.3, 0.85),
        (0.8, 0.0, 0.5, 0.3, 0.7),
        (1.2, 0.0, 0.0, 0.3, 1.18),
        (1.0, 0.02, 0.0, 0.3, 1.02),
        (0.8, 0.02, 0.5, 0.3, 0.716),
    ],
)
def test_red_tape_recovers_drifts_and_eases(
    now: float, drift: float, feedback: float, returned: float, after: float
) -> None:
    """R + 0.1 · (1 - r) + r · (drift - feedback · returned)."""
    assert update_red_tape(now, 0.1, drift, feedback, returned, 0.5, 1.5) == pytest.approx(after)


def test_red_tape_is_kept_between_its_ends() -> None:
    assert update_red_tape(1.4, 0.1, 1.0, 0.0, 0.0, 0.5, 1.5) == 1.5
    assert update_red_tape(0.6, 0.1, 0.0, 5.0, 1.0, 0.5, 1.5) == 0.5


@given(now=FACTOR, recovery=SHARE, drift=SHARE, feedback=st.floats(0.0, 5.0), returned=SHARE, more=SHARE)
def test_red_tape_rises_with_drift_and_falls_with_feedback_and_returns(
    now: float, recovery: float, drift: float, feedback: float, returned: float, more: float
) -> None:
    after = update_red_tape(now, recovery, drift, feedback, returned, 0.5, 1.5)
    assert 0.5 <= after <= 1.5
    assert update_red_tape(now, recovery, drift + more, feedback, returned, 0.5, 1.5) >= after
    assert update_red_tape(now, recovery, drift, feedback + more, returned, 0.5, 1.5) <= after
    assert update_red_tape(now, recovery, drift, feedback, min(returned + more, 1.0), 0.5, 1.5) <= after


@given(now=FACTOR, recovery=SHARE)
def test_left_alone_red_tape_returns_to_the_usual(now: float, recovery: float) -> None:
    after = update_red_tape(now, recovery, 0.0, 0.0, 0.0, 0.5, 1.5)
    assert abs(after - 1.0) <= abs(now - 1.0) + 1e-15

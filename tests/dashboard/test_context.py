"""Start of the dashboard: the pages need not wait for the run that they show."""

from __future__ import annotations

from dataclasses import astuple
from threading import Event

import numpy as np
import pytest

from takeup.dashboard.baseline import BaselineRun
from takeup.dashboard.context import MONTHS, load_context
from takeup.dashboard.estimator import EffectEstimator
from takeup.district import District
from takeup.errors import InputError
from tests.dashboard.conftest import AGENTS, DRAWS

SECONDS = 20.0
"""Longest wait for the other thread; without one, the run would end before its context is there."""


def test_the_shown_run_is_simulated_in_the_background_and_then_the_histories(
    liwan: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_made, is_prepared, months, ended = Event(), Event(), [], []

    def on_month() -> None:
        if not months:
            is_made.wait(SECONDS)
        months.append(None)

    def prepare(_: EffectEstimator) -> None:
        ended.append(context.simulated.done())
        is_prepared.set()

    monkeypatch.setattr(EffectEstimator, "prepare", prepare)
    context = load_context(liwan, AGENTS, 3, DRAWS, on_month)
    context.prepare_estimates()
    assert not context.simulated.done()
    assert not ended
    is_made.set()
    direct = BaselineRun(liwan, AGENTS, 3).run_and_record()
    for shown, expected in zip(astuple(context.trajectory), astuple(direct), strict=True):
        np.testing.assert_array_equal(shown, expected)
    assert is_prepared.wait(SECONDS)
    assert ended == [True]
    assert len(months) == MONTHS


def test_too_few_migrants_are_refused_before_the_server_starts(liwan: District) -> None:
    with pytest.raises(InputError, match="slots"):
        load_context(liwan, 10, 3, DRAWS)

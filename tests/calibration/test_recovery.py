"""Tests that a calibration recovers known parameter values.

The targets are outputs of the model itself at these values.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from takeup.district import load_district
from takeup.runs.journal import Journal
from takeup_calibration import evaluator
from takeup_calibration.calibrator import CalibrationResult, CalibrationSettings, Calibrator, EvaluatedDesign
from takeup_calibration.evaluator import Evaluator
from takeup_calibration.importance import weighted_quantile
from takeup_calibration.priors import to_normal_scores
from takeup_calibration.targets import Target, read_targets

AGENTS = 1600
TRUTH = {"leave": 0.85, "publicity": 0.75, "forget": 0.3, "register": 0.7, "attention": 0.4}
"""Cumulative prior probabilities of the true values; all other parameters are at their prior medians."""
QUANTITIES = {
    "take_up": ("valid / population", 0.04),
    "aware": ("(heard + informed) / population", 0.08),
    "informed": ("informed / population", 0.08),
    "registered": ("registered / population", 0.06),
    "short_stays": ("stay_under_1 / population", 0.03),
    "applications": ("applications / population", 0.006),
}
TARGET = """
[[target]]
name = "{name}"
expression = "{expression}"
month = "2018-12"
value = {value!r}
tolerance = {tolerance}
status = "assumed"
source = "the model at parameters that are known"
local = true
"""


def targets_at(truth: np.ndarray, folder: Path) -> list[Target]:
    """Return targets that are outputs of the template at known parameter values.

    Args:
        truth: (D + 1,) cumulative prior probabilities of the parameter values.
        folder: folder for the file of targets and the journal.
    """
    file = folder / "targets.toml"
    blank = [TARGET.format(name=n, expression=e, value=0.0, tolerance=t) for n, (e, t) in QUANTITIES.items()]
    file.write_text("".join(blank))
    design = EvaluatedDesign(load_district("template"), read_targets(file), 99, AGENTS)
    design.uniforms = truth[None, :]
    journal = Journal(folder / "truth.sqlite")
    (output,) = design.evaluate_points([0], AGENTS, Evaluator(journal), lambda _done, _total: None)
    journal.close()
    values = zip(QUANTITIES.items(), design.predict(output), strict=True)
    file.write_text("".join(TARGET.format(name=n, expression=e, value=v, tolerance=t) for (n, (e, t)), v in values))
    return read_targets(file)


@pytest.fixture(scope="module")
def one_policy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Reduce the policies to one, because other tests cover the effects of policies."""
    folder = tmp_path_factory.mktemp("branches")
    (folder / "publicity.toml").write_bytes((evaluator.BRANCHES / "publicity.toml").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluator, "BRANCHES", folder)
        evaluator.load_policies.cache_clear()
        yield
    evaluator.load_policies.cache_clear()


@pytest.fixture(scope="module")
def recovered(one_policy: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, CalibrationResult]:
    folder = tmp_path_factory.mktemp("recovery")
    place = load_district("template")
    names = EvaluatedDesign(place, [], 1, AGENTS).names
    truth = np.array([TRUTH.get(name, 0.5) for name in names])
    journal = Journal(folder / "journal.sqlite")
    settings = CalibrationSettings(rows=96, waves=3, effective=60, agents=AGENTS, draws=60, confirmed=0, seed=5)
    result = Calibrator(place, targets_at(truth, folder), settings, Evaluator(journal)).run()
    journal.close()
    return truth, result


@pytest.mark.slow
def test_the_truth_lies_in_the_region_of_90_percent(recovered: tuple[np.ndarray, CalibrationResult]) -> None:
    """The truth lies in the 90 % region of the parameters in TRUTH.

    The measure is the Mahalanobis distance of the truth from the posterior mean.
    """
    truth, result = recovered
    names = [result.design.names[i] for i in result.design.adapted]
    moved = [names.index(name) for name in TRUTH]
    scores = result.design.scores[:, moved]
    centre, covariance = result.weights @ scores, np.cov(scores.T, aweights=result.weights)
    away = to_normal_scores(truth[result.design.adapted])[moved] - centre
    assert away @ np.linalg.solve(covariance, away) <= chi2.ppf(0.9, len(moved))


@pytest.mark.slow
def test_the_posterior_is_narrower_than_the_prior(recovered: tuple[np.ndarray, CalibrationResult]) -> None:
    """The posterior is narrower than the prior, so that the test above is strict."""
    _, result = recovered
    names = [result.design.names[i] for i in result.design.adapted]
    for name in ("leave", "publicity", "register"):
        scores = result.design.scores[:, names.index(name)]
        low, high = (weighted_quantile(scores, result.weights, at) for at in (0.05, 0.95))
        assert high - low < 0.8 * 2 * 1.645, name
    assert result.effective > 20

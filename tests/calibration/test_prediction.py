"""Tests of leave-one-out predictions against closed forms."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import kstest, norm

from takeup.analysis.validation.predictions import MAX_PARETO_K
from takeup.district import load_district
from takeup_calibration import prediction
from takeup_calibration.calibrator import CalibrationSettings, Calibrator
from takeup_calibration.evaluator import Evaluator
from takeup_calibration.importance import effective_sample_size, mixture_weights
from takeup_calibration.prediction import (
    COLUMNS,
    PredictiveDistribution,
    class_means,
    leave_one_out,
    predict_observations,
    prior_predictive,
    rerun_unreliable,
    rerun_without,
    score_summary,
    smooth_weights,
)
from takeup_calibration.recalibration import draw_errors
from takeup_calibration.targets import Target, read_targets
from tests.calibration.fixtures import NO_EVALUATOR, make_result, make_target

FILE = """
[[target]]
name = "{name}"
expression = "{expression}"
month = "2010-12"
value = {value}
tolerance = 0.02
status = "assumed"
source = "a test"
local = true
"""


def predict(targets: Sequence[Target], draws: NDArray[np.float64], *, weighted: bool = True) -> pd.DataFrame:
    """Predict targets whose quantity is the only parameter, from draws of its prior or of its posterior.

    Args:
        targets: observations of the parameter.
        draws: (N,) values of the parameter.
        weighted: whether the draws are those of the prior and get weights; otherwise they have the posterior already.
    """
    predicted = np.repeat(draws[:, None], len(targets), axis=1)
    likelihood = np.column_stack([target.log_likelihood(draws) for target in targets])
    logs = likelihood[:, [target.fit for target in targets]].sum(axis=1) if weighted else np.zeros(len(draws))
    null = [prior_predictive(target, draws) for target in targets]
    return leave_one_out(targets, ["target"] * len(targets), logs, likelihood, predicted, null)


def test_the_prediction_of_a_normal_observation_agrees_with_the_closed_form() -> None:
    """The prior is N(0, 1), and two normal observations of the parameter are 0.8 ± 0.5 and -0.4 ± 0.7.

    Median, limits and log score differ from the closed form by no more than four Monte Carlo standard errors. The
    error rate is 1 in 16,000 for each of these four numbers.
    """
    draws = np.random.default_rng(1).normal(size=20_000)
    one, other = make_target("one", 0.8, 0.5), make_target("other", -0.4, 0.7)
    row = predict([one, other], draws).iloc[0]
    variance = 1 / (1 + 1 / 0.7**2)
    exact = norm(variance * -0.4 / 0.7**2, np.hypot(np.sqrt(variance), 0.5))
    error = np.sqrt(variance / row["effective_sample"])
    assert row["median"] == pytest.approx(exact.median(), abs=4 * 1.2533 * error)
    # The standard error of a 5 % quantile is 2.1 times that of the mean.
    assert row["low"] == pytest.approx(exact.ppf(0.05), abs=4 * 2.1 * error)
    assert row["high"] == pytest.approx(exact.ppf(0.95), abs=4 * 2.1 * error)
    densities = norm.pdf(0.8, norm(exact.mean(), np.sqrt(variance)).rvs(20_000, random_state=2), 0.5)
    relative = densities.std() / densities.mean() / np.sqrt(row["effective_sample"])
    assert row["log_score"] == pytest.approx(exact.logpdf(0.8), abs=4 * relative)
    assert row["pit"] == pytest.approx(exact.cdf(0.8), abs=4 * relative)
    assert row["inside"]
    assert row["pareto_k"] < MAX_PARETO_K
    assert row["null_log_score"] == pytest.approx(norm(0, np.hypot(1, 0.5)).logpdf(0.8), abs=0.02)


def test_an_influential_observation_has_a_large_k_and_a_harmless_one_has_not() -> None:
    """Draws of a posterior that one observation determines cannot represent the posterior without it."""
    strong, weak = make_target("strong", 3.0, 0.1), make_target("weak", 0.0, 5.0)
    variance = 1 / (1 + 1 / 0.1**2 + 1 / 5.0**2)
    draws = np.random.default_rng(3).normal(variance * 3.0 / 0.1**2, np.sqrt(variance), 4_000)
    table = predict([strong, weak], draws, weighted=False).set_index("observation")
    assert table.loc["strong", "pareto_k"] > MAX_PARETO_K
    assert table.loc["weak", "pareto_k"] < 0.5
    assert table.loc["strong", "effective_sample"] < 0.1 * table.loc["weak", "effective_sample"]


@pytest.mark.parametrize("width", [0.0, 1.0])
def test_the_probability_integral_transform_is_uniform(width: float) -> None:
    """The data are simulated from the model; a correct transform fails with a probability of 0.001."""
    generator = np.random.default_rng(4)
    draws = generator.normal(size=2_000)
    errors = draw_errors([make_target("any", 0.0, 0.5, width)], 400, 5)[:, 0]
    transforms = []
    for error in errors:
        truth = generator.normal()
        one = make_target("one", truth + error, 0.5, width)
        other = make_target("other", truth + generator.normal(0.0, 0.7), 0.7)
        transforms.append(predict([one, other], draws).iloc[0]["pit"])
    assert kstest(transforms, "uniform").pvalue > 0.001
    # The test has power: transforms of errors of half the size are not uniform.
    assert kstest(norm.cdf(norm.ppf(transforms) / 2), "uniform").pvalue < 0.001


def test_density_distribution_and_quantiles_of_an_interval_agree() -> None:
    distribution = PredictiveDistribution(np.array([0.0, 0.3]), np.array([0.25, 0.75]), 0.2, 0.5)
    for value in (-0.6, 0.1, 0.45, 1.2):
        below, _ = quad(lambda at: np.exp(distribution.log_density(at)), -5, value, points=[-0.25, 0.05, 0.25, 0.55])
        assert distribution.probability_below(value) == pytest.approx(below, abs=1e-8)
        assert distribution.quantile(below) == pytest.approx(value, abs=1e-6)
    assert distribution.probability_below(50.0) == pytest.approx(1)


def test_an_interval_is_scored_at_its_middle() -> None:
    """The density of the middle is that of an error which is flat over the width of the interval."""
    draws = np.zeros(100)
    row = predict([make_target("one", 0.3, 0.2, width=1.0)], draws).iloc[0]
    assert row["observed"] == pytest.approx(0.3)
    assert row["log_score"] == pytest.approx(-np.log(1.0 + 0.2 * np.sqrt(2 * np.pi)))


def test_an_observation_that_is_not_fitted_is_predicted_from_all_fitted_ones() -> None:
    draws = np.random.default_rng(6).normal(size=4_000)
    one, other = make_target("one", 0.8, 0.5), make_target("other", -0.4, 0.7).model_copy(update={"fit": False})
    row = predict([one, other], draws).iloc[1]
    weights = np.exp(one.log_likelihood(draws))
    assert row["effective_sample"] == pytest.approx(effective_sample_size(weights), rel=0.05)
    assert not row["fitted"]


def test_points_without_a_prediction_are_left_out() -> None:
    draws = np.random.default_rng(7).normal(size=400)
    targets = [make_target("one", 0.8, 0.5), make_target("other", -0.4, 0.7)]
    undefined = np.concatenate([draws, np.full(50, np.nan)])
    expected = predict(targets, draws)[["median", "log_score", "pareto_k"]]
    assert predict(targets, undefined)[["median", "log_score", "pareto_k"]].to_numpy() == pytest.approx(
        expected.to_numpy()
    )


def test_points_where_an_observation_that_is_not_fitted_is_undefined_are_left_out() -> None:
    target = make_target("one", 0.8, 0.5).model_copy(update={"fit": False})
    predicted = np.random.default_rng(8).normal(size=(400, 1))
    predicted[::4] = np.nan
    likelihood = target.log_likelihood(predicted[:, 0])[:, None]
    null = [prior_predictive(target, predicted[:, 0])]
    row = leave_one_out([target], ["target"], np.zeros(400), likelihood, predicted, null).iloc[0]
    assert row["effective_sample"] == pytest.approx(300)
    assert row["log_score"] == pytest.approx(row["null_log_score"])


def test_weights_that_cannot_be_smoothed_are_kept_and_marked() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sparse = smooth_weights(np.log(np.array([0.5, 0.25, 0.25, 0.0]) + 1e-320))
        assert sparse.pareto_k == np.inf
        assert sparse.weights == pytest.approx([0.5, 0.25, 0.25, 0.0])
        equal = smooth_weights(np.zeros(100))
        assert equal.pareto_k == 0.0
        assert equal.weights == pytest.approx(np.full(100, 0.01))
        extreme = smooth_weights(np.concatenate([[0.0], -1e4 * np.arange(1.0, 100.0)]))
        assert np.isfinite(extreme.weights).all()
        assert extreme.pareto_k > MAX_PARETO_K


def test_the_null_model_of_an_experiment_is_the_mean_of_the_others_of_its_class() -> None:
    first, second, third, single = class_means(
        np.array([1.0, 3.0, 5.0, 7.0]), np.array([0.3, 0.4, 0.4, 0.6]), np.array([0.4, 0.3, 0.3, 2.0]), [*"aaab"]
    )
    assert first.mean == pytest.approx(4.0)
    assert first.sd == pytest.approx(np.sqrt(0.3**2 + 0.4**2 + 0.25 / 2))
    assert (second.mean, third.mean) == (pytest.approx(3.0), pytest.approx(2.0))
    assert (single.mean, single.sd) == (0.0, pytest.approx(np.sqrt(0.6**2 + (1 + 9 + 25) / 3)))
    (alone,) = class_means(np.array([2.0]), np.array([0.3]), np.array([0.4]), ["a"])
    assert (alone.mean, alone.sd) == (0.0, pytest.approx(0.5))


def test_scores_are_compared_by_kind_and_over_all_fitted_observations() -> None:
    table = pd.DataFrame(
        {
            "kind": ["target", "target", "experiment", "target"],
            "fitted": [True, True, True, False],
            "inside": [True, False, True, False],
            "pareto_k": [0.1, 0.9, 0.2, 0.9],
            "log_score": [1.0, 2.0, 4.0, -50.0],
            "null_log_score": [0.0, 3.0, 1.0, 0.0],
        }
    )
    scores = score_summary(table).set_index("kind")
    assert list(scores.index) == ["target", "experiment", "all"]
    assert scores.loc["target", ["observations", "inside", "unreliable"]].tolist() == [2, 1, 1]
    assert scores.loc["target", "difference"] == 0.0
    assert scores.loc["target", "standard_error"] == pytest.approx(1.0)
    assert scores.loc["all", "difference"] == pytest.approx(1.0)
    assert np.isnan(scores.loc["experiment", "standard_error"])


def test_the_targets_of_a_calibration_are_predicted_as_without_them() -> None:
    """The points cover the prior, so the exact weights without a target are known."""
    result = make_result()
    table = predict_observations(result)
    assert list(table.columns) == list(COLUMNS)
    design = result.design
    rest = mixture_weights(
        design.targets[1].log_likelihood(design.predicted[:, 1]), np.array(design.log_densities), design.counts
    )
    exact = PredictiveDistribution(design.predicted[:, 0], rest, 0.3)
    assert table.loc[0, "median"] == pytest.approx(exact.quantile(0.5), abs=0.02)
    assert table.loc[0, "log_score"] == pytest.approx(exact.log_density(0.5), abs=0.02)
    assert table.loc[0, "effective_sample"] == pytest.approx(effective_sample_size(rest), rel=0.1)


def test_a_rerun_predicts_a_target_without_fitting_it_and_reuses_the_first_wave(tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    expressions = {"take_up": "valid / population", "aware": "(heard + informed) / population"}
    file.write_text("".join(FILE.format(name=n, expression=e, value=0.05) for n, e in expressions.items()))
    place, targets = load_district("template"), read_targets(file)
    settings = CalibrationSettings(rows=8, waves=1, agents=1_600, draws=4, confirmed=0)
    with Evaluator.open(tmp_path, 1) as evaluator:
        result = Calibrator(place, targets, settings, evaluator).run()
        evaluated = len(list(evaluator.journal))
        steps = []
        table = rerun_without("take_up", result, evaluator, lambda step, _done, _total: steps.append(step))
        assert len(list(evaluator.journal)) == evaluated, "the only wave is that of the calibration"
    assert steps
    assert all(step.startswith("Without take_up: ") for step in steps)
    (row,) = table.to_dict("records")
    assert (row["observation"], row["fitted"], row["rerun"]) == ("take_up", True, True)
    design = result.design
    weights = np.exp(targets[1].log_likelihood(design.predicted[:, 1]))
    distribution = PredictiveDistribution(design.predicted[:, 0], weights / weights.sum(), 0.02)
    assert row["median"] == pytest.approx(distribution.quantile(0.5))


def test_only_unreliable_predictions_of_fitted_observations_come_from_another_calibration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = make_result()
    reweighted = predict_observations(result)
    assert reweighted["fitted"].all()
    reweighted["fitted"] = [True, False]
    reweighted["pareto_k"] = MAX_PARETO_K + 0.1

    def rerun(name: str, *_arguments: object) -> pd.DataFrame:
        return reweighted[reweighted["observation"] == name].assign(rerun=True, median=-1.0)

    monkeypatch.setattr(prediction, "predict_observations", lambda _result: reweighted)
    monkeypatch.setattr(prediction, "rerun_without", rerun)
    table = rerun_unreliable(result, NO_EVALUATOR)
    assert table["observation"].tolist() == reweighted["observation"].tolist()
    assert table["rerun"].tolist() == [True, False]
    assert table["median"].tolist() == [-1.0, reweighted.loc[1, "median"]]
    assert table.dtypes.equals(reweighted.dtypes)

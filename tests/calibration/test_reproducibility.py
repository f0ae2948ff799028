"""Tests of the comparison of calibrations with different seeds, with posteriors that are known."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from takeup.cli.app import exit_code_of
from takeup.district import load_district
from takeup.errors import InputError
from takeup_calibration.evaluator import policy_names
from takeup_calibration.importance import effective_sample_size
from takeup_calibration.reproducibility import (
    StoredCalibration,
    compare_calibrations,
    compare_places,
    read_calibration,
)
from takeup_calibration.sequential_monte_carlo import resample
from tests.calibration.fixtures import write_calibration
from tests.cli.test_chinese import english_in


def stored(seed: int, effects: NDArray[np.float64], effective: float) -> StoredCalibration:
    return StoredCalibration(Path(f"seed{seed}"), seed, effective, {"policy": effects}, {})


def test_medians_and_errors_are_those_of_the_files(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_calibration(tmp_path / f"seed{seed}", seed)
    comparison = compare_places([tmp_path / "seed1", tmp_path / "seed2"])
    assert comparison.seeds == (1, 2)
    assert [each.policy for each in comparison.policies] == policy_names()
    draws = pd.read_parquet(tmp_path / "seed2" / "posterior.parquet")
    summary = json.loads((tmp_path / "seed2" / "calibration.json").read_text(encoding="utf-8"))
    for each in comparison.policies:
        effects = draws[f"effect {each.policy}"]
        assert each.medians[1] == pytest.approx(effects.median())
        half = 0.5 * np.sqrt(1 / summary["effective_sample"] + 1 / 300)
        assert summary["effects"][each.policy]["median_error"] == pytest.approx(each.errors[1])
        assert each.errors[1] == pytest.approx(np.diff(effects.quantile([0.5 - half, 0.5 + half]))[0] / 2)


@pytest.mark.parametrize(("draws", "effective"), [(300, 1e9), (1e9, 300), (600, 600)])
def test_the_error_has_the_size_of_both_samples(draws: float, effective: float) -> None:
    """1 / n is the sum of 1 / draws and 1 / effective sample size; here n is 300."""
    calibration = stored(1, np.zeros(int(min(draws, 10**6))), effective)
    assert calibration.independent_draws("policy") == pytest.approx(300, rel=1e-3)


def test_the_standardised_difference_of_equal_medians_is_standard_normal() -> None:
    """Independent draws of a skewed distribution exceed the 95 % quantile in 5 % of the pairs.

    Over 1,000 pairs the share is at most four binomial standard errors away. A correct comparison fails with a
    probability of 6e-5.
    """
    generator = np.random.default_rng(1)
    pairs = [[stored(seed, generator.gamma(1.0, 2.0, 300), 1e9) for seed in (1, 2)] for _ in range(1000)]
    exceeded = [compare_calibrations(pair).policies[0].largest > stats.norm.isf(0.025) for pair in pairs]
    assert np.mean(exceeded) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 1000))


@pytest.mark.parametrize(("width", "draws"), [(0.1, 300), (1.0, 50)])
def test_the_error_is_that_of_medians_over_seeds_or_somewhat_larger(width: float, draws: int) -> None:
    """The error of a median is not understated, and at most 1.5 times too large.

    The medians are those of resampled importance samples. The effective sample size is 170 with 300 draws, and 1,500
    with 50 draws. The standard deviation of 400 medians has a relative error of 3.5 %, so a correct error is below
    0.9 of it with a probability of 2e-3. Systematic resampling makes the deviation smaller than the error.
    """
    generator = np.random.default_rng(1)
    medians, errors = [], []
    for _ in range(200):
        pair = []
        for seed in (1, 2):
            points = generator.standard_normal(2000)
            weights = np.exp(-0.5 * ((points - 1.0) / width) ** 2)
            drawn = resample(weights, draws, generator)
            pair.append(stored(seed, points[drawn], effective_sample_size(weights)))
        agreement = compare_calibrations(pair).policies[0]
        medians.extend(agreement.medians)
        errors.extend(agreement.errors)
    assert 0.9 < np.mean(errors) / np.std(medians) < 1.5


def test_the_common_median_weights_calibrations_by_their_information() -> None:
    """Draws that are evenly spaced quantiles have a closed form.

    The cumulative probabilities are x and sqrt(x - 0.4), with 100 and 300 independent draws. The common median solves
    x / 4 + 3 sqrt(x - 0.4) / 4 = 1 / 2, so sqrt(x - 0.4) is (sqrt(15.4) - 3) / 2.
    """
    levels = np.linspace(0.0, 1.0, 100_001)
    pair = [stored(1, levels, 100.0), stored(2, 0.4 + levels**2, 300.0)]
    share = (np.sqrt(15.4) - 3) / 2
    expected = (share**2 + 0.4 - share) / np.sqrt((1 / 100 + 1 / 300) / 4)
    assert compare_calibrations(pair).policies[0].largest == pytest.approx(expected, rel=5e-3)


def test_the_limit_has_an_error_rate_of_1_percent_over_all_pairs_and_policies() -> None:
    effects = {name: np.arange(100.0) for name in ("one", "other")}
    comparison = compare_calibrations([StoredCalibration(Path(), seed, 400, effects, {}) for seed in (1, 2, 3)])
    assert 2 * stats.norm.sf(comparison.limit) * 3 * 2 == pytest.approx(0.01)


def test_the_largest_difference_is_that_of_any_pair() -> None:
    effects = np.random.default_rng(1).normal(size=300)
    calibrations = [stored(seed, effects + shift, 400) for seed, shift in ((1, 0.0), (2, -0.5), (3, 0.5))]
    agreement = compare_calibrations(calibrations).policies[0]
    assert not agreement.agrees
    assert agreement.largest == compare_calibrations(calibrations[1:]).policies[0].largest
    assert compare_calibrations(calibrations[:1] + calibrations[2:]).policies[0].largest < agreement.largest


def test_seeds_of_one_posterior_agree_and_exit_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [str(tmp_path / f"seed{seed}") for seed in (1, 2, 3)]
    for seed, folder in enumerate(folders, 1):
        write_calibration(Path(folder), seed)
    assert exit_code_of(["reproducibility", *folders]) == 0
    printed = capsys.readouterr().out
    assert "DIFFERS" not in printed
    assert all(text in printed for text in ("Seed 1", "Seed 3", *policy_names()))


def test_the_comparison_is_printed_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (1, 2):
        write_calibration(tmp_path / str(seed), seed)
    capsys.readouterr()
    assert exit_code_of(["reproducibility", *(str(tmp_path / str(seed)) for seed in (1, 2)), "--language", "zh"]) == 0
    printed = capsys.readouterr().out
    assert "种子" in printed
    assert not english_in(printed) - set(policy_names()), printed


def test_seeds_that_disagree_are_named_and_exit_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The effect of one policy is shifted by 0.6 points, some five standard errors of the difference."""
    write_calibration(tmp_path / "one", 1)
    write_calibration(tmp_path / "other", 2, 0.6)
    assert exit_code_of(["reproducibility", str(tmp_path / "one"), str(tmp_path / "other")]) == 1
    rows = [line for line in capsys.readouterr().out.splitlines() if "DIFFERS" in line]
    assert [row.split()[0] for row in rows] == ["publicity"]


def test_a_calibration_is_compared_with_that_installed_in_a_district(tmp_path: Path) -> None:
    district = tmp_path / "mine"
    copytree(load_district("template").folder, district)
    with pytest.raises(InputError, match="no calibration found"):
        read_calibration(district)
    write_calibration(tmp_path / "results", 1, digest=load_district("template").digest)
    for name in ("calibration.json", "posterior.parquet"):
        (district / name).write_bytes((tmp_path / "results" / name).read_bytes())
    installed, other = read_calibration(district), read_calibration(tmp_path / "results")
    assert installed.seed == other.seed
    assert {**installed.setting, "district": None} == {**other.setting, "district": None}
    assert installed.setting["district"]["sha256"] == other.setting["district"]["sha256"]


def test_the_shipped_calibration_is_selected_by_the_name_of_its_district() -> None:
    shipped = read_calibration("liwan")
    assert shipped.folder == load_district("liwan").folder
    assert shipped.setting["district"] == {
        "name": "liwan",
        "sha256": load_district("liwan", calibrated=False).digest,
    }
    with pytest.raises(InputError, match="no calibration found"):
        read_calibration("liwann")


def test_calibrations_of_other_posteriors_are_refused(tmp_path: Path) -> None:
    write_calibration(tmp_path / "one", 1)
    for name, changes, expected in (
        ("same", {"seed": 1}, "two calibrations have the same seed"),
        ("agents", {"seed": 2, "agents": 2000}, "number of agents: the calibration differs"),
        ("district", {"seed": 2, "digest": "b"}, "district: the calibration differs"),
    ):
        write_calibration(tmp_path / name, **changes)
        with pytest.raises(InputError, match=expected):
            compare_places([tmp_path / "one", tmp_path / name])
    with pytest.raises(InputError, match="nothing to be compared with"):
        compare_places([tmp_path / "one"])


def test_other_targets_are_refused(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_calibration(tmp_path / f"seed{seed}", seed)
    one, other = (read_calibration(tmp_path / f"seed{seed}") for seed in (1, 2))
    other.setting["observations"]["one"][-1] = False
    with pytest.raises(InputError, match="observations: the calibration differs"):
        compare_calibrations([one, other])


def test_folders_without_complete_results_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no calibration found"):
        read_calibration(tmp_path / "empty")
    write_calibration(tmp_path / "changed", 1)
    summary = tmp_path / "changed" / "calibration.json"
    summary.write_text(summary.read_text(encoding="utf-8").replace('"seed": 1', '"seed": 2'), encoding="utf-8")
    with pytest.raises(InputError, match="the file was changed"):
        read_calibration(tmp_path / "changed")

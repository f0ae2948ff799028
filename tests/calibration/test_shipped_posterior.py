"""Tests that a shipped posterior agrees with the calibration.json next to it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.analysis.statistics import median_error
from takeup.district import CALIBRATED, POSTERIOR, SHIPPED, SUMMARY, TARGETS, load_district
from takeup_calibration.diagnostics import independent_draws
from takeup_calibration.evaluator import policy_names
from takeup_calibration.importance import weighted_quantile
from takeup_calibration.priors import DUMMY, prior_dimensions
from takeup_calibration.targets import read_targets

FOLDERS = sorted(file.parent for file in SHIPPED.glob(f"*/{POSTERIOR}"))
KEYS = {
    "district",
    "effective_sample",
    "rows",
    "waves",
    "failed_rows",
    "agents",
    "seed",
    "method",
    "diagnostics",
    "targets",
    "predictions",
    "effects",
    "parameters",
    "inert",
    "directions",
    "coverage",
    "ranks",
    "full_size",
    "representative",
}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_shipped_posterior_agrees_with_its_summary(folder: Path) -> None:
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    posterior = pd.read_parquet(folder / POSTERIOR)
    assert set(summary) - {"experiments"} == KEYS
    assert summary["district"] == folder.name
    assert sum(summary["waves"]) == summary["rows"] > posterior["row"].max()
    assert summary["effective_sample"] >= 400
    assert all(check["passed"] for check in summary["diagnostics"])
    assert set(summary["effects"]) == set(policy_names())
    even = np.ones(len(posterior))
    for name, effect in summary["effects"].items():
        draws = posterior[f"effect {name}"].to_numpy()
        assert effect["posterior"] == [weighted_quantile(draws, even, at) for at in (0.05, 0.5, 0.95)]
        size = independent_draws(summary["effective_sample"], len(draws))
        assert effect["median_error"] == pytest.approx(median_error(draws, size))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_summary_of_a_shipped_posterior_agrees_with_the_districts_files(folder: Path) -> None:
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    targets = {target.name: target for target in read_targets(folder / TARGETS)}
    assert list(summary["targets"]) == list(targets)
    for name, entry in summary["targets"].items():
        target = targets[name]
        assert entry["wanted"] == [target.low, target.high]
        assert (entry["tolerance"], entry["fitted"], entry["local"], entry["source"]) == (
            target.tolerance,
            target.fit,
            target.local,
            target.source,
        )
        low, median, high = entry["posterior"]
        assert low <= median <= high
        assert not target.fit or (entry["predictive"][0] <= target.high and target.low <= entry["predictive"][1])
    dimensions = prior_dimensions(load_district(folder, calibrated=False).parameters)
    assert summary["inert"] == [each.name for each in dimensions if each.prior.inert]
    assert list(summary["parameters"]) == [*(each.name for each in dimensions if not each.prior.inert), DUMMY]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_shipped_calibrated_values_are_those_of_the_summary(folder: Path) -> None:
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    point, percentiles = (summary["representative"][key] for key in ("row", "percentiles"))
    text = (folder / CALIBRATED).read_text(encoding="utf-8")
    source = re.search(r"(?:row (\d+) of|constructed from) ([\d,]+)(?: points)? of the design with seed (\d+)", text)
    assert source is not None
    row, count, seed = (None if number is None else int(number.replace(",", "")) for number in source.groups())
    assert (row, count, seed) == (point, summary["rows"], summary["seed"])
    posterior = pd.read_parquet(folder / POSTERIOR)
    calibrated = load_district(folder).parameters
    names = [name for name in posterior if name != "row" and not name.startswith(("effect ", "reason "))]
    for draw in posterior.index[posterior["row"] == point][:1]:
        assert {name: calibrated.number(name) for name in names} == pytest.approx(
            posterior.loc[draw, names].to_dict()
        )
    for name in names:
        if f"parameter {name}" in percentiles:
            # The percentile of a value that is equal to draws lies between the shares of smaller and of greater ones.
            below = 100 * (posterior[name] < calibrated.number(name) * (1 - 1e-9)).mean()
            above = 100 * (posterior[name] > calibrated.number(name) * (1 + 1e-9)).mean()
            assert below - 1e-9 <= percentiles[f"parameter {name}"] <= 100 - above + 1e-9, name


def test_there_is_a_shipped_posterior() -> None:
    assert [folder.name for folder in FOLDERS] == ["liwan"]

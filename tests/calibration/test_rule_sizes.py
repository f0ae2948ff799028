"""Sizes of dated rules as dimensions of a calibration and of a sensitivity analysis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from takeup.cli.app import exit_code_of
from takeup.district import load_district, read_posterior
from takeup_calibration.priors import fix_parameters, parameter_values, prior_dimensions
from tests.calibration.test_calibrator import SMALL, TARGETS
from tests.scenario.sized_rules import OTHER, PRIOR, SIZE, SIZED, ruled, written

TWO_SIZES = written(SIZE + PRIOR, OTHER + PRIOR, rules=[*SIZED, SIZED[0].replace("drive", "papers")])


def test_each_size_with_a_prior_is_a_dimension_of_its_own(tmp_path: Path) -> None:
    parameters = ruled(tmp_path, TWO_SIZES).parameters
    dimensions = prior_dimensions(parameters)
    before = [dimension.name for dimension in prior_dimensions(load_district("template").parameters)]
    assert [dimension.name for dimension in dimensions] == [*before, "rule.drive", "rule.papers"]
    values = parameter_values(
        dimensions, np.array([each.quantile(np.array(0.25)) for each in dimensions]), parameters
    )
    assert (values["rule.drive"], values["rule.papers"]) == (0.5, 0.5)
    fixed = prior_dimensions(fix_parameters(parameters, ["rule.papers"]))
    assert [dimension.name for dimension in fixed] == [*before, "rule.drive"]


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_calibration_installs_draws_of_the_size_which_other_commands_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ruled(tmp_path / "place", TWO_SIZES)
    (tmp_path / "place" / "targets.toml").write_text(TARGETS.format(value=0.05), encoding="utf-8")
    assert exit_code_of(["calibrate", "place", *SMALL, "--workers", "1", "--out", "out", "--install"]) == 0
    district = load_district("place")
    assert district.parameters["rule.drive"].status == "calibrated"
    draws = read_posterior(tmp_path / "place" / "posterior.parquet", district.parameters).draws
    sizes = {draw["rule.drive"] for draw in draws}
    assert len(sizes) > 1
    assert all(0 <= size <= 2 for size in sizes)
    compare = ("compare", "publicity", "--district", "place", "--agents", "1600", "--until", "2019-06", "--quiet")
    assert exit_code_of([*compare, "--draws", "2", "--workers", "1", "--out", "compared"]) == 0

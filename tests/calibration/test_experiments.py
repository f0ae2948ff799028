"""Tests of experiments as observations: the file, the likelihood, the evaluation, and the command."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from takeup.analysis.validation.replications import replicate
from takeup.analysis.validation.studies import QUANTITIES, read_studies
from takeup.cli.app import exit_code_of
from takeup.district import District
from takeup.errors import InputError
from takeup.runs.journal import Journal
from takeup.simulation import PermitModel
from takeup_calibration.calibrator import EvaluatedDesign
from takeup_calibration.evaluator import HISTORY_END, EvaluationSpec, evaluate_point
from takeup_calibration.experiments import (
    EXPERIMENTS,
    Experiment,
    ReplicationPlan,
    plan_replications,
    read_experiments,
    read_observations,
)
from takeup_calibration.figures import experiments_figure
from takeup_calibration.importance import mixture_weights
from tests.calibration.fixtures import make_design
from tests.calibration.test_calibrator import SMALL, TARGETS

FILE = """
[transfer.message."points"]
sd = 3.0
status = "assumed"
source = "a test"

[transfer.help."log ratio"]
sd = 0.4
status = "assumed"
source = "a test"

[[experiment]]
name = "letter"
study = "message_alone"
scale = "points"
estimate = 1.0
standard_error = 4.0
class = "message"
status = "assumed"
source = "a test"

[[experiment]]
name = "visits"
study = "door_visits"
scale = "log ratio"
estimate = 0.25
standard_error = 0.3
class = "help"
status = "assumed"
source = "a test"
"""


def write_experiments(folder: Path, old: str = "", new: str = "") -> Path:
    """Write the file of two experiments, with one text replaced."""
    assert old in FILE
    file = folder / "experiments.toml"
    file.write_text(FILE.replace(old, new, 1) if old else FILE)
    return file


@pytest.fixture
def both(tmp_path: Path) -> list[Experiment]:
    return read_experiments(write_experiments(tmp_path))


def test_the_shipped_experiments_are_read() -> None:
    experiments = {each.name: each for each in read_experiments()}
    assert len(experiments) == 13
    assert [each.name for each in experiments.values() if not each.fit] == ["shenzhen_mandate"]
    for each in experiments.values():
        assert each.low == each.high == each.estimate
        assert each.tolerance == math.hypot(each.standard_error, each.transfer.sd) > each.transfer.sd
        assert each.study.quantity in QUANTITIES
        assert not each.local
        if each.study.sign is None and each.name not in ("peer_effect", "message_alone"):
            low, high = (each.on_scale(end) for end in each.study.range)
            assert low < each.estimate < high, f"{each.name} disagrees with the range in studies.toml"
    assert read_studies().until == HISTORY_END, "the evaluations and the set-ups branch off in the same month"


@pytest.mark.parametrize(
    ("old", "new", "fragment"),
    [
        (
            'study = "message_alone"',
            'study = "mesage_alone"',
            'experiment 1, study: unknown study.*did you mean "mess',
        ),
        (
            'class = "help"',
            'class = "hepl"',
            'experiment 2, class: the class has no transfer error.*did you mean "help',
        ),
        ('class = "help"', 'class = "message"', r'no transfer error on this scale.*\[transfer.message."log ratio"\]'),
        ('scale = "log ratio"', 'scale = "points"', 'the unit "ratio"; given: "points"; allowed: log ratio'),
        ('scale = "points"', 'scale = "log ratio"', 'the unit "points"; given: "log ratio"; allowed: points'),
        ('scale = "points"', 'scale = "percent"', "experiment 1, scale"),
        ("sd = 3.0", "sd = 0", "transfer, message, points, sd"),
        ("standard_error = 4.0", "standard_error = 0", "experiment 1, standard_error"),
        ("estimate = 1.0", "estimate = nan", "experiment 1, estimate"),
        ("estimate = 1.0", "", '"estimate" is missing'),
        ('name = "visits"', 'name = "letter"', "two experiments have the same name"),
        ('name = "visits"', 'name = "visits"\ntau = 2', "unknown key"),
    ],
)
def test_a_wrong_experiment_is_reported(tmp_path: Path, old: str, new: str, fragment: str) -> None:
    with pytest.raises(InputError) as raised:
        read_experiments(write_experiments(tmp_path, old, new))
    assert re.search(fragment, str(raised.value)), raised.value
    assert "experiments.toml" in str(raised.value)


def test_an_experiment_may_not_have_the_name_of_a_target(tmp_path: Path) -> None:
    (tmp_path / "targets.toml").write_text(TARGETS.format(value=0.05))
    file = write_experiments(tmp_path, 'name = "visits"', 'name = "take_up"')
    with pytest.raises(InputError, match="experiment 2, name: the experiment has the name of a target"):
        read_observations(tmp_path / "targets.toml", file)
    names = [each.name for each in read_observations(tmp_path / "targets.toml", write_experiments(tmp_path))]
    assert names == ["take_up", "letter", "visits"]


def test_the_likelihood_is_normal_with_both_errors(both: list[Experiment]) -> None:
    """Up to the constant of the density; an undefined prediction is impossible."""
    letter, visits = both
    for experiment, mean, sd in ((letter, 1.0, 5.0), (visits, 0.25, 0.5)):
        predicted = np.array([-2.0, 0.0, 0.7, 9.0, np.nan])
        expected = norm.logpdf(predicted, mean, sd) - norm.logpdf(mean, mean, sd)
        likelihood = experiment.log_likelihood(predicted)
        assert likelihood[:4] == pytest.approx(expected[:4])
        assert likelihood[4] == -np.inf


def test_a_ratio_is_predicted_as_its_logarithm(both: list[Experiment]) -> None:
    letter, visits = both
    output = {"experiments": {"message_alone": 5.5, "door_visits": 1.3}}
    assert letter.predict_from(output) == 5.5
    assert visits.predict_from(output) == pytest.approx(np.log(1.3))
    for without in ({"windows": {}}, {"experiments": {}}, {"experiments": {"door_visits": 0.0}}):
        assert np.isnan(visits.predict_from(without))


def weighted_mean(design: EvaluatedDesign) -> float:
    """Return the posterior mean of the quantity of the last observation."""
    weights = mixture_weights(design.likelihood, np.array(design.log_densities), design.counts)
    return float(weights @ design.predicted[:, -1])


def test_an_experiment_shifts_the_weights_towards_its_estimate(both: list[Experiment]) -> None:
    """The quantity is a score of mean 0 and sd 1; an estimate of 2 with sd s has the posterior mean 2 / (1 + s²)."""
    letter, means = both[0], {}
    for sd in (0.5, 1.0, 3.0):
        design = make_design(2048, 1)
        added = letter.model_copy(update={"low": 2.0, "high": 2.0, "tolerance": sd})
        design.predicted = np.column_stack([design.predicted, design.scores[:, 3]])
        design.observations = [*design.observations, added]
        means[sd] = weighted_mean(design)
        assert means[sd] == pytest.approx(2.0 / (1.0 + sd**2), abs=0.15)
        design.observations = [*design.observations[:-1], added.model_copy(update={"fit": False})]
        assert weighted_mean(design) == pytest.approx(0.0, abs=0.1)
    assert means[0.5] > means[1.0] > means[3.0]


def test_the_plan_has_each_quantity_once_and_changes_the_keys(both: list[Experiment]) -> None:
    assert plan_replications([]) is None
    plan = plan_replications([*both, both[0]])
    assert plan is not None
    assert plan.quantities == ("door_visits", "message_alone")
    spec = EvaluationSpec("place", "digest", {"publicity": 0.1}, 1, 100, [(24227, 24227)])
    longer = plan.set_up.visit_months.model_copy(update={"value": 4})
    plans = [
        None,
        plan,
        plan._replace(quantities=("door_visits",)),
        plan._replace(set_up=plan.set_up.model_copy(update={"visit_months": longer})),
    ]
    assert len({spec._replace(experiments=each).key for each in plans}) == len(plans)


def test_the_replications_change_nothing_else_of_an_evaluation(template: District) -> None:
    """They start from the evaluation's own history, and leave it as it was."""
    month = PermitModel(template).start
    spec = EvaluationSpec(str(template.folder), template.digest, {}, 3, 1_500, [(month, month + 11)])
    plan = ReplicationPlan(("door_visits", "message_alone"), read_studies().set_up)
    without, output = evaluate_point(spec), evaluate_point(spec._replace(experiments=plan))
    experiments = output.pop("experiments")
    assert output == without
    model = PermitModel(template, None, 1_500, rng=3)
    model.run_until(HISTORY_END)
    assert experiments == replicate(model, plan.set_up, plan.quantities)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets.toml").write_text(TARGETS.format(value=0.05))
    write_experiments(tmp_path)
    return tmp_path


def calibrate(*options: str) -> int:
    arguments = ["calibrate", "template", "--targets", "targets.toml", *SMALL, "--workers", "1"]
    return exit_code_of([*arguments, "--experiments-file", "experiments.toml", *options])


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_an_interrupted_calibration_with_experiments_resumes_with_the_same_bytes(folder: Path) -> None:
    assert calibrate("--out", "whole") == 0
    entries = list(Journal(folder / "whole" / "journal.sqlite"))
    half = Journal(folder / "half" / "journal.sqlite")
    for entry in entries[::2]:
        half.add(entry)
    half.close()
    assert calibrate("--out", "half") == 0
    assert list(Journal(folder / "half" / "journal.sqlite")) == entries
    for name in ("posterior.parquet", "rows.parquet", "calibration.json", "calibrated.toml"):
        assert (folder / "whole" / name).read_bytes() == (folder / "half" / name).read_bytes(), name


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_the_results_have_the_experiments_beside_the_targets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibrate("--leave", "visits", "--out", "out") == 0
    summary = json.loads((folder / "out" / "calibration.json").read_text(encoding="utf-8"))
    assert {name: each["fitted"] for name, each in summary["experiments"].items()} == {
        "letter": True,
        "visits": False,
    }
    assert list(summary["targets"]) == ["take_up"]
    letter = summary["experiments"]["letter"]
    assert (letter["estimate"], letter["standard_error"], letter["transfer_sd"], letter["tolerance"]) == (1, 4, 3, 5)
    rows = pd.read_parquet(folder / "out" / "rows.parquet")
    assert rows[["experiment letter", "experiment visits"]].notna().all(axis=None)
    assert letter["prior"][0] == rows["experiment letter"][:4].min()
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 7
    assert "Experiments and their sources" in page
    assert "Linos et al. 2022" in page
    predictions = pd.read_csv(folder / "out" / "predictions.csv").set_index("observation")
    assert predictions["kind"].to_dict() == {"take_up": "target", "letter": "experiment", "visits": "experiment"}
    assert predictions.loc["letter", "null_log_score"] == pytest.approx(norm.logpdf(1.0, 0.0, np.hypot(4.0, 0.25)))
    assert (folder / "out" / "experiments.png").is_file()
    assert "fitted to take_up, letter" in (folder / "out" / "calibrated.toml").read_text(encoding="utf-8")
    shaded: list[tuple[float, float]] = []
    monkeypatch.setattr("matplotlib.axes.Axes.axvspan", lambda _axes, low, high, **_: shaded.append((low, high)))
    experiments_figure(summary)
    assert shaded[0] == pytest.approx((1.0 - 1.645 * 4.0, 1.0 + 1.645 * 4.0))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--experiments",), "two files of experiments are requested"),
        (("--leave", "leter"), 'did you mean "letter"'),
        (("--fit", "message_alone"), "there is no such target or experiment"),
        (("--leave", "take_up", "--leave", "letter", "--leave", "visits"), "no target or experiment would be fitted"),
    ],
)
def test_wrong_options_are_reported_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], expected: str
) -> None:
    assert calibrate("--out", "out", *options) == 2
    assert expected in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_the_shipped_file_lies_beside_the_package() -> None:
    assert EXPERIMENTS.is_file()

"""Tests of the screening of a district's numbers: verdicts on invented models, and the command."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from takeup.cli.app import exit_code_of
from takeup.district import District, Posterior, load_district, read_posterior
from takeup.months import parse_month
from takeup.report.i18n import language_of
from takeup.report.plotting import caption_of
from takeup.runs.journal import Entry, Journal
from takeup_calibration import evaluator
from takeup_calibration.evaluator import HISTORY_END, EvaluationSpec, Evaluator, policy_names
from takeup_calibration.priors import parameter_values, prior_dimensions, sobol_points
from takeup_calibration.sensitivity.analysis import NOISE
from takeup_calibration.sensitivity.screening import (
    CAUSES,
    NEGLIGIBLE,
    Change,
    ScreeningDesign,
    ScreeningResult,
    make_design,
    output_names,
    run,
    screening_ranges,
)
from takeup_calibration.sensitivity.screening_report import effects_figure, effects_table, print_results, print_size
from takeup_calibration.targets import output_key
from tests.scenario.sized_rules import SIZE, SIZED, ruled, written

SCREENED = ("publicity", "remember", "fee_cost", "trip_cost", "reach")
"""Parameters that the tests screen; all others are set to the district's values."""
COMMAND = ("--method", "screening", "--posterior", "posterior.parquet", "--parameters", "known.toml")
SMALL = ("--agents", "1600", "--rows", "2", "--quiet")
SEED = 7


@pytest.fixture(scope="module")
def district() -> District:
    return load_district("template", calibrated=False)


@pytest.fixture(scope="module")
def posterior(district: District, tmp_path_factory: pytest.TempPathFactory) -> Posterior:
    """Return a posterior of eight draws of the priors."""
    dimensions = prior_dimensions(district.parameters)
    points = np.array([each.quantile(row) for each, row in zip(dimensions, uniforms(len(dimensions)), strict=True)])
    draws = [parameter_values(dimensions, point, district.parameters) for point in points.T]
    file = tmp_path_factory.mktemp("posterior") / "posterior.parquet"
    pd.DataFrame(draws).to_parquet(file)
    return read_posterior(file, district.parameters)


def uniforms(dimensions: int) -> list[np.ndarray]:
    return list(sobol_points(8, dimensions, seed=3).T)


def known(district: District) -> dict[str, float]:
    return {each.name: each.value for each in district.parameters if each.name.partition(".")[0] not in SCREENED}


def design_of(district: District, posterior: Posterior, count: int = 4) -> ScreeningDesign:
    return make_design(district, posterior, count, 1600, SEED, 0.1, known(district))


def result_with(share: float) -> dict[str, dict[str, float]]:
    """Return the result of an evaluation with a share of valid permits, and with equal values of other outputs."""
    month = parse_month(HISTORY_END)
    windows = dict.fromkeys((output_key(month, month, name) for name in CAUSES), 50.0)
    windows[output_key(month, month, "population")] = 100.0
    return {"windows": windows, "decembers": {HISTORY_END: share}, "effects": dict.fromkeys(policy_names(), 1.0)}


def screen(
    design: ScreeningDesign, share: Callable[[EvaluationSpec], float], monkeypatch: pytest.MonkeyPatch
) -> ScreeningResult:
    """Screen with a function of parameters in place of the share of valid permits."""
    monkeypatch.setattr(evaluator, "evaluate_point", lambda spec: result_with(share(spec)))
    with Evaluator.open(None) as opened:
        return run(design, opened)


def at_end(design: ScreeningDesign, spec: EvaluationSpec, name: str) -> float:
    """Return -1 at the low end of a number's range, 1 at its high end, and otherwise 0."""
    value = spec.parameters.get(name, math.nan)
    return {design.ranges[name][0]: -1.0, design.ranges[name][1]: 1.0}.get(value, 0.0)


def test_verdicts_on_effects_of_known_size(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dummy, two small effects and a large one get their verdicts.

    Another seed changes the share by 0.6 points. Only the low end of publicity and the high end of trip_cost and of
    reach.primary have an effect. The effect of reach.junior is 0 around all draws but one.
    """
    design = design_of(district, posterior)
    sizes = {"publicity": -5.0, "trip_cost": 0.06, "reach.primary": 0.3}
    last = design.draws[-1]["publicity"]

    def share(spec: EvaluationSpec) -> float:
        noise = 0.0 if spec.seed == SEED else 0.6 * (-1) ** spec.seed
        change = sum(max(size * at_end(design, spec, name), 0.0) for name, size in sizes.items())
        alone = 1.0 if spec.parameters["publicity"] == last else 0.0
        return 50.0 + noise + change + alone * at_end(design, spec, "reach.junior")

    result = screen(design, share, monkeypatch)
    verdicts = {change.name: verdict for change, verdict in result.verdicts.items() if change.kind == "number"}
    assert verdicts == {
        "remember": "no effect",
        "fee_cost": "no effect",
        "trip_cost": "negligible",
        "reach.primary": "below noise",
        "reach.junior": "undecided",
        "reach.senior": "no effect",
        "reach.college": "no effect",
        "publicity": "effect",
    }
    effects = {(each.change.name, each.output): each for each in result.effects}
    assert effects[NOISE, "valid_share"].mean == pytest.approx(0.6)
    assert effects[NOISE, "valid_share"].limit == pytest.approx(0.6)
    assert effects[NOISE, "unaware"].limit == 0.1
    assert effects["publicity", "valid_share"].mean == pytest.approx(5.0)
    assert effects["publicity", "valid_share"].draws == 2, "its effect is clear after two draws"
    assert effects["trip_cost", "valid_share"].draws == 4
    assert effects["trip_cost", "unaware"].mean == 0.0


def test_the_upper_bound_is_that_of_a_one_sided_t_interval(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = design_of(district, posterior)
    sizes = dict(zip((draw["publicity"] for draw in design.draws), (0.0, 0.1, 0.2, 0.1), strict=True))
    result = screen(
        design,
        lambda spec: sizes.get(spec.parameters["publicity"], 0.0) * at_end(design, spec, "trip_cost"),
        monkeypatch,
    )
    effect = next(each for each in result.effects if each.change == Change("number", "trip_cost"))
    assert effect.mean == pytest.approx(0.1)
    # 2.353: the 95 % quantile of Student's t distribution with three degrees of freedom
    assert effect.upper == pytest.approx(0.1 + 2.353 * np.std([0.0, 0.1, 0.2, 0.1], ddof=1) / 2, abs=1e-4)


def test_numbers_that_are_negligible_alone_may_have_an_effect_together(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = design_of(district, posterior)
    members = [f"reach.{level}" for level in ("primary", "junior", "senior", "college")]
    result = screen(design, lambda spec: 0.09 * sum(at_end(design, spec, name) for name in members), monkeypatch)
    assert {result.verdicts[Change("number", name)] for name in members} == {"negligible"}
    assert result.verdicts[Change("together", NEGLIGIBLE)] == "effect"
    together = next(each for each in result.effects if each.change.kind == "together")
    assert 0.09 < together.mean < 0.36
    for one, other in design.alternatives(Change("together", NEGLIGIBLE), 0, members):
        assert {at_end(design, one, name) * at_end(design, other, name) for name in members} == {-1.0}


def test_merged_members_have_their_mean(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parameter of which only the sum of the members matters is merged without an effect."""
    design = design_of(district, posterior)
    values = {each.name: each.value for each in district.parameters}

    def share(spec: EvaluationSpec) -> float:
        return sum((values | spec.parameters)[name] for name in values if name.startswith("reach."))

    result = screen(design, share, monkeypatch)
    assert result.verdicts[Change("number", "reach.college")] == "effect"
    merged = next(each for each in result.effects if each.change == Change("merged", "reach"))
    assert merged.mean == pytest.approx(0.0, abs=1e-12)
    assert result.verdicts[merged.change] == "no effect"


def test_the_size_of_dated_rules_is_screened_as_any_number_is(tmp_path: Path, posterior: Posterior) -> None:
    place = ruled(tmp_path / "place", written(SIZE, rules=SIZED[:1]))
    assert screening_ranges(place.parameters, posterior)["rule.drive"] == (0.5, 2.0)


def test_a_number_with_a_posterior_varies_over_its_draws_and_any_other_from_half_to_twice_its_value(
    district: District, posterior: Posterior
) -> None:
    ranges = screening_ranges(district.parameters, posterior)
    drawn = [draw["publicity"] for draw in posterior.draws]
    assert ranges["publicity"] == pytest.approx(tuple(np.quantile(drawn, [0.05, 0.95])))
    assert ranges["trip_cost"] == pytest.approx((0.04, 0.16))
    assert ranges["red_tape_high"] == (1.0, 3.0), "red tape is not below 1 at its highest"
    assert ranges["contacts"] == (4.0, 16.0)
    assert ranges["enforcement"] == (0.0, 1.0), "a tenth of the range from 0 to 10"
    assert ranges["need.schooling.base"] == pytest.approx((-0.2, 0.2))
    assert ranges["leave_factor.origin.elsewhere"] == (0.5, 2.0)
    assert ranges["supply.employment"] is None, "an infinite supply has no half"
    assert set(ranges) == {each.name for each in district.parameters}
    for each in district.parameters:
        for end in ranges[each.name] or ():
            district.parameters.check(each.name, end)


def test_a_design_with_more_draws_contains_the_smaller_one(district: District, posterior: Posterior) -> None:
    small, large = design_of(district, posterior, 2), design_of(district, posterior, 4)
    assert large.draws[:2] == small.draws
    for change in [*small.changes, Change("noise", NOISE)]:
        for draw in range(2):
            keys = [[spec.key for spec in group] for group in small.alternatives(change, draw)]
            assert keys == [[spec.key for spec in group] for group in large.alternatives(change, draw)]
    seeds = {
        spec.seed for draw in range(4) for group in large.alternatives(Change("noise", NOISE), draw) for spec in group
    }
    assert len(seeds) == 32
    assert SEED not in seeds


def test_values_that_are_set_are_not_screened(district: District, posterior: Posterior) -> None:
    design = design_of(district, posterior)
    assert {name.partition(".")[0] for name in design.ranges} == set(SCREENED)
    assert design.fixed == ()
    every = make_design(district, posterior, 2, 24_000, SEED, 0.1)
    assert len(every.ranges) + len(every.fixed) == len(list(district.parameters))
    assert {spec.parameters["forget"] for spec in (design.base(0), design.base(1))} == {0.03}


def test_draws_with_a_failed_evaluation_are_excluded(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = design_of(district, posterior)

    def share(spec: EvaluationSpec) -> float:
        if spec.parameters["publicity"] == design.draws[1]["publicity"] and at_end(design, spec, "trip_cost"):
            raise ValueError("invalid point")
        return 0.05 * at_end(design, spec, "trip_cost")

    result = screen(design, share, monkeypatch)
    assert result.error == "ValueError: invalid point"
    assert result.failed == 2
    effect = next(each for each in result.effects if each.change == Change("number", "trip_cost"))
    assert (effect.draws, effect.mean) == (3, pytest.approx(0.05))
    assert result.verdicts[effect.change] == "negligible"


def test_the_table_and_the_figure_contain_every_number(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = design_of(district, posterior)
    result = screen(design, lambda spec: at_end(design, spec, "publicity"), monkeypatch)
    table = effects_table(result)
    assert set(table.loc[table["kind"] == "number", "name"]) == set(design.ranges)
    assert set(table["output"]) == set(output_names())
    row = table[(table["name"] == "trip_cost") & (table["output"] == "valid_share")].iloc[0]
    assert (row["low"], row["high"], row["verdict"]) == (0.04, 0.16, "no effect")
    figure = effects_figure(result)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "publicity", "the parameter with the largest effect is on top"
    assert set(labels) == {*SCREENED, NOISE}
    assert "4 draws" in caption_of(figure)


def test_the_output_is_chinese_but_for_names(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    design, chinese = design_of(district, posterior), language_of("zh")
    result = screen(design, lambda spec: at_end(design, spec, "publicity"), monkeypatch)
    print_size(design, quiet=False, translate=chinese)
    print_results(result, Path("out"), chinese)
    printed = capsys.readouterr().out
    assert "筛查" in printed
    figure = effects_figure(result, chinese)
    texts = [str(text.get_text()) for text in figure.findobj(Text)]
    names = " ".join([*design.ranges, *output_names(), NOISE, "out"])
    words = set(re.findall("[A-Za-z]{2,}", " ".join([printed, *texts])))
    assert words <= set(re.findall("[A-Za-z]{2,}", names))


def test_many_numbers_are_counted_by_parameter_and_the_size_of_a_rule_is_named(
    district: District, posterior: Posterior, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    design = design_of(district, posterior)
    result = screen(design, lambda spec: at_end(design, spec, "publicity"), monkeypatch)
    names = [*(f"need.schooling.level{number}" for number in range(20)), "publicity", "rule.one_drive"]
    changes = [Change("number", name) for name in names]
    effects = [result.effects[0]._replace(change=change) for change in changes]
    many = replace(result, effects=effects, verdicts=dict.fromkeys(changes, "below noise"))
    print_results(many, Path("out"))
    printed = " ".join(capsys.readouterr().out.split())
    assert re.search(r"need \(20 of \d+\), publicity, rule\.one_drive", printed)


@pytest.fixture
def folder(district: District, posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with a posterior of the template and the values of all but five parameters."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posterior.parquet").write_bytes(posterior.file.read_bytes())
    lines = (
        ".".join(json.dumps(part) for part in name.split(".")) + f" = {value!r}\n"
        for name, value in known(district).items()
    )
    (tmp_path / "known.toml").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def screening(*options: str) -> int:
    return exit_code_of(["sensitivity", "template", *COMMAND, *options])


def journal_of(out: Path) -> list[Entry]:
    with closing(Journal(out / "journal.sqlite")) as journal:
        return list(journal)


@pytest.mark.slow
def test_interrupted_and_parallel_runs_give_identical_results(folder: Path) -> None:
    assert screening(*SMALL, "--workers", "2", "--out", "whole") == 0
    entries = journal_of(folder / "whole")
    with closing(Journal(folder / "half" / "journal.sqlite")) as half:
        for entry in entries[::2]:
            half.add(entry)
    assert screening(*SMALL, "--workers", "1", "--out", "half") == 0
    assert journal_of(folder / "half") == entries
    for name in ("screening.csv", "screening.parquet", "screening.json", "screening.png"):
        assert (folder / "whole" / name).read_bytes() == (folder / "half" / name).read_bytes(), name
    verdicts = json.loads((folder / "whole" / "screening.json").read_text())["verdicts"]["number"]
    assert "publicity" in [each["name"] for each in verdicts["effect"]]
    assert [each["name"] for each in verdicts["no effect"]] == ["fee_cost"], "there is no fee"


def test_the_command_prints_and_writes_the_verdicts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluator, "evaluate_point", lambda spec: result_with(1000.0 * spec.parameters["publicity"]))
    assert screening("--agents", "1600", "--workers", "1", "--out", "out") == 0
    printed = capsys.readouterr().out
    assert "8 numbers around 4 draws of the posterior, 1,600 migrants" in printed
    assert re.search(r"number +no effect +7 +remember, reach", printed)
    assert re.search(r"number +effect +1 +publicity", printed)
    assert max(len(line) for line in printed.splitlines() if "Written" not in line) <= 80
    summary = json.loads((folder / "out" / "screening.json").read_text())
    assert summary["counts"]["number"] == {
        "no effect": 7,
        "negligible": 0,
        "below noise": 0,
        "undecided": 0,
        "effect": 1,
    }
    assert summary["verdicts"]["number"]["effect"][0]["largest"]["output"] == "valid_share"
    pd.testing.assert_frame_equal(
        pd.read_csv(folder / "out" / "screening.csv"), pd.read_parquet(folder / "out" / "screening.parquet")
    )
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert (manifest["draws"], manifest["tolerance"], manifest["seed"]) == (4, 0.1, 1)


def test_failed_evaluations_are_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
        raise ValueError("no migrant is left")

    monkeypatch.setattr(evaluator, "evaluate_point", nothing)
    options = (*SMALL, "--workers", "1", "--out", "out")
    assert screening(*options) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert "fewer than 2 of 2 draws could be evaluated" in message
    assert "the first with the error ValueError: no migrant is left" in message
    assert not (folder / "out" / "screening.csv").exists()

    def faulty(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
        if spec.parameters.get("fee_cost", 0.005) != 0.005:
            raise ValueError("invalid point")
        return result_with(50.0)

    monkeypatch.setattr(evaluator, "evaluate_point", faulty)
    assert screening(*options) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert re.search(r"4 of \d+ evaluations failed, the first with the error ValueError: invalid point", message)
    assert (folder / "out" / "screening.csv").exists()


WRONG = {
    ("--rows", "1"): ["--rows", "2 to"],
    ("--rows", "9"): ["--rows", "2 to 8 draws", "posterior.parquet"],
    ("--tolerance", "0"): ["--tolerance", "above 0"],
    ("--tolerance", "some"): ["--tolerance", "a number"],
    ("--only", "publicity"): ["--only", "screening"],
    ("--posterior", "none.parquet"): ["none.parquet", "no posterior"],
    ("--method", "morris"): ["--posterior", "no effect", "--method screening"],
    ("--set", "contacts=16"): ["--agents", "16 contacts"],
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_errors_are_reported_and_nothing_is_written(
    folder: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file.name for file in folder.iterdir()}
    assert screening("--agents", "1600", *options) == 2
    message = " ".join(capsys.readouterr().err.split())
    for fragment in WRONG[options]:
        assert fragment in message
    assert {file.name for file in folder.iterdir()} == before


def test_too_few_migrants_for_the_largest_number_of_contacts_are_reported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 1,600 migrants, the smallest street has 10 slots, which are too few for 16 contacts each."""
    text = (folder / "known.toml").read_text(encoding="utf-8")
    (folder / "known.toml").write_text(re.sub(r'(?m)^"contacts" = .*\n', "", text), encoding="utf-8")
    assert screening("--agents", "1600", "--rows", "2") == 2
    message = " ".join(capsys.readouterr().err.split())
    assert "--agents" in message
    assert "16 contacts" in message


def test_the_tolerance_has_no_effect_on_other_methods(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["sensitivity", "template", "--tolerance", "0.2", "--method", "sobol"]) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert "--tolerance" in message
    assert "no effect" in message

"""Published findings: those fitted are known, each has a source, and the verdict follows the documented rule."""

from __future__ import annotations

import json
import math
import re
import tomllib

import numpy as np
import pytest

from takeup.analysis.validation.predictions import fitted_studies
from takeup.analysis.validation.result import INSIDE, NO_RESULT, OUTSIDE, OVERLAPS, RIGHT, WRONG, check_study
from takeup.analysis.validation.studies import (
    QUANTITIES,
    SCENARIOS,
    STUDIES,
    Studies,
    Study,
    calibrated_on,
    read_studies,
)
from takeup.district import SHIPPED, SUMMARY, load_district
from takeup.errors import InputError
from takeup.io import parse_model, read_toml
from takeup.months import parse_month
from takeup.scenario import load_scenario

STUDIES_READ = read_studies()
BY_NAME = {each.name: each for each in STUDIES_READ.each}
RANGED, SIGNED = BY_NAME["message_light_burden"], BY_NAME["sign_procedure"]


def fitted_names() -> set[str]:
    """Names of the targets and experiments that Liwan's calibration was fitted to."""
    summary = json.loads((SHIPPED / "liwan" / SUMMARY).read_text(encoding="utf-8"))
    return {name for kind in ("targets", "experiments") for name, each in summary[kind].items() if each["fitted"]}


def test_findings_that_are_targets_are_known_as_fitted() -> None:
    """No other fitted target rests on a finding, but for the ends of an interval that were chosen by judgement."""
    figures = {each["name"]: each for each in read_toml(SHIPPED / "liwan" / "targets.toml")["target"]}
    fitted = {name: each for name, each in figures.items() if each.get("fit", True)}
    assert len(fitted) == 14
    known = fitted_studies(SHIPPED / "liwan", STUDIES_READ.each)
    for finding in STUDIES_READ.each:
        assert finding.figure is None or finding.figure in figures
        assert finding.figure not in fitted or finding.name in known
    cited = {
        (figure["name"], finding.cited_as)
        for finding in STUDIES_READ.each
        for figure in fitted.values()
        if finding.cited_as in figure["source"]
    }
    assert {name for name, _ in cited} - {finding.figure for finding in STUDIES_READ.each} == {"returned_share"}


def test_the_calibrated_values_name_what_they_were_fitted_to() -> None:
    source = tomllib.loads((SHIPPED / "liwan" / "calibrated.toml").read_text(encoding="utf-8"))["source"]
    assert {name.strip() for name in source.split("fitted to")[1].split(",")} == fitted_names()


def test_a_figure_shown_beside_the_districts_own_has_the_same_range() -> None:
    """The range is the value plus or minus the tolerance of the target, per 100 persons if the unit is.

    The range of a target that is an interval, which combines several sources, overlaps with that of the finding.
    """
    figures = {each["name"]: each for each in read_toml(SHIPPED / "liwan" / "targets.toml")["target"]}
    shared = [each for each in STUDIES_READ.each if each.figure is not None]
    assert len(shared) == 2
    for finding in shared:
        figure, scale = figures[str(finding.figure)], 100.0 if finding.unit == "per 100 persons" else 1.0
        assert finding.range is not None
        if figure.get("shape") == "interval":
            assert scale * figure["low"] <= finding.range[1]
            assert finding.range[0] <= scale * figure["high"]
            continue
        ends = [scale * (figure["value"] + side * figure["tolerance"]) for side in (-1.0, 1.0)]
        assert finding.range == pytest.approx(ends)


def test_every_required_finding_exists() -> None:
    """Message and burden, simplification and benefit, fees and help, peers, eight signs, and four counts."""
    assert len(STUDIES_READ.each) == 25
    assert sum(each.name.startswith("sign_") for each in STUDIES_READ.each) == 8
    assert {each.quantity for each in STUDIES_READ.each} == set(QUANTITIES) - {"mandatory_accepted"}
    for finding in STUDIES_READ.each:
        assert finding.source
        assert finding.transfers_because


def test_parameters_that_rest_on_a_study_are_named() -> None:
    liwan = load_district("liwan", calibrated=False)
    assert {"hassle", "documents"} <= set(calibrated_on(BY_NAME["simplification"], liwan))
    assert {"norm", "word_of_mouth"} <= set(calibrated_on(BY_NAME["peer_size"], liwan))
    assert calibrated_on(BY_NAME["mandatory"], liwan) == ()


def test_scenarios_act_in_the_month_after_the_history_or_from_the_beginning() -> None:
    after = parse_month(STUDIES_READ.until) + 1
    files = sorted(SCENARIOS.glob("*.toml"))
    assert len(files) == 13
    for file in files:
        first = load_scenario(file).first
        assert first == (parse_month("2010-01") if file.stem == "shenzhen_2008" else after), file.stem
    campaign = {each.intervention.until for each in load_scenario(SCENARIOS / "campaign.toml").stated}
    assert {parse_month(str(month)) for month in campaign} == {after + STUDIES_READ.set_up.campaign_months.whole - 1}


def test_scenarios_that_set_ups_name_are_there() -> None:
    named = set(re.findall(r"`(\w+\.toml)`", STUDIES.read_text(encoding="utf-8")))
    assert len(named) >= 6
    for name in named:
        assert (SCENARIOS / name).is_file(), name


@pytest.mark.parametrize(
    ("values", "verdict", "reason"),
    [
        ([0.0, 1.0, 9.0], INSIDE, ""),  # the interval reaches beyond the range on both sides
        ([1.0, 5.0, 9.0], OVERLAPS, ""),  # the median is above the range
        ([-9.0, -5.0, 1.0], OVERLAPS, ""),  # or below it
        ([2.5, 3.0, 4.0], OUTSIDE, "if_above"),
        ([-1.0, 0.0, 0.1], OUTSIDE, "if_below"),
        ([2.0, 2.0, 2.0], INSIDE, ""),  # an end of the range belongs to it
        ([math.nan, 1.0, math.nan], INSIDE, ""),  # draws without a number are left out
        ([math.nan], NO_RESULT, ""),
        ([], NO_RESULT, ""),
    ],
)
def test_a_range_is_met_by_the_median_or_reached_by_the_middle_of_the_draws_or_missed(
    values: list[float], verdict: str, reason: str
) -> None:
    outcome = check_study(RANGED, np.array(values))
    assert outcome.verdict == verdict
    assert outcome.reason == (getattr(RANGED, reason) if reason else "")
    assert outcome.is_miss == bool(reason)


def test_one_stray_draw_of_many_does_not_reach_a_range() -> None:
    """The interval is the middle 90 %, not all of the draws."""
    assert check_study(RANGED, np.array([1.0, *[5.0] * 99])).verdict == OUTSIDE
    assert check_study(RANGED, np.array([*[1.0] * 6, *[5.0] * 94])).verdict == OVERLAPS
    assert check_study(RANGED, np.array([*[1.0] * 6, *[5.0] * 94])).agreement == 0.06


@pytest.mark.parametrize(
    ("values", "verdict"),
    [([-1.0, -2.0, -3.0], RIGHT), ([-1.0, -2.0, 3.0], WRONG), ([1.0, 2.0, 3.0], WRONG), ([0.0, 0.0], WRONG)],
)
def test_a_direction_is_met_if_the_middle_of_the_draws_has_it(values: list[float], verdict: str) -> None:
    outcome = check_study(SIGNED, np.array(values))
    assert outcome.verdict == verdict
    assert outcome.reason == ("" if verdict == RIGHT else SIGNED.if_wrong)
    assert (
        check_study(Study(**{**SIGNED.model_dump(by_alias=True), "sign": "+"}), -np.array(values)).verdict == verdict
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"source": ""}, "source"),
        ({"low": 3.0}, "the lower end of the range is not below the upper end"),
        ({"low": None}, 'is incomplete: "low" is missing'),
        (dict.fromkeys(("low", "high", "range_is", "if_above", "if_below")), "no range and no sign"),
        ({"if_wrong": "x"}, 'has "if_wrong", but no sign'),
        ({"sign": "+"}, "both a sign and a range"),
        ({"quantity": "message"}, 'did you mean "message'),
        ({"if_above": None}, 'is incomplete: "if_above" is missing'),
        ({"verdict": "inside"}, "unknown key"),
    ],
)
def test_a_wrong_finding_is_reported(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_model(Study, {**RANGED.model_dump(by_alias=True), **changed})


def test_no_two_findings_have_the_same_name() -> None:
    written = read_toml(STUDIES)
    with pytest.raises(InputError, match="two findings have the same name"):
        parse_model(Studies, {**written, "finding": [*written["finding"], written["finding"][0]]})

"""Where and for whom policies act: targets first, and streets only where they differ beyond Monte Carlo error."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from takeup.analysis.compare.output import comparison_html, plots_of
from takeup.analysis.compare.places import render_targets, street_differences, target_rows, target_sentences
from takeup.analysis.compare.result import Comparison, group_table
from takeup.analysis.compare.targets import FEWEST_AGENTS, target_table
from takeup.analysis.compare.terminal import render_gains
from takeup.district import load_district
from takeup.report.i18n import language_of
from takeup.runs.task import TRANSITIONS
from takeup.scenario import Intervention, Purchase, Scenario, SourcedIntervention, SourcedPurchase

from .invented import PERSONS_PER_AGENT, Make, drawn_from
from .test_terminal import shown


def counts(both: int, gained: int, lost: int, neither: int) -> list[int]:
    assert TRANSITIONS[:4] == ("both", "gained", "lost", "neither")
    return [both, gained, lost, neither, 3, 7, 5, 15]


@pytest.fixture
def transitions() -> np.ndarray:
    """Two runs of one policy: all residents, and the targets."""
    runs = [
        [[counts(3_000, 300, 50, 6_650), counts(300, 100, 10, 590)]],
        [[counts(3_000, 320, 50, 6_630), counts(300, 120, 10, 570)]],
    ]
    return np.array(runs, dtype=np.float64)


def limited(comparison: Comparison, transitions: np.ndarray, **limits: object) -> Comparison:
    """The comparison with a first policy that is limited."""
    intervention = Intervention.model_validate({"lever": "publicity", "add": 0.04, "from": "2019-01", **limits})
    scenario = Scenario("leaflets", "Leaflets", "", "test", (SourcedIntervention(intervention, None, 1),))
    table = target_table(transitions, ["leaflets"], PERSONS_PER_AGENT, drawn=comparison.drawn is not None)
    return replace(comparison, scenarios=(*comparison.scenarios, scenario), targets=table)


def test_effects_on_targets_and_on_all_others_follow_from_the_counts(transitions: np.ndarray) -> None:
    row = target_table(transitions, ["leaflets"], 10.0, drawn=False).iloc[0]
    without, under = 300 + 10 + 3, np.array([300 + 100 + 5, 300 + 120 + 5])
    residents_without, residents_under = 1_000 + 10, 1_000 + 20
    points = 100 * (under / residents_under - without / residents_without)
    assert row["persons"] == 10 * residents_under
    assert row["baseline_percent"] == pytest.approx(100 * without / residents_without)
    assert row["difference_points"] == pytest.approx(points.mean())
    assert row["low"] < row["difference_points"] < row["high"]
    assert row["difference_persons"] == pytest.approx(10 * (under - without).mean())
    others = np.array([100 * (2_900 / 9_000 - 2_740 / 9_000)] * 2)
    assert row["elsewhere_points"] == pytest.approx(others.mean())


def test_fewer_simulated_targets_than_a_hundred_have_no_difference(transitions: np.ndarray) -> None:
    transitions[:, :, 1] = 0
    transitions[:, :, 1, TRANSITIONS.index("neither")] = FEWEST_AGENTS - 1
    row = target_table(transitions, ["leaflets"], 10.0, drawn=False).iloc[0]
    assert row["agents"] == FEWEST_AGENTS - 1
    assert row[["difference_points", "low", "high", "difference_persons"]].isna().all()
    assert np.isfinite(row["elsewhere_points"])


def test_the_targets_come_first_on_the_page(comparison: Comparison, transitions: np.ndarray) -> None:
    made = limited(comparison, transitions, streets=["Street 01", "Street 02"])
    (sentence,) = target_sentences(made)
    assert sentence.startswith("“Leaflets” is limited to 10,200 migrants (street: Street 01, Street 02). Among them ")
    assert "Monte Carlo error only" in sentence
    page = page_of(made)
    assert page.index(sentence[:40]) < page.index("Under these parameters")
    assert "Where and for whom the scenarios act" in page
    assert "Where and for whom" not in comparison_html(comparison, {})


def test_targets_fit_eighty_columns_and_are_described(comparison: Comparison, transitions: np.ndarray) -> None:
    made = limited(comparison, transitions, groups={"housing": ["informal_lease", "dormitory"]})
    text = shown(render_targets(made))
    assert "leaflets" in text
    assert "…" not in text
    assert "Monte Carlo error" in text
    assert target_rows(made)[0].limits == "housing: informal lease, dormitory"
    sentence, _, _ = target_sentences(made, language_of("zh"))[0].partition("。")
    assert re.fullmatch("“Leaflets”只针对 [0-9,]+ 人（住房：未备案租赁、集体宿舍）", sentence), "one colon"


def test_the_people_of_a_measure_are_named(comparison: Comparison, transitions: np.ndarray) -> None:
    purchase = Purchase.model_validate({"name": "village_outreach", "yuan_per_year": 3_000_000, "from": "2019-03"})
    scenario = Scenario("leaflets", "Leaflets", "", "test", (), (SourcedPurchase(purchase, None, 1),))
    made = limited(comparison, transitions)
    made = replace(made, district=load_district("liwan"), scenarios=(*comparison.scenarios, scenario))
    assert target_rows(made)[0].limits == "housing: informal lease"


def test_over_draws_the_sentence_names_both_sources_of_uncertainty(
    comparison: Comparison, transitions: np.ndarray
) -> None:
    drawn = limited(drawn_from(comparison), transitions, streets=["Street 01"])
    assert "parameters and Monte Carlo error" in target_sentences(drawn)[0]


def noisy(comparison: Comparison, effect: dict[str, float]) -> Comparison:
    """The comparison with streets of different size that differ by chance, and by an effect of the first scenario."""
    rng = np.random.default_rng(7)
    rows = comparison.groups.copy()
    is_street = (rows["attribute"] == "street").to_numpy()
    number = rows["level"].str.extract(r"(\d+)$")[0].astype(float).fillna(1).to_numpy()
    size = np.where(is_street, 150 * number, rows["population"]).astype(int)
    shift = np.where(rows["scenario"] == "scenario_1", rows["level"].map(effect).fillna(0.0), 0.0)
    valid = rng.binomial(size, 0.25 + shift)
    rows["population"] = size
    rows["valid"] = np.where(is_street, valid, rows["valid"])
    return replace(comparison, groups=rows)


def test_streets_that_differ_by_chance_are_not_shown(make: Make) -> None:
    comparison = noisy(make(streets=22), {})
    differences = street_differences(comparison)
    assert not differences.any
    assert "by_street" not in plots_of(comparison)
    page = comparison_html(comparison, {})
    assert "<summary>By street</summary>" not in page


def test_the_page_says_that_nothing_differs_by_street(make: Make) -> None:
    comparison = noisy(make(streets=22), {})
    everywhere = Scenario("everywhere", "Everywhere", "", "test", (SourcedIntervention(
        Intervention.model_validate({"lever": "publicity", "add": 0.04, "from": "2019-01"}), None, 1),))  # fmt: skip
    renamed = {"scenario_1": "everywhere"}
    tables = {
        name: getattr(comparison, name)[lambda table: table["scenario"].isin(["baseline", "scenario_1"])].replace(
            renamed
        )
        for name in ("groups", "monthly", "comparison", "gains")
    }
    comparison = replace(comparison, scenarios=(comparison.scenarios[0], everywhere), **tables)
    sentence = "The model knows nothing that differs by street except the number of migrants."
    assert street_differences(comparison).note.startswith(sentence)
    assert sentence in comparison_html(comparison, {})


def test_streets_with_an_effect_of_their_own_are_shown(make: Make) -> None:
    comparison = noisy(make(streets=22), {"Street 20": 0.1})
    differences = street_differences(comparison)
    assert (differences.baseline, list(differences.scenarios)) == (False, ["scenario_1"])
    assert differences.note.startswith("The effects of the other scenarios do not differ")
    assert "by_street" in plots_of(comparison)
    page = comparison_html(comparison, {})
    assert "By street" in page


def test_small_groups_have_no_difference(make: Make) -> None:
    comparison = make(streets=22)
    groups = comparison.groups.copy()
    is_small = groups["level"] == "Street 05"
    groups.loc[is_small, "population"] = FEWEST_AGENTS - 1
    groups.loc[is_small, "valid"] = 20
    table = group_table(replace(comparison, groups=groups)).set_index("level")
    assert table.loc["Street 05", ["difference_points", "low", "high"]].isna().all(axis=None)
    assert table.loc["Street 06", "difference_points"].notna().all()


def test_no_group_gains_most_if_groups_do_not_differ(comparison: Comparison) -> None:
    gains = comparison.gains.assign(differs=False)
    text = shown(render_gains(replace(comparison, gains=gains)))
    assert "housing" not in text
    assert "housing" in shown(render_gains(comparison))


def page_of(comparison: Comparison) -> str:
    """The page, with the rows of the first scenario for the limited policy."""
    names = [scenario.name for scenario in comparison.scenarios]
    rows = comparison.comparison
    copied = rows[rows["scenario"] == "scenario_1"].assign(scenario=names[-1])
    groups = comparison.groups[comparison.groups["scenario"] == "scenario_1"].assign(scenario=names[-1])
    return comparison_html(
        replace(
            comparison,
            comparison=pd.concat([rows, copied], ignore_index=True),
            groups=pd.concat([comparison.groups, groups], ignore_index=True),
        ),
        {},
    )

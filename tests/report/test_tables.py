"""Tables of a comparison's last month."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from takeup.analysis.compare.output import comparison_html, plots_of
from takeup.analysis.compare.result import GROUP_COLUMNS, SUMMARY_COLUMNS, Comparison, group_table, summary_table
from takeup.district import ATTRIBUTES
from takeup.report.i18n import ENGLISH

T_ONE_DEGREE = 12.706204736432095
"""The 97.5 % quantile of Student's t with one degree of freedom, as tables print it."""


def with_groups(comparison: Comparison, rows: list[tuple[str, int, str, str, int, int]]) -> Comparison:
    """The comparison with other groups: scenario, replicate, attribute, level, population, valid."""
    columns = ["scenario", "replicate", "attribute", "level", "population", "valid"]
    groups = pd.DataFrame(rows, columns=columns).assign(month=comparison.until)
    return replace(comparison, groups=groups, scenarios=comparison.scenarios[:2])


def test_group_differences_are_paired_by_replicate(comparison: Comparison) -> None:
    by_hand = with_groups(
        comparison,
        [
            ("baseline", 0, "age", "16-24", 1000, 200),
            ("baseline", 1, "age", "16-24", 1000, 220),
            ("scenario_1", 1, "age", "16-24", 1000, 290),
            ("scenario_1", 0, "age", "16-24", 1000, 250),
        ],
    )
    row = group_table(by_hand).iloc[0]
    assert (row["baseline_percent"], row["take_up_percent"]) == pytest.approx((21.0, 27.0))
    # differences of 5 and 7 points: mean 6, standard error 1
    assert row["difference_points"] == pytest.approx(6.0)
    assert (row["low"], row["high"]) == pytest.approx((6.0 - T_ONE_DEGREE, 6.0 + T_ONE_DEGREE))


def test_a_replicate_that_one_side_lacks_has_no_difference(comparison: Comparison) -> None:
    lacking = with_groups(
        comparison,
        [
            ("baseline", 0, "age", "16-24", 1000, 200),
            ("baseline", 1, "age", "16-24", 1000, 900),
            ("scenario_1", 0, "age", "16-24", 1000, 250),
        ],
    )
    row = group_table(lacking).iloc[0]
    assert row["difference_points"] == pytest.approx(5.0)
    assert np.isnan(row["low"])


def test_a_group_of_nobody_has_no_share(comparison: Comparison) -> None:
    empty = with_groups(
        comparison,
        [("baseline", 0, "housing", "owned", 0, 0), ("scenario_1", 0, "housing", "owned", 0, 0)],
    )
    assert np.isnan(group_table(empty).iloc[0]["difference_points"])


def test_groups_stand_in_the_order_of_their_definition(comparison: Comparison) -> None:
    shuffled = replace(comparison, groups=comparison.groups.sample(frac=1.0, random_state=1))
    table = group_table(shuffled)
    pd.testing.assert_frame_equal(table, group_table(comparison))
    assert tuple(table.columns) == GROUP_COLUMNS
    first = table[table["scenario"] == "scenario_1"]
    assert list(dict.fromkeys(first["attribute"])) == [*ATTRIBUTES, "street"]
    assert list(first[first["attribute"] == "housing"]["level"]) == list(ATTRIBUTES["housing"])


def test_the_summary_has_the_baseline_first_and_no_difference_from_itself(comparison: Comparison) -> None:
    table = summary_table(comparison)
    assert tuple(table.columns) == SUMMARY_COLUMNS
    assert list(table["scenario"]) == [scenario.name for scenario in comparison.scenarios]
    assert table.loc[0, ["difference_points", "low", "high", "difference_persons", "cost_per_permit"]].isna().all()


def test_persons_and_points_tell_the_same(comparison: Comparison) -> None:
    residents = 360_000
    for row in summary_table(comparison).iloc[1:].itertuples():
        persons = (row.persons_low, row.difference_persons, row.persons_high)
        points = (row.low, row.difference_points, row.high)
        assert persons == pytest.approx(np.array(points) / 100 * residents)


def test_one_replicate_has_differences_and_no_intervals(single: Comparison) -> None:
    groups, summary = group_table(single), summary_table(single).iloc[1:]
    assert groups["difference_points"].notna().all()
    assert groups[["low", "high"]].isna().all(axis=None)
    assert summary[["low", "high", "persons_low", "persons_high"]].isna().all(axis=None)


def test_the_baseline_alone_has_no_groups_to_compare(comparison: Comparison) -> None:
    alone = replace(comparison, scenarios=comparison.scenarios[:1])
    assert tuple(group_table(alone).columns) == GROUP_COLUMNS
    assert group_table(alone).empty


def test_readers_share_the_tables_of_a_comparison_and_leave_them_unchanged(comparison: Comparison) -> None:
    summary, by_group = comparison.summary.copy(), comparison.by_group.copy()
    comparison_html(comparison, {name: plot(comparison, ENGLISH) for name, plot in plots_of(comparison).items()})
    assert comparison.by_group is comparison.by_group
    pd.testing.assert_frame_equal(comparison.summary, summary)
    pd.testing.assert_frame_equal(comparison.by_group, by_group)
    pd.testing.assert_frame_equal(summary_table(comparison), summary)
    pd.testing.assert_frame_equal(group_table(comparison), by_group)


def test_another_comparison_has_its_own_tables(comparison: Comparison) -> None:
    assert not comparison.by_group.empty
    alone = replace(comparison, scenarios=comparison.scenarios[:1])
    assert alone.by_group.empty
    assert len(alone.summary) == 1

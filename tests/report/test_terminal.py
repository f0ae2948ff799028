"""Tables for the terminal."""

import pytest
from rich.console import Console
from rich.table import Table

from takeup.analysis.compare.result import Comparison, group_table, summary_table
from takeup.analysis.compare.terminal import render_groups, render_summary
from takeup.report.formatting import join_words

EIGHTY = 80


def shown(table: Table) -> str:
    console = Console(width=EIGHTY, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_the_summary_fits_eighty_columns(comparison: Comparison) -> None:
    text = shown(render_summary(summary_table(comparison)))
    assert "…" not in text
    assert all(join_words(scenario.name).split()[0] in text for scenario in comparison.scenarios)
    assert "−" in text
    assert "±" in text


@pytest.mark.parametrize("streets", [False, True])
def test_groups_fit_eighty_columns(comparison: Comparison, streets: bool) -> None:
    text = shown(render_groups(group_table(comparison), comparison, streets=streets))
    assert "…" not in text
    assert "registered lease" in text
    assert ("Street 01" in text) == streets


def test_no_interval_is_shown_as_zero(comparison: Comparison) -> None:
    summary, groups = summary_table(comparison), group_table(comparison)
    summary["high"] = summary["difference_points"] + 0.004
    groups["high"] = groups["difference_points"] + 0.004
    for text in (shown(render_summary(summary)), shown(render_groups(groups, comparison))):
        assert "±0.1" in text
        assert "±0.0" not in text
    summary["high"] = summary["difference_points"]  # as if the scenarios changed nothing
    assert "±" not in shown(render_summary(summary)).split("\n", 1)[1]


def test_one_replicate_shows_no_interval(single: Comparison) -> None:
    text = shown(render_summary(summary_table(single)))
    assert "±" not in text.split("\n", 1)[1]
    assert "nan" not in text


def test_a_name_in_brackets_is_no_markup(comparison: Comparison) -> None:
    table = summary_table(comparison)
    table.loc[1, "scenario"] = "[red]x[/]"
    assert "[red]x[/]" in shown(render_summary(table))

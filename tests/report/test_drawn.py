"""Figures, tables and sentences of a comparison under draws of a posterior."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from takeup.analysis.batch import StoppingResult
from takeup.analysis.compare.dot_plots import plot_by_group, plot_effects
from takeup.analysis.compare.heatmaps import plot_by_street, plot_gains
from takeup.analysis.compare.output import comparison_html, plots_of
from takeup.analysis.compare.result import Comparison, summary_table
from takeup.analysis.compare.terminal import precision_note, render_ensemble, render_gains, render_summary
from takeup.analysis.compare.text import RECOMMENDED_DRAWS, cost_range, findings, interval_note
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.analysis.uncertainty import point_label
from takeup.report.formatting import NOTHING, count, half_width, interval, millions, signed
from takeup.report.i18n import ENGLISH
from takeup.report.plotting import caption_of, title_of

from .invented import Effect, Make, drawn_from

DRAWS = 40
EVERY = (plot_take_up, plot_effects, plot_by_street, plot_by_group, plot_gains)
every_figure = pytest.mark.parametrize("draw", EVERY, ids=lambda draw: draw.__name__)


@pytest.fixture(scope="module")
def drawn(make: Make) -> Comparison:
    """Three scenarios under forty draws."""
    return drawn_from(make(replicates=DRAWS))


def shown(table: Table) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


@every_figure
def test_captions_speak_of_draws_and_not_of_replicates(
    draw: Callable[[Comparison], Figure], drawn: Comparison
) -> None:
    caption = caption_of(draw(drawn))
    assert "interval that contains 90 % of" in caption
    assert "40 draws of the posterior" in caption
    assert "the uncertainty of the parameters given the district's data, and Monte Carlo error" in caption
    assert "replicate" not in caption
    assert "95 %" not in caption


@pytest.mark.filterwarnings("ignore:Glyph")
@every_figure
def test_nothing_is_cut_off_at_the_page(draw: Callable[[Comparison], Figure], make: Make) -> None:
    many = [Effect(f"Half of the documents, very long and longer, {number}", number / 2) for number in range(9)]
    figure = draw(drawn_from(make(many, replicates=4, streets=22)))
    inside = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
    width, height = figure.get_size_inches()
    assert inside.x0 >= 0
    assert inside.y0 >= 0
    assert inside.x1 <= width
    assert inside.y1 <= height


def test_effects_show_every_draw_its_median_and_its_intervals(drawn: Comparison) -> None:
    figure = plot_effects(drawn)
    (axes,) = figure.axes
    assert "percentage points" in axes.get_xlabel()
    assert "December 2020" in title_of(figure)
    assert [label.get_text().split()[0] for label in axes.get_yticklabels()] == ["A", "Half", "Publicity"]
    ticks = [each for each in axes.collections if isinstance(each, LineCollection)]
    assert [len(each.get_segments()) for each in ticks] == [DRAWS] * 3
    assert drawn.drawn is not None
    table = drawn.drawn.scenarios.set_index("scenario").loc["scenario_1"]
    circles = [line for line in axes.lines if line.get_marker() == "o"]
    assert np.asarray(circles[-1].get_xdata())[0] == pytest.approx(table["median"])
    outer = next(line for line in axes.lines if list(np.asarray(line.get_ydata())) == [2, 2])
    assert list(np.asarray(outer.get_xdata())) == pytest.approx([table["low"], table["high"]])
    colours = {line.get_color() for line in axes.lines} | {line.get_markeredgecolor() for line in circles}
    assert all(max(to_rgb(colour)) - min(to_rgb(colour)) < 0.01 for colour in colours), "greys alone"


def test_over_time_differences_from_the_baseline_have_bands(drawn: Comparison) -> None:
    """From the last month that the scenarios share, in which all differences are 0."""
    figure = plot_take_up(drawn)
    axes = figure.axes[0]
    assert title_of(figure).startswith("Effect of each scenario on take-up")
    assert axes.get_ylabel() == "Difference from the baseline, percentage points"
    rows = drawn.comparison[drawn.comparison["scenario"] == "scenario_1"].set_index("month")
    months = [month for month in rows.index if month >= "2018-12"]
    line = next(
        line for line in axes.lines if len(np.asarray(line.get_ydata())) == len(months) and line.get_marker() == "o"
    )
    assert list(np.asarray(line.get_ydata())) == pytest.approx(rows.loc[months, "difference_points"].tolist())
    assert np.asarray(line.get_xdata())[0] == pytest.approx(2019.0)
    bands = [each for each in axes.collections if isinstance(each, PolyCollection)]
    assert len(bands) == len(drawn.scenarios)
    ends = [np.asarray(band.get_paths()[0].vertices)[:, 1] for band in bands]
    assert [end.max() for end in ends[:2]] == pytest.approx([0.0, rows.loc[months, "high"].max()])
    assert rows.loc["2020-12", "low"] in ends[1]
    alone = plot_take_up(replace(drawn, scenarios=drawn.scenarios[:1]))
    assert title_of(alone).startswith("Take-up of residence permits")


def test_effects_are_the_first_figure_over_draws(drawn: Comparison, comparison: Comparison) -> None:
    assert list(plots_of(drawn))[:2] == ["effects", "take_up"]
    assert list(plots_of(comparison))[:2] == ["take_up", "differences"]


def test_figures_at_one_parameter_vector_say_so(drawn: Comparison, comparison: Comparison) -> None:
    for plot in plots_of(comparison).values():
        assert caption_of(plot(comparison, ENGLISH)).startswith(point_label())
    for plot in plots_of(drawn).values():
        assert point_label() not in caption_of(plot(drawn, ENGLISH))


def test_gains_are_written_and_shaded_in_greys(drawn: Comparison) -> None:
    figure = plot_gains(drawn)
    (axes,) = figure.axes
    assert "% of the group" in axes.get_xlabel()
    overall = drawn.gains.iloc[0]
    assert axes.texts[0].get_text() == f"+{overall['gained_percent']:.1f} −{overall['lost_percent']:.1f}"
    assert len(axes.texts) == 3 * (1 + 20)


def test_the_terminal_table_fits_eighty_columns(drawn: Comparison) -> None:
    text = shown(render_ensemble(drawn))
    assert "…" not in text
    assert "over 40 draws" in text
    assert "nan" not in text
    assert "Regret" in text
    words = " ".join(text.split())
    assert "90 % of the draws: parameters and Monte Carlo error" in words
    table = drawn.posterior_result.scenarios.set_index("scenario")
    assert f"with 40 draws: at most {half_width(table['median_error'].max())} points" in words
    best = table.loc["scenario_1"]
    lines = text.split("1 scenario 1")[1].splitlines()
    assert lines[0].split() == [
        signed(best["median"]), "100", "0.00", millions(best["cost_cny"]), count(best["cost_per_permit"])
    ]  # fmt: skip
    assert lines[1].split() == [
        *interval(best["low"], best["high"], signed).split(),
        *interval(best["cost_per_permit_low"], best["cost_per_permit_high"], count).split(),
    ]
    assert best["cost_cny_low"] == best["cost_cny_high"]  # an interval of one value is not printed
    costly = text.split("3 scenario 3")[1].splitlines()[:2]  # it costs, and adds nothing
    assert costly[0].split()[-1] == NOTHING
    assert NOTHING not in costly[1]


def test_a_cost_per_permit_that_some_draws_lack_has_no_upper_end() -> None:
    assert cost_range(1200.0, 3400.0) == "1,200 to 3,400"
    assert cost_range(1200.0, math.inf) == "1,200 or more"
    assert cost_range(math.inf, math.inf) == cost_range(math.nan, math.nan) == NOTHING


def test_every_table_of_the_page_says_what_its_intervals_contain(drawn: Comparison, comparison: Comparison) -> None:
    page = comparison_html(drawn, {})
    assert "Small numbers: 90\N{NO-BREAK SPACE}% of the draws: parameters and Monte Carlo error." in page
    assert "Monte Carlo standard error of the medians with 40 draws" in page
    best = drawn.posterior_result.scenarios.iloc[1]
    ends = cost_range(best["cost_per_permit_low"], best["cost_per_permit_high"])
    assert f"<small>{ends}</small>" in page
    assert "Small numbers: 95\N{NO-BREAK SPACE}% interval of the mean: Monte Carlo error only." in comparison_html(
        comparison, {}
    )


def test_who_gains_fits_eighty_columns(drawn: Comparison) -> None:
    text = shown(render_gains(drawn))
    assert "…" not in text
    assert "Would" in text
    assert "nan" not in text


def test_the_page_says_how_sure_it_is_and_never_speaks_of_replicates(drawn: Comparison) -> None:
    page = comparison_html(replace(drawn, command="takeup compare"), {"effects": plot_effects(drawn)}).replace(
        "\u00a0", " "
    )
    assert ">Uncertainty</h2>" in page
    assert "Who gains" in page
    assert "Probability of being the best" in page
    assert "replicate" not in page
    assert "95 %" not in page


def test_findings_and_certainty_name_the_interval(drawn: Comparison) -> None:
    sentences = findings(drawn, summary_table(drawn))
    assert sentences[0].startswith("With 90 % probability “Publicity through employers and landlords” adds between ")
    assert (
        "contains 90 % of 40 draws of the posterior: parameter uncertainty and Monte Carlo error. These draws are few"
        in interval_note(drawn).replace("\u00a0", " ")
    )
    many = replace(drawn, replicates=RECOMMENDED_DRAWS)
    assert (
        "contains 90 % of 100 draws of the posterior: parameter uncertainty and Monte Carlo error. All draws"
        in interval_note(many).replace("\u00a0", " ")
    )


def test_a_precision_is_said_whether_it_is_reached_or_not(comparison: Comparison) -> None:
    precise, coarse = StoppingResult(0.1, 0.08, "all_five"), StoppingResult(0.1, 0.23, "all_five")
    assert (
        precision_note(precise, 24) == "24 replicates: every interval is narrower than 0.1 points (the widest: 0.08)."
    )
    assert precision_note(coarse, 64) == (
        "64 replicates are not enough for 0.1 points: the interval of all five is 0.23 points wide."
    )
    assert "24 replicates: every" in shown(render_summary(summary_table(comparison), precise, 24))


def test_only_a_comparison_under_draws_has_effects(comparison: Comparison) -> None:
    with pytest.raises(ValueError, match="no draws"):
        plot_effects(comparison)
    with pytest.raises(ValueError, match="no draws"):
        render_ensemble(replace(comparison, drawn=None))

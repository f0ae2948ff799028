"""Figures of a comparison and of a run."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from takeup.analysis.compare.dot_plots import plot_by_group, plot_differences
from takeup.analysis.compare.heatmaps import plot_by_street, plot_gains
from takeup.analysis.compare.monthly_overview import plot_monthly_overview
from takeup.analysis.compare.output import plots_of
from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.errors import InputError
from takeup.report.plotting import caption_of, title_of
from takeup.report.results_folder import write_figure
from takeup.scenario import Intervention, SourcedIntervention

from .invented import Effect, Make

Drawn = Callable[[Comparison], Figure]


def overview(comparison: Comparison) -> Figure:
    """The baseline's months."""
    monthly = comparison.monthly
    return plot_monthly_overview(monthly[monthly["scenario"] == "baseline"], "Baseline, month by month")


EVERY: tuple[Drawn, ...] = (
    plot_take_up,
    plot_differences,
    plot_by_street,
    plot_by_group,
    plot_gains,
    overview,
)
every_figure = pytest.mark.parametrize("draw", EVERY, ids=lambda draw: draw.__name__)

AWKWARD = "Half of $x_1$ <script>alert('x')</script> [red] 减半材料\u0001 " + "very long " * 15
NINE = [Effect(f"{AWKWARD} {number}", number / 20) for number in range(9)]


def labels(axes: Axes) -> str:
    """Everything the axes' labels and titles say."""
    texts = (axes.get_xlabel(), axes.get_ylabel(), axes.get_title(), axes.get_title(loc="left"))
    return " ".join(text for text in texts if text)


@every_figure
def test_a_figure_says_its_units_its_interval_and_its_replicates(draw: Drawn, comparison: Comparison) -> None:
    figure = draw(comparison)
    labels_text = " ".join(labels(axes) for axes in figure.axes)
    assert any(unit in labels_text for unit in ("%", "percentage points"))
    assert title_of(figure)
    assert "95 % interval" in caption_of(figure)
    assert "4 replicates" in caption_of(figure)
    assert "Monte Carlo error" in caption_of(figure)


@pytest.mark.parametrize(
    "draw", [each for each in EVERY if each is not plot_by_street], ids=lambda draw: draw.__name__
)
def test_one_replicate_says_that_it_has_no_interval(draw: Drawn, single: Comparison, tmp_path: Path) -> None:
    figure = draw(single)
    assert "there is no interval" in caption_of(figure)
    assert "95 %" not in caption_of(figure)
    write_figure(figure, tmp_path / "figure.png")


@every_figure
def test_the_same_comparison_gives_the_same_bytes(draw: Drawn, comparison: Comparison, tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        write_figure(draw(comparison), tmp_path / name)
    one, two = ((tmp_path / name).read_bytes() for name in ("one.png", "two.png"))
    assert one == two
    assert b"Software" not in one


@every_figure
def test_drawing_leaves_no_trace(draw: Drawn, comparison: Comparison) -> None:
    before, monthly = dict(mpl.rcParams), comparison.monthly.copy()
    draw(comparison)
    assert dict(mpl.rcParams) == before
    assert monthly.equals(comparison.monthly)


@pytest.mark.filterwarnings("ignore:Glyph")
@every_figure
def test_nothing_is_cut_off_at_the_page(draw: Drawn, make: Make) -> None:
    figure = draw(make(NINE, streets=22))
    drawn = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
    width, height = figure.get_size_inches()
    assert drawn.x0 >= 0
    assert drawn.y0 >= 0
    assert drawn.x1 <= width
    assert drawn.y1 <= height


@every_figure
def test_the_baseline_alone_has_all_figures_but_gains(draw: Drawn, comparison: Comparison, tmp_path: Path) -> None:
    alone = replace(comparison, scenarios=comparison.scenarios[:1])
    if draw is plot_gains:
        with pytest.raises(InputError, match="the comparison has no scenario besides the baseline"):
            draw(alone)
    else:
        write_figure(draw(alone), tmp_path / "figure.png")


def test_titles_are_drawn_as_they_stand(make: Make) -> None:
    figure = plot_differences(make([Effect("a $x_1$ b", 1.0)]))
    drawn = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert drawn == ["a $x_1$ b"]
    assert not figure.axes[0].get_yticklabels()[0].get_parse_math()


@pytest.mark.filterwarnings("ignore:Glyph")
def test_labels_at_line_ends_do_not_overlap(make: Make) -> None:
    figure = plot_take_up(make(NINE))
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 2 * 10 + 1
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_bands_are_drawn_with_replicates_only(comparison: Comparison, single: Comparison) -> None:
    def bands(shown: Comparison) -> int:
        axes = plot_take_up(shown).axes[0]
        return sum(len(each.get_paths()) for each in axes.collections if isinstance(each, PolyCollection))

    assert bands(comparison) == len(comparison.scenarios)
    assert bands(single) == 0


def test_take_up_is_in_percent_and_parts_where_scenarios_do(comparison: Comparison) -> None:
    axes = plot_take_up(comparison).axes[0]
    monthly = comparison.monthly
    last = monthly[(monthly["month"] == comparison.until) & (monthly["scenario"] == "baseline")]
    baseline = axes.lines[0].get_ydata()
    assert np.asarray(baseline)[-1] == pytest.approx(100 * (last["valid"] / last["population"]).mean())
    upright = [line for line in axes.lines if list(np.asarray(line.get_xdata())) == [2019.0, 2019.0]]
    assert len(upright) == 1, "one line where 2018-12 ends"


def test_differences_are_sorted_the_largest_on_top(comparison: Comparison) -> None:
    axes = plot_differences(comparison).axes[0]
    titles = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert [title.split()[0] for title in titles] == ["A", "Half", "Publicity"]
    left, right = axes.get_xlim()
    assert left < 0 < right


def test_one_replicate_has_no_figure_by_street(single: Comparison) -> None:
    assert "by_street" not in plots_of(single)
    with pytest.raises(InputError, match="no result differs by street"):
        plot_by_street(single)


def test_streets_stand_in_the_order_of_their_take_up(comparison: Comparison) -> None:
    beside, cells = plot_by_street(comparison).axes
    percents = [float(text.get_text()) for text in beside.texts]
    assert percents == sorted(percents, reverse=True)
    assert len(cells.texts) == 4 * 3


def test_every_attribute_has_a_panel_with_its_levels(comparison: Comparison) -> None:
    panels = plot_by_group(comparison).axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "Age",
        "Education",
        "Origin (hukou)",
        "Work",
        "Housing",
        "School-age child",
    ]
    for axes in panels:
        assert (legend := axes.get_legend()) is not None
        assert len(legend.get_texts()) in (2, 4)


def test_a_short_run_has_an_overview(comparison: Comparison, tmp_path: Path) -> None:
    monthly = comparison.monthly
    one_month = monthly[(monthly["scenario"] == "baseline") & (monthly["month"] == "2018-01")]
    write_figure(plot_monthly_overview(one_month, "One month"), tmp_path / "figure.png")


def test_take_up_can_be_plotted_when_the_policy_begins_after_the_last_month(comparison: Comparison) -> None:
    later = Intervention.model_validate({"lever": "publicity", "add": 0.2, "from": "2030-01"})
    policy = replace(comparison.scenarios[1], stated=(SourcedIntervention(later, None, 1),))
    axes = plot_take_up(replace(comparison, scenarios=(comparison.scenarios[0], policy))).axes[0]
    assert axes.get_xlim() == (2019.0, 2021.0)

"""Figure, tables and sentences of trials, from invented results."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from rich.console import Console
from rich.table import Table

from takeup.analysis.trial.design import make_design
from takeup.analysis.trial.output import headline_sentence, plot_trial, quantity_label, render_arms, render_estimates
from takeup.analysis.trial.run import TrialResult, TrialRow, TrialSpec, summarise_trials
from takeup.district import District
from takeup.report.plotting import caption_of, title_of
from takeup.runs import RunSettings
from tests.scenario.written import policy

LETTERS = policy({"lever": "publicity", "set": 0.3, "from": "2019-03"}, name="Letters")
AWKWARD = "Half of $x_1$ [red] 减半材料 " + "very long " * 12


def rows(month: str, run: int, itt: float, truth: float) -> list[TrialRow]:
    estimates = {
        "itt": itt, "low": itt - 1.5, "high": itt + 1.5, "naive_points": itt + 0.4 + run, "naive_low": itt - 3.0,
        "naive_high": itt + 4.0, "spillover_points": truth / 10, "true_effect_points": truth,
        "bias_points": itt + 0.4 + run - truth, "imbalance_points": 0.4 + run,
    }  # fmt: skip
    counts = {"treated": (1_000, 800, 200), "control": (1_000, 750, 150)}
    return [
        {"month": month, "arm": arm, "assigned": assigned, "persons": persons, "valid": valid, **estimates}
        for arm, (assigned, persons, valid) in counts.items()
    ]


def invented(
    district: District,
    runs: int,
    *,
    drawn: bool = False,
    itt: float = 5.0,
    truth: float = 6.0,
    title: str = "Letters",
) -> TrialResult:
    """Trials with known estimates: in run r the naive estimate is r points higher."""
    scenario = replace(LETTERS, title=title)
    design = make_design(
        scenario, share=0.5, unit="person", eligible="qualified", groups={"housing": ["dormitory", "owned"]},
        months=["2019-12", "2020-12"], start="2010-01", until="2020-12",
    )  # fmt: skip
    draws = [{"norm": 0.5}] * runs if drawn else []
    plan = TrialSpec.of(district, scenario, design, RunSettings(agents=4_000), replicates=runs, draws=draws)
    results = [[*rows("2019-12", run, itt, truth), *rows("2020-12", run, itt, truth)] for run in range(runs)]
    return summarise_trials(plan, results)


def printed(table: Table) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    output = console.file.getvalue()
    assert max(map(len, output.splitlines())) <= 80
    return " ".join(output.split())


@pytest.mark.parametrize(
    ("runs", "drawn", "note"),
    [
        (1, False, "intervals reflect the random assignment of persons"),
        (4, False, "Means over 4 replicates"),
        (4, True, "4 draws of the posterior"),
    ],
)
def test_figure_and_table_say_what_their_intervals_are(template: District, runs: int, drawn: bool, note: str) -> None:
    trials = invented(template, runs, drawn=drawn)
    assert note in printed(render_estimates(trials))
    figure = plot_trial(trials)
    assert note in caption_of(figure)
    assert "90\u00a0% interval" in figure.axes[0].texts[-1].get_text()
    assert "percentage points" in figure.axes[0].get_xlabel()
    assert "Letters" in title_of(figure)
    assert (
        "migrants who are eligible for the permit (housing: dormitory, owned home), 50 % of the persons"
        in caption_of(figure)
    )


def test_every_quantity_has_a_marker_of_its_own_and_stands_where_it_should(template: District) -> None:
    axes = plot_trial(invented(template, 1)).axes[0]
    dots = [line for line in axes.lines if line.get_marker() not in ("", "None", None)]
    assert len({str(dot.get_marker()) for dot in dots}) == 4
    drawn = [float(dot.get_xdata()[0]) for dot in dots]  # type: ignore[index,arg-type]
    assert drawn == pytest.approx([5.0, 5.4, 6.0, 0.6] * 2)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[:3] == ["December 2019", quantity_label("itt"), quantity_label("naive_points")]


@pytest.mark.filterwarnings("ignore:Glyph")
def test_nothing_is_cut_off_at_the_page(template: District) -> None:
    figure = plot_trial(invented(template, 4, itt=-88.8, truth=-99.9, title=AWKWARD))
    drawn = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
    width, height = figure.get_size_inches()
    assert drawn.x0 >= 0
    assert drawn.y0 >= 0
    assert drawn.x1 <= width
    assert drawn.y1 <= height


def test_the_arms_say_how_many_left(template: District) -> None:
    output = printed(render_arms(invented(template, 2, title=AWKWARD)))
    assert "treated 1,000 20.0 800 25.0" in output
    assert "control 1,000 25.0 750 20.0" in output
    assert "each represents 90.0 persons of the district" in output


def test_the_sentence_says_how_far_off_the_comparison_is(template: District) -> None:
    sentence = headline_sentence(invented(template, 1))
    assert sentence == (
        "By December 2020, assignment to “Letters” changes take-up by +5.0 points (+3.5 to +6.5, "
        "90\u00a0% interval: random assignment only); the arms differ by +5.4, and treating everyone instead of "
        "nobody gives +6.0: the bias is −0.6, of which +0.4 is due to randomisation."
    )


def test_means_over_draws_add_up(template: District) -> None:
    """The bias is the difference of the other means, and the part due to randomisation is a part of it."""
    trials = invented(template, 3, drawn=True)
    points = trials.summary.set_index(["month", "quantity"])["points"].unstack()
    np.testing.assert_allclose(points["bias_points"], points["naive_points"] - points["true_effect_points"])
    np.testing.assert_allclose(points["imbalance_points"], points["naive_points"] - points["itt"])
    assert headline_sentence(trials).endswith(
        "(+5.0 to +5.0, 90\u00a0% of the draws: parameters, random assignment and Monte Carlo error); the arms "
        "differ by +6.4, and treating everyone instead of nobody gives +6.0: the bias is +0.4 on average and −0.5 to "
        "+1.3 in 90\u00a0% of the trials, of which +1.4 is due to randomisation."
    )


def test_an_effect_of_zero_and_no_result_are_said_to_be_that(template: District) -> None:
    assert "has an effect of zero" in headline_sentence(invented(template, 1, itt=0.0, truth=0.0))
    assert "no result" in headline_sentence(invented(template, 1, itt=math.nan))
    plot_trial(invented(template, 1, itt=math.nan))
    printed(render_estimates(invented(template, 1, itt=math.nan)))

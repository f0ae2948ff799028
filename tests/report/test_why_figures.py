"""Figures and sentences of `takeup why`, from an invented result."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from takeup.analysis.why import Reason, WhyResult, WhySpec, read_obstacles, summarise_why
from takeup.analysis.why.plots import plot_funnel, plot_obstacles
from takeup.analysis.why.summary import headline_sentence, obstacle_sentence, reasons_table, residents, steps_table
from takeup.analysis.why.terminal import render_obstacles, render_reasons, render_remaining, render_steps
from takeup.district import GROUPS, District
from takeup.report.plotting import caption_of, title_of
from takeup.report.results_folder import write_figure
from takeup.runs import RunSettings
from takeup.scenario import load_scenario

PERSONS = np.array([900, 40, 60, 20, 10, 800, 100, 400, 600, 250, 50, 120, 30, 20, 10, 90, 100, 400])
"""Of each cause, in an invented district of 4,000 simulated migrants."""
POINT = "One parameter vector; parameter uncertainty not included."
BROUGHT = np.array([6.0, 15.0, -2.0, 9.0, 3.0])
"""Points that each obstacle adds wherever it is removed."""


def invented(district: District, runs: int, *, drawn: bool = False) -> WhyResult:
    """A result with known reasons and parts; run r has r more persons in the queue and r fewer valid permits."""
    draws = [{"hassle": 0.5}] * runs if drawn else []
    settings = RunSettings(agents=4_000)
    spec = WhySpec.of(
        district, load_scenario(), read_obstacles(), settings, month="2018-12", draws=draws, replicates=runs
    )
    groups = 1 + len(GROUPS) + len(district.streets)
    members = (np.arange(32)[:, np.newaxis] >> np.arange(5)) & 1
    results = []
    for run in range(runs):
        persons = PERSONS.copy()
        persons[[Reason.VALID, Reason.QUEUEING]] += np.array([-run, run])
        valid = persons[0] + 40 * (members @ BROUGHT)
        table = np.tile(persons, (groups, 1)).tolist()
        results.append({"funnel": table, "removed": table, "population": 4_000, "valid": valid.tolist()})
    return summarise_why(spec, results)


@pytest.fixture(scope="module")
def replicated(template: District) -> WhyResult:
    return invented(template, 3)


@pytest.fixture(scope="module")
def drawn(template: District) -> WhyResult:
    return invented(template, 3, drawn=True)


@pytest.fixture(scope="module")
def single(template: District) -> WhyResult:
    return invented(template, 1)


def obstacles_of(replicated: WhyResult) -> Figure:
    assert replicated.decomposition is not None
    return plot_obstacles(replicated, replicated.decomposition)


every_figure = pytest.mark.parametrize("draw", [plot_funnel, obstacles_of])


@every_figure
def test_a_figure_says_its_units_and_what_its_interval_is(
    draw: object, replicated: WhyResult, drawn: WhyResult, single: WhyResult
) -> None:
    assert callable(draw)
    for each, fragments in (
        (replicated, (POINT, "3 replicates", "95 % intervals", "Monte Carlo error between replicates")),
        (
            drawn,
            ("3 draws of the posterior", "contain 90 % of the draws: parameter uncertainty and Monte Carlo error"),
        ),
        (single, (POINT, "there is no interval")),
    ):
        figure = draw(each)
        (axes,) = figure.axes
        assert "%" in axes.get_xlabel()
        assert title_of(figure)
        for fragment in fragments:
            assert fragment in caption_of(figure)


@every_figure
def test_the_same_answer_gives_the_same_bytes(draw: object, replicated: WhyResult, tmp_path: Path) -> None:
    assert callable(draw)
    for name in ("one.png", "two.png"):
        write_figure(draw(replicated), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_the_funnel_goes_from_everyone_down_to_those_who_hold_a_permit(single: WhyResult) -> None:
    (axes,) = plot_funnel(single).axes
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    assert len(bars) == 1 + len(Reason)
    assert bars[0] == (0.0, 100.0)
    assert bars[-1] == pytest.approx((0.0, 22.5))
    steps = bars[1:-1]
    for (begin, end), (next_begin, _) in pairwise(steps):
        assert end <= begin
        assert next_begin == end
    assert steps[-1][1] == pytest.approx(22.5)
    texts = {text.get_text() for text in axes.texts}
    assert any(text.startswith("20.0 %") and "72,000" in text for text in texts)


def test_the_obstacles_climb_from_take_up_now_to_take_up_without_them(single: WhyResult) -> None:
    (axes,) = obstacles_of(single).axes
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    heights = 22.5 + np.concatenate([[0.0], np.cumsum(BROUGHT)])
    assert bars[0] == pytest.approx((0.0, 22.5))
    for bar, begin, end in zip(bars[1:6], heights[:-1], heights[1:], strict=True):
        assert bar == pytest.approx((begin, end))
    assert bars[6] == pytest.approx((0.0, 53.5))
    assert bars[7] == pytest.approx((53.5, 100.0))
    hatched = [bar.get_hatch() for bar in axes.patches]
    assert hatched[3] != hatched[2], "what lowers take-up is told apart in grey as well"


@pytest.fixture(scope="module")
def skewed(template: District) -> WhyResult:
    """A result over draws whose medians do not add up: in each draw another obstacle and reason is the largest."""
    result = invented(template, 5, drawn=True)
    rng = np.random.default_rng(1)
    members = (np.arange(32)[:, np.newaxis] >> np.arange(5)) & 1
    results = []
    for _ in range(5):
        persons = rng.multinomial(4_000, rng.dirichlet(np.full(len(Reason), 0.5)))
        valid = persons[0] + members @ rng.multinomial(1_500, rng.dirichlet(np.full(5, 0.3)))
        table = np.tile(persons, (1 + len(GROUPS) + len(template.streets), 1)).tolist()
        results.append({"funnel": table, "removed": table, "population": 4_000, "valid": valid.tolist()})
    return summarise_why(result.spec, results)


@every_figure
def test_a_waterfall_over_draws_closes(draw: object, skewed: WhyResult) -> None:
    """Every bar begins where the one before it ends, and the last one ends at the total."""
    assert callable(draw)
    (axes,) = draw(skewed).axes
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    if draw is plot_funnel:
        *steps, valid = bars
        assert steps[0] == (0.0, 100.0)
        assert steps[-1][1] == pytest.approx(valid[1])
        chain = [(0.0, steps[0][1]), *steps[1:]]
    else:
        now, *parts, reached, rest = bars
        assert parts[-1][1] == pytest.approx(reached[1])
        assert rest == pytest.approx((reached[1], 100.0))
        chain = [now, *parts]
    for (_, end), (begin, _) in pairwise(chain):
        assert begin == pytest.approx(end)


def test_printed_parts_over_draws_sum_to_their_totals(skewed: WhyResult) -> None:
    decomposition = skewed.decomposition
    assert decomposition is not None
    medians = np.median(decomposition.by_run, axis=0)
    assert abs(medians.sum() - np.median(decomposition.by_run.sum(axis=1))) > 1.0, "medians do not add up here"
    assert decomposition.parts["points"].sum() == pytest.approx(float(decomposition.gap.center))
    total = decomposition.now.center + decomposition.gap.center + decomposition.remaining.center
    assert float(total) == pytest.approx(100.0)
    table = reasons_table(skewed, skewed.funnel)
    assert table["percent"].sum() == pytest.approx(100.0)
    assert table["persons"].sum() == pytest.approx(residents(skewed))
    assert "; the largest in 40 % of the draws)." in obstacle_sentence(skewed, decomposition)


def test_tables_are_in_persons_of_the_district_and_percent(replicated: WhyResult) -> None:
    table = reasons_table(replicated, replicated.funnel).set_index("cause")
    assert residents(replicated) == 360_000
    assert table["persons"].sum() == pytest.approx(360_000)
    assert table["percent"].sum() == pytest.approx(100.0)
    assert table.loc[int(Reason.NOT_LONG_HERE), "persons"] == 72_000
    assert table.loc[int(Reason.VALID), "percent"] == pytest.approx(100 * 899 / 4_000)
    steps = steps_table(replicated)
    assert len(steps) == 1 + len(GROUPS) + 22
    np.testing.assert_allclose(steps.drop(columns=["attribute", "level"]).sum(axis=1), 100.0)
    assert steps["burden"].iloc[0] == pytest.approx(100 * 270 / 4_000)


def test_the_sentences_name_the_largest(replicated: WhyResult) -> None:
    assert headline_sentence(replicated) == (
        "Of 360,000 migrants, 22.5 % hold a valid permit at the end of December 2018; the most frequent reason why "
        "the others do not: not here long enough yet (20.0 %)."
    )
    assert replicated.decomposition is not None
    assert obstacle_sentence(replicated, replicated.decomposition) == (
        "With all 5 obstacles removed from January 2019, 53.5 % would hold a permit at the end of December 2023 "
        "instead of 22.5 %; the largest obstacle: obstacles in the process (15.0 of 31.0 points)."
    )


@pytest.mark.parametrize("made", ["replicated", "drawn", "single"])
def test_tables_fit_80_columns_and_nothing_is_cut(made: str, request: pytest.FixtureRequest) -> None:
    replicated: WhyResult = request.getfixturevalue(made)
    assert replicated.decomposition is not None
    console = Console(width=80, record=True, file=io.StringIO())
    for table in (
        render_reasons(replicated),
        render_steps(replicated),
        render_obstacles(replicated, replicated.decomposition),
        render_remaining(replicated, replicated.decomposition),
    ):
        console.print(table)
    text = console.export_text()
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert ("Interval" in text) == (replicated.runs > 1)
    assert "not removable" in text


def test_causes_of_nobody_are_not_listed_among_what_remains(single: WhyResult) -> None:
    assert single.decomposition is not None
    rows = single.decomposition.funnel
    rows = rows.assign(share=rows["share"].where(rows["cause"] != "fee", 0.0))
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render_remaining(single, replace(single.decomposition, funnel=rows)))
    text = console.export_text()
    assert "burden: mostly the fee" not in text
    assert "burden: mostly trips" in text

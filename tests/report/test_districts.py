"""The figure and the table of take-up by district."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from rich.console import Console

from takeup.analysis.region.output import plot_by_district, render_districts
from takeup.report.plotting import caption_of, title_of
from takeup.report.results_folder import write_figure


def table(districts: int, replicates: int) -> pd.DataFrame:
    """Districts whose take-up falls from 40 % with their number, each some thousand persons larger."""
    rows = []
    for number in range(1, districts + 1):
        for replicate in range(replicates):
            for month in ("2022-12", "2023-06"):
                population = 1_000 * number
                share = 0.4 - 0.3 * number / districts + 0.01 * replicate
                share = share if month == "2023-06" else 0.9
                rows.append(
                    ("baseline", replicate, month, f"place-{number}", f"District {number}", 1, population, share,
                     population, 50, 20, 0.5)
                )  # fmt: skip
    columns = [
        "scenario", "replicate", "month", "district", "name", "seed", "persons", "valid_share", "population",
        "lapsed", "queued", "wait_months",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def dots(figure: Figure) -> PathCollection:
    (collection,) = (each for each in figure.axes[0].collections if isinstance(each, PathCollection))
    return collection


def test_a_dot_a_district_the_highest_on_top_at_the_last_month() -> None:
    figure = plot_by_district(table(3, 2), "Publicity")
    (axes,) = figure.axes
    places = np.asarray(dots(figure).get_offsets())
    np.testing.assert_allclose(places[:, 0], [10.5, 20.5, 30.5])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["District 1", "District 2", "District 3"]
    assert list(axes.get_yticks()) == [2, 1, 0]
    assert axes.get_xlabel() == "Migrants with a valid permit, %"
    assert title_of(figure) == "Publicity: take-up in 3 districts, June 2023"
    areas = dots(figure).get_sizes()
    assert areas[0] == pytest.approx(3 * areas[2])


def test_the_dashed_line_is_the_mean_over_persons() -> None:
    figure = plot_by_district(table(3, 1), "Publicity")
    (dashed, *_) = figure.axes[0].get_lines()
    expected = np.average([30.0, 20.0, 10.0], weights=[1, 2, 3])
    np.testing.assert_allclose(np.asarray(dashed.get_xdata()), expected)


def test_the_caption_says_what_the_interval_is_and_the_bars_have_it() -> None:
    figure = plot_by_district(table(3, 2), "Publicity")
    assert "95 % interval" in caption_of(figure)
    assert "2 replicates" in caption_of(figure)
    bars = next(each for each in figure.axes[0].collections if isinstance(each, LineCollection))
    low, high = np.asarray(bars.get_segments())[0][:, 0]
    half = 12.706204736 * 0.5
    assert (low, high) == pytest.approx((10.5 - half, 10.5 + half))
    single = caption_of(plot_by_district(table(3, 1), "Publicity"))
    assert "there is no interval" in single
    assert "95 %" not in single


@pytest.mark.parametrize(("districts", "named"), [(60, 60), (61, 31), (400, 58)])
def test_many_districts_share_the_height_of_sixty(districts: int, named: int, tmp_path: Path) -> None:
    figure = plot_by_district(table(districts, 1), "Publicity")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == named
    assert labels[0] == "District 1"
    assert len(np.asarray(dots(figure).get_offsets())) == districts
    assert ("is labelled" in caption_of(figure)) == (districts > 60)
    assert figure.get_size_inches()[1] < 15
    write_figure(figure, tmp_path / "districts.png")


def test_the_terminal_shows_either_end() -> None:
    console = Console(file=StringIO(), width=80)
    console.print(render_districts(table(30, 2)))
    assert isinstance(console.file, StringIO)
    output = console.file.getvalue()
    shown = [number for number in range(1, 31) if f"District {number} " in output]
    assert shown == [1, 2, 3, 4, 5, 26, 27, 28, 29, 30]
    assert "39.5" in output

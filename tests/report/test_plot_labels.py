"""Labels that fit and do not overlap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from takeup.report.plotting import separate_labels
from takeup.report.typography import width, wrapped

INCHES, SIZE = 1.5, 8.5
unit = st.floats(0.0, 1.0)


@given(st.text(max_size=200), st.integers(1, 4))
def test_no_line_is_wider_than_it_may_be(text: str, most: int) -> None:
    lines = wrapped(text, INCHES, SIZE, most)
    assert 1 <= len(lines) <= most
    assert all(width(line, SIZE) <= INCHES for line in lines)


def test_words_stay_whole_and_lines_are_even() -> None:
    assert wrapped("Reminders before the endorsement is due", 2.5, SIZE, 2) == [
        "Reminders before the",
        "endorsement is due",
    ]


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert wrapped("Half the documents, half of them shared between departments", 1.5, SIZE, 1) == [
        "Half the documents…"
    ]


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert "".join(wrapped("countermeasures", 0.8, SIZE, 3)).replace("-", "") == "countermeasures"


def test_chinese_breaks_anywhere() -> None:
    lines = wrapped("通过用人单位和房东开展居住证宣传", 1.2, SIZE, 3)
    assert "".join(lines) == "通过用人单位和房东开展居住证宣传"
    assert len(lines) == 2


def test_no_line_starts_with_chinese_punctuation() -> None:
    for inches in np.linspace(0.6, 2.0, 30):
        lines = wrapped("办证，签注；（失效），入户。", float(inches), SIZE, 9, balanced=False)
        assert "".join(lines) == "办证，签注；（失效），入户。"
        assert not {line[0] for line in lines} & set("，；）。")


@given(st.lists(st.tuples(unit, st.floats(0.01, 0.08)), min_size=1, max_size=12))
def test_labels_stand_apart_in_order_inside_the_room(labels: list[tuple[float, float]]) -> None:
    wanted, heights = (np.array(column) for column in zip(*labels, strict=True))
    centres = separate_labels(list(wanted), list(heights), 0.0, 1.0)
    order = np.argsort(wanted, kind="stable")
    bottoms, tops = (centres - heights / 2)[order], (centres + heights / 2)[order]
    assert np.all(bottoms[1:] >= tops[:-1] - 1e-9)
    assert bottoms[0] >= -1e-9
    assert tops[-1] <= 1.0 + 1e-9


def test_labels_with_room_stand_where_they_belong() -> None:
    assert separate_labels([0.8, 0.2], [0.1, 0.1], 0.0, 1.0) == pytest.approx([0.8, 0.2])


def test_labels_that_want_one_place_share_the_shift() -> None:
    assert separate_labels([0.5, 0.5], [0.1, 0.1], 0.0, 1.0) == pytest.approx([0.45, 0.55])


@given(st.lists(st.tuples(unit, st.floats(0.01, 0.08)), min_size=1, max_size=12))
def test_labels_with_room_are_shifted_as_little_as_an_isotonic_regression(labels: list[tuple[float, float]]) -> None:
    wanted, heights = (np.array(column) for column in zip(*sorted(labels), strict=True))
    touching = np.concatenate([[0.0], np.cumsum((heights[:-1] + heights[1:]) / 2)])
    expected = isotonic_regression(wanted - touching).x + touching
    assert separate_labels(list(wanted), list(heights), -2.0, 3.0) == pytest.approx(expected)

"""Sentences that describe the effects and intervals of a comparison."""

import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from takeup.analysis.compare.result import Comparison, summary_table
from takeup.analysis.compare.text import findings, interval_note
from takeup.report.i18n import ENGLISH, LANGUAGES, Language, language_of

from .invented import drawn_from

Describe = Callable[[float, float, float, float], str]


@pytest.fixture
def describe(comparison: Comparison) -> Describe:
    """The sentence of these numbers, over replicates."""
    return lambda *numbers: finding_sentence(comparison, *numbers)


@pytest.fixture
def describe_draws(comparison: Comparison) -> Describe:
    """The sentence of these numbers, under draws."""
    return lambda *numbers: finding_sentence(drawn_from(comparison), *numbers)


def finding_sentence(
    comparison: Comparison, points: float, persons: float, low: float, high: float, translate: Language = ENGLISH
) -> str:
    row = {
        "title": "X",
        "difference_points": points,
        "difference_persons": persons,
        "persons_low": low,
        "persons_high": high,
    }
    return findings(comparison, pd.DataFrame([row | {"title": "Baseline"}, row]), translate)[0].replace("\u00a0", " ")


def test_what_adds_permits(describe: Describe) -> None:
    assert describe(6.9, 24_812.0, 24_003.0, 25_621.0) == (
        "Under these parameters “X” adds about 24,810 valid permits by December 2020 (95 % Monte Carlo interval: "
        "24,000 to 25,620), +6.9 percentage points."
    )


def test_what_takes_permits_away(describe: Describe) -> None:
    assert describe(-12.0, -43_200.0, -43_800.0, -42_600.0) == (
        "Under these parameters “X” takes away about 43,200 valid permits by December 2020 (95 % Monte Carlo "
        "interval: −43,800 to −42,600), −12.0 percentage points."
    )


def test_what_cannot_be_distinguished_from_chance(describe: Describe) -> None:
    assert describe(0.1, 300.0, -200.0, 800.0) == (
        "The effect of “X” by December 2020 cannot be distinguished from random variation: about +300 valid permits "
        "(95 % Monte Carlo interval: −200 to +800), +0.1 percentage points."
    )


def test_draws_speak_of_probability(describe_draws: Describe) -> None:
    assert describe_draws(6.9, 24_812.0, 14_003.0, 35_621.0) == (
        "With 90 % probability “X” adds between 14,000 and 35,620 valid permits by December 2020 (median about "
        "24,810, +6.9 percentage points)."
    )
    assert describe_draws(-6.9, -24_812.0, -35_621.0, -14_003.0) == (
        "With 90 % probability “X” takes away between 14,000 and 35,620 valid permits by December 2020 (median "
        "about 24,810, −6.9 percentage points)."
    )
    assert describe_draws(0.1, 300.0, -200.0, 800.0) == (
        "With 90 % probability “X” changes the number of valid permits by December 2020 by between −200 and +800, so "
        "the direction is uncertain (median about +300, +0.1 percentage points)."
    )
    assert describe_draws(0.0, 0.0, 0.0, 0.0) == "“X” changes nothing."


FALLS, RISES, UNKNOWN = ("takes away", "减少"), ("adds", "增加"), ("uncertain", "不确定")


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    ("low", "high", "words", "ends"),
    [
        (0.0, 800.0, RISES, ("0", "800")),
        (-0.4, 800.0, RISES, ("0", "800")),
        (-800.0, 0.0, FALLS, ("0", "800")),
        (-800.0, 0.4, FALLS, ("0", "800")),
        (-800.0, 1.0, UNKNOWN, ("−800", "+1")),
        (-1.0, 800.0, UNKNOWN, ("−1", "+800")),
    ],
)
def test_only_an_interval_with_permits_more_and_fewer_leaves_the_direction_open(
    comparison: Comparison, code: str, low: float, high: float, words: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    """An end that is printed as 0 does not suggest that take-up may move the other way."""
    persons = (low + high) / 2
    sentence = finding_sentence(drawn_from(comparison), persons / 3600, persons, low, high, language_of(code))
    number = LANGUAGES.index(code)
    assert words[number] in sentence
    for others in {FALLS, RISES, UNKNOWN} - {words}:
        assert others[number] not in sentence
    assert (" and " if code == "en" else " 至 ").join(ends) in sentence


def test_what_changes_nothing(describe: Describe) -> None:
    assert describe(0.0, 0.0, 0.0, 0.0) == "“X” changes nothing."


def test_one_replicate_claims_no_interval(describe: Describe) -> None:
    sentence = describe(6.9, 24_812.0, math.nan, math.nan)
    assert sentence == (
        "Under these parameters “X” adds about 24,810 valid permits by December 2020, +6.9 percentage points."
    )


def test_no_result_is_said(describe: Describe) -> None:
    assert describe(math.nan, math.nan, math.nan, math.nan) == "“X”: no result."


def test_what_adds_most_comes_first(comparison: Comparison) -> None:
    sentences = findings(comparison, summary_table(comparison))
    starts = ("“Publicity", "“Half the documents", "“A quarter of the capacity” takes away")
    sentences = [sentence.removeprefix("Under these parameters ") for sentence in sentences]
    assert len(sentences) == len(starts)
    assert all(sentence.startswith(start) for sentence, start in zip(sentences, starts, strict=True))


def test_intervals_are_described_as_monte_carlo_error_only(comparison: Comparison) -> None:
    assert "reflects Monte Carlo error only" in interval_note(comparison)
    assert "118 of 118 are assumed" in interval_note(comparison)


def test_one_replicate_is_said_to_have_no_interval(comparison: Comparison) -> None:
    assert "no interval" in interval_note(replace(comparison, replicates=1))

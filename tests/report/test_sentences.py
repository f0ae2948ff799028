"""What a comparison found, in plain words."""

import math
from dataclasses import replace

import pandas as pd

from takeup.answers.comparison import Comparison
from takeup.report.sentences import certainty, findings
from takeup.report.tables import summary_table


def said_of(points: float, persons: float, low: float, high: float) -> str:
    row = {
        "title": "X",
        "difference_points": points,
        "difference_persons": persons,
        "persons_low": low,
        "persons_high": high,
    }
    return findings(pd.DataFrame([row | {"title": "Baseline"}, row]))[0].replace("\u00a0", " ")


def test_what_adds_permits() -> None:
    assert said_of(6.9, 24_812.0, 24_003.0, 25_621.0) == (
        "“X” adds about 24,810 valid permits (95 % interval 24,000 to 25,620), +6.9 percentage points."
    )


def test_what_takes_permits_away() -> None:
    assert said_of(-12.0, -43_200.0, -43_800.0, -42_600.0) == (
        "“X” takes away about 43,200 valid permits (95 % interval −43,800 to −42,600), −12.0 percentage points."
    )


def test_what_cannot_be_told_from_chance() -> None:
    assert said_of(0.1, 300.0, -200.0, 800.0) == (
        "The effect of “X” cannot be told from chance: about +300 valid permits (95 % interval −200 to "
        "+800), +0.1 percentage points."
    )


def test_what_changes_nothing() -> None:
    assert said_of(0.0, 0.0, 0.0, 0.0) == "“X” changes nothing."


def test_one_replicate_claims_no_interval() -> None:
    said = said_of(6.9, 24_812.0, math.nan, math.nan)
    assert said == "“X” adds about 24,810 valid permits, +6.9 percentage points."


def test_no_result_is_said() -> None:
    assert said_of(math.nan, math.nan, math.nan, math.nan) == "“X”: no result."


def test_what_adds_most_comes_first(comparison: Comparison) -> None:
    said = findings(summary_table(comparison))
    starts = ("“Publicity", "“Half the documents", "“A quarter of the capacity” takes away")
    assert len(said) == len(starts)
    assert all(sentence.startswith(start) for sentence, start in zip(said, starts, strict=True))


def test_intervals_are_said_to_cover_chance_alone(comparison: Comparison) -> None:
    assert "chance between replicates only" in certainty(comparison)
    assert "225 of 225 are assumed" in certainty(comparison)


def test_one_replicate_is_said_to_have_no_interval(comparison: Comparison) -> None:
    assert "no interval" in certainty(replace(comparison, replicates=1))

"""Numbers as people read them."""

import math

import pytest

from takeup.report import wording


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (wording.decimal(24.249), "24.2"),
        (wording.decimal(-1234.56), "−1,234.6"),
        (wording.decimal(math.nan), "–"),
        (wording.decimal(math.inf), "–"),
        (wording.signed(6.94), "+6.9"),
        (wording.signed(-0.31), "−0.3"),
        (wording.signed(-0.04), "0.0"),
        (wording.signed(0.04), "0.0"),
        (wording.signed(math.nan), "–"),
        (wording.signed_count(24812.4), "+24,812"),
        (wording.interval(6.5, 7.31), "6.5 to 7.3"),
        (wording.interval(-1.0, 2.0, wording.signed), "−1.0 to +2.0"),
        (wording.interval(math.nan, math.nan), "–"),
        (wording.yuan(480_000), "480,000"),
        (wording.yuan(4_800_000), "4.80 million"),
        (wording.yuan(12_340_000), "12.3 million"),
        (wording.yuan(1_234_000_000), "1,234 million"),
        (wording.amount(0.025), "0.025"),
        (wording.amount(12_000.0), "12,000"),
        (wording.amount(math.inf), "∞"),
        (wording.month("2023-12"), "December 2023"),
        (wording.words("informal_lease"), "informal lease"),
        (wording.words("guangdong"), "Guangdong"),
        (wording.replicates(1), "1 replicate"),
        (wording.replicates(4), "4 replicates"),
        (wording.printable("a\u0001b\n c\u202ed"), "a b c d"),
    ],
)
def test_wording(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(("value", "expected"), [(24_812.0, 24_810.0), (-123_456.0, -123_500.0), (175.4, 175.0)])
def test_counts_in_sentences_are_rough(value: float, expected: float) -> None:
    assert wording.rough(value) == expected

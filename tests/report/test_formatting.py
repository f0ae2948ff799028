"""Formatting of numbers, months and names."""

import math

import pytest

from takeup.report import formatting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formatting.decimal(24.249), "24.2"),
        (formatting.decimal(-1234.56), "−1,234.6"),
        (formatting.decimal(math.nan), "–"),
        (formatting.decimal(math.inf), "–"),
        (formatting.signed(6.94), "+6.9"),
        (formatting.signed(-0.31), "−0.3"),
        (formatting.signed(-0.04), "0.0"),
        (formatting.signed(0.04), "0.0"),
        (formatting.signed(math.nan), "–"),
        (formatting.signed_count(24812.4), "+24,812"),
        (formatting.interval(6.5, 7.31), "6.5 to 7.3"),
        (formatting.interval(-1.0, 2.0, formatting.signed), "−1.0 to +2.0"),
        (formatting.interval(math.nan, math.nan), "–"),
        (formatting.with_interval("+6.9", 6.5, 7.31, formatting.signed), "+6.9\u2002(+6.5 to +7.3)"),
        (formatting.with_interval("+6.9", math.nan, math.nan), "+6.9"),
        (formatting.yuan(480_000), "480,000"),
        (formatting.yuan(4_800_000), "4.80 million"),
        (formatting.yuan(12_340_000), "12.3 million"),
        (formatting.yuan(1_234_000_000), "1,234 million"),
        (formatting.amount(0.025), "0.025"),
        (formatting.amount(12_000.0), "12,000"),
        (formatting.amount(math.inf), "∞"),
        (formatting.month("2023-12"), "December 2023"),
        (formatting.join_words("informal_lease"), "informal lease"),
        (formatting.join_words("guangdong"), "Guangdong"),
        (formatting.replicates(1), "1 replicate"),
        (formatting.replicates(4), "4 replicates"),
        (formatting.printable("a\u0001b\n c\u202ed"), "a b c d"),
    ],
)
def test_numbers_and_names_as_text(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(("value", "expected"), [(24_812.0, 24_810.0), (-123_456.0, -123_500.0), (175.4, 175.0)])
def test_counts_in_sentences_are_rough(value: float, expected: float) -> None:
    assert formatting.rough(value) == expected


def test_tables_and_sentences_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    table = formatting.plain_table("[b] x", gap=1)
    table.add_column("number")
    table.add_row("1")
    formatting.print_results(table, "", "a [red] sentence")
    title, *_, row, _, sentence = capsys.readouterr().out.splitlines()
    assert (title.strip(), row.strip(), sentence) == ("[b] x", "1", "a [red] sentence")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0.0"), (1e-4, "0.1"), (0.04, "0.1"), (0.3, "0.3"), (0.31, "0.4"), (math.inf, "–")]
)
def test_half_a_width_is_rounded_up(value: float, shown: str) -> None:
    assert formatting.half_width(value) == shown

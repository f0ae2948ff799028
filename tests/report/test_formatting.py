"""Formatting of numbers, months and names."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from takeup.analysis.compare.text import cost_range
from takeup.report import formatting
from takeup.report.i18n import language_of
from takeup.report.inputs import describe_cost
from takeup.scenario import Cost


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
        (formatting.yuan(0.5), "0.5"),
        (formatting.yuan(53.42), "53.4"),
        (formatting.yuan(99.99), "100"),
        (formatting.yuan(175.4), "175"),
        (formatting.yuan(0.0), "0"),
        (formatting.yuan(-0.0), "0"),
        (formatting.yuan(math.inf), "–"),
        (formatting.millions(4_800_000), "4.80"),
        (formatting.millions(500), "0.0005"),
        (formatting.millions(0), "0.00"),
        (formatting.money(0.3), "0.3"),
        (formatting.money(-0.3), "−0.3"),
        (formatting.money(1234.5), "1,234"),
        (formatting.money(math.nan), "–"),
        (formatting.exact_yuan(1_234_567.0), "1,234,567"),
        (formatting.exact_yuan(1_234.56), "1,234.56"),
        (formatting.exact_yuan(0.004), "0.004"),
        (formatting.exact_yuan(-0.0), "0"),
        (formatting.exact_yuan(math.nan), "–"),
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


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False))
def test_an_amount_above_0_is_never_formatted_as_0(value: float) -> None:
    chinese = language_of("zh")
    for text in (
        formatting.yuan(value),
        formatting.exact_yuan(value),
        formatting.money(value),
        formatting.millions(value) if value > 1e-300 else "1",  # a millionth of it is 0
        chinese.yuan(value),
        chinese.exact_yuan(value),
    ):
        assert set(text) & set("123456789"), text


@pytest.mark.parametrize(("value", "expected"), [(24_812.0, 24_810.0), (-123_456.0, -123_500.0), (175.4, 175.0)])
def test_counts_in_sentences_are_rough(value: float, expected: float) -> None:
    assert formatting.rough(value) == expected


def test_given_costs_are_described_in_full() -> None:
    cost = Cost(fixed_cny=1_234_567, per_month_cny=0.5, per_person_cny=0.004, source="invented")
    assert describe_cost(cost) == ("1,234,567 yuan once, 0.5 yuan per month, 0.004 yuan per person and month")
    assert describe_cost(cost, language_of("zh")) == "一次性 123.4567万元、每月 0.5 元、每人每月 0.004 元"
    scaled = Cost(investment_cny=0.5, per_month_cny=0.25, for_amount=0.015, source="invented")
    assert describe_cost(scaled) == (
        "0.5 yuan invested once, 0.25 yuan per month; for the amount 0.015, in proportion for other amounts"
    )


def test_a_cost_that_is_the_same_for_every_amount_is_not_described_as_proportional() -> None:
    assert describe_cost(Cost(fixed_cny=100, for_amount=0.5, source="invented")) == "100 yuan once"


def test_tables_and_sentences_are_printed_as_they_are_with_empty_lines_between(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = formatting.plain_table("[b] x", "end", gap=1)
    table.add_column("number")
    table.add_row("1")
    formatting.print_results("", "a [red] sentence", table, Text(), "another", "one more", Text(), "the last")
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    table_begins, table_ends = printed.index("[b] x"), printed.index("end")
    assert printed[:table_begins] == ["a [red] sentence", ""]
    assert printed[table_ends:] == ["end", "", "another", "one more", "", "the last"]
    assert "1" in printed


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0.0"), (1e-4, "0.1"), (0.04, "0.1"), (0.3, "0.3"), (0.31, "0.4"), (math.inf, "–")]
)
def test_half_a_width_is_rounded_up(value: float, shown: str) -> None:
    assert formatting.half_width(value) == shown


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (0.0, 1, ""),
        (1e-9, 1, ""),
        (0.004, 1, "±0.1"),
        (0.004, 2, "±0.01"),
        (0.31, 1, "±0.4"),
        (3.2, 0, "±4"),
        (math.nan, 1, ""),
    ],
)
def test_no_interval_is_shown_without_a_width(value: float, places: int, shown: str) -> None:
    assert formatting.plus_minus(value, places) == shown


def test_a_range_of_costs_per_permit_is_not_rounded_to_0() -> None:
    assert cost_range(0.25, 0.4) == "0.25 to 0.4"
    assert cost_range(0.25, math.inf) == "0.25 or more"
    assert cost_range(654.3, 2_626.1) == "654 to 2,626"

"""Numbers given as text, and characters that look like others."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from takeup.errors import InputError
from takeup.months import parse_month
from takeup.report.formatting import count, exact_yuan, yuan
from takeup.report.i18n import language_of
from takeup.text import (
    describe_confusable,
    normalise_number,
    parse_number,
    parse_whole_number,
    parse_yuan,
    possible_readings,
    suggest_number,
    suggest_readings,
)

NUMBERS = {
    "5": 5.0,
    "-0.5": -0.5,
    "+3": 3.0,
    ".5": 0.5,
    "5.": 5.0,
    "5e6": 5e6,
    "1_000": 1000.0,
    "5_000_000.5": 5_000_000.5,
    " 7 ": 7.0,
    "inf": math.inf,
    "-inf": -math.inf,
}


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_are_parsed(text: str) -> None:
    assert parse_number(text) == NUMBERS[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "5,000",
        "3_1",
        "1__000",
        "_1",
        "５",
        "٣",
        "1e",
        "0x10",
        "1 000",
        "1.2.3",
        "五",
        "5\u00a0",
        "infinity",
        "1_0000",
    ],
)
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_number(text)


@given(st.floats(allow_nan=False))
def test_every_float_is_parsed_as_python_writes_it(number: float) -> None:
    assert parse_number(repr(number)) == number


@given(st.integers(-(2**70), 2**70))
def test_whole_numbers_are_exact(number: int) -> None:
    assert parse_whole_number(str(number)) == number
    assert parse_whole_number(f"{number:_}") == number


@pytest.mark.parametrize("text", ["0.5", "inf", "1e-3"])
def test_other_numbers_are_not_whole(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        parse_whole_number(text)


SUGGESTIONS = {
    "5,000,000": "5_000_000",
    "1 000": "1_000",
    "５００": "500",
    "－３": "-3",
    "5,00": None,
    "1.5,0": None,
    "x": None,
    "5": None,
}


@pytest.mark.parametrize("text", SUGGESTIONS)
def test_the_number_that_was_meant_is_suggested(text: str) -> None:
    assert suggest_number(text) == SUGGESTIONS[text]
    if SUGGESTIONS[text] is not None:
        parse_number(str(SUGGESTIONS[text]))


AS_WRITTEN = {
    "3000000": 3e6,
    "3,000,000": 3e6,
    "3_000_000": 3e6,
    "3e6": 3e6,
    "3m": 3e6,
    "3M": 3e6,
    "3 million": 3e6,
    "3,000k": 3e6,
    "500k": 5e5,
    "300万": 3e6,
    "300 萬": 3e6,
    "3.5万": 35_000.0,
    "2亿": 2e8,
    "１２３": 123.0,
    "３，０００，０００": 3e6,
    "３００万": 3e6,
    "1,234.5": 1234.5,
    "-3k": -3000.0,
    " 0.3 ": 0.3,
    "1.1m": 1_100_000.0,
    "inf": math.inf,
}


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_numbers_are_read_as_people_write_them(text: str) -> None:
    assert parse_number(normalise_number(text)) == AS_WRITTEN[text]
    assert parse_yuan(text) == AS_WRITTEN[text]


@pytest.mark.parametrize(
    "text", ["300万元", "¥3,000,000", "￥ 300万", "3 million yuan", "CNY 3m", "3e6 RMB", "人民币300万元"]
)
def test_an_amount_may_have_its_currency_and_a_count_may_not(text: str) -> None:
    assert parse_yuan(text) == 3e6
    with pytest.raises(ValueError, match="not a number"):
        normalise_number(text)


READINGS = {
    "3.000.000": ("3_000_000",),
    "1,5": ("1.5",),
    "1,5万": ("15_000",),
    "3,00": ("3.00", "300"),
    "0,500": ("0.500",),
    "3,000_000": (),
    "1 000": ("1_000",),
    "50%": ("0.5",),
    "3\u200b00": ("300",),
    "5e3万": (),
    "1e999999万": (),
    "inf万": (),
    "$3m": (),
    "3万5": (),
    "三百万": (),
    "万": (),
    "": (),
    "nan": (),
    "9" * 70 + "万": (),
}


@pytest.mark.parametrize("text", READINGS)
def test_ambiguous_and_other_texts_are_refused_with_their_readings(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_yuan(text)
    assert possible_readings(text) == READINGS[text]
    for reading in READINGS[text]:
        parse_number(reading)


def test_a_message_has_the_readings_that_the_option_accepts() -> None:
    assert suggest_readings("a number", "3,00") == "a number; did you mean 3.00 or 300?"
    assert suggest_readings("a number", "1,5") == "a number; did you mean 1.5?"
    assert suggest_readings("a number", "1,5", parse_whole_number) == "a number"
    assert suggest_readings("a number", "0,5", name="fee=") == "a number; did you mean fee=0.5?"
    assert suggest_readings("a number", "much") == "a number"


@given(st.integers(-(10**35), 10**35))
@example(int("1" * 35))
def test_whole_numbers_are_read_as_they_are_formatted(number: int) -> None:
    full_width = str.maketrans("0123456789,-", "０１２３４５６７８９，－")
    for text in (f"{number}", f"{number:,}", f"{number:_}", f"{number:,}".translate(full_width)):
        assert parse_whole_number(normalise_number(text)) == number
    for unit, factor in {"k": 1000, "万": 10_000, "M": 10**6, " million": 10**6, "亿": 10**8}.items():
        assert parse_whole_number(normalise_number(f"{number:,}{unit}")) == number * factor


@given(st.decimals(-(10**9), 10**9, places=4))
def test_a_unit_multiplies_without_rounding(number: Decimal) -> None:
    assert parse_whole_number(normalise_number(f"{number}万")) == int(number * 10_000)
    assert parse_number(normalise_number(f"{number:,}千")) == float(number * 1000)


@given(st.floats(0, 1e15))
def test_an_exact_amount_is_read_as_it_was_printed(amount: float) -> None:
    assert parse_yuan(exact_yuan(amount)) == amount


@given(st.integers(0, 10**15))
def test_an_exact_amount_in_chinese_is_read_as_it_was_printed(amount: int) -> None:
    assert parse_yuan(f"{language_of('zh').exact_yuan(amount)}元") == amount


@given(st.integers(0, 10**9))
def test_a_count_is_read_as_it_was_printed(number: int) -> None:
    assert parse_whole_number(normalise_number(count(number))) == number


@given(st.floats(0, 1e12))
def test_an_estimated_amount_is_read_up_to_its_rounding(amount: float) -> None:
    assert parse_yuan(yuan(amount)) == pytest.approx(amount, rel=5.01e-3)


@given(st.text(alphabet="0123456789.,_'-+eEkmM万亿元¥% \u3000０９，．abinf", max_size=70) | st.text(max_size=20))
def test_any_text_is_read_as_a_number_or_refused(text: str) -> None:
    for parse in (parse_yuan, lambda each: parse_whole_number(normalise_number(each))):
        with suppress(ValueError):
            parse(text)
    for reading in possible_readings(text):
        parse_number(reading)
    suggest_readings("a number", text, parse_whole_number)


def test_an_error_names_a_character_that_looks_like_another() -> None:
    message = str(InputError("not a month", given="2019－03", allowed="YYYY-MM"))
    assert "2019－03" in message
    assert "U+FF0D FULLWIDTH HYPHEN-MINUS" in message


@pytest.mark.parametrize("text", ["中南街道", "宣传（试点）", "5", "plain text", "居住证“新”"])
def test_ordinary_text_has_no_note(text: str) -> None:
    assert describe_confusable(text) is None


def test_an_invisible_character_is_named_in_chinese_text() -> None:
    assert "U+200B" in str(describe_confusable("中南\u200b街道"))


WITH_UNITS = {
    "5,000,000": "5_000_000",
    "５，０００，０００": "5_000_000",
    "5.000.000": "5_000_000",
    "5'000'000": "5_000_000",
    "5 000 000": "5_000_000",
    "500万": "5_000_000",
    "5 million": "5_000_000",
    "5m": "5_000_000",
    "1亿元": "100_000_000",
    "¥5000000": "5000000",
    "￥5e6": "5e6",
    "5e6 yuan": "5e6",
    "2k": "2_000",
    "50%": "0.5",
    "0,5": "0.5",
    "1.000,5": "1_000.5",
    "0.5": None,
    "much": None,
    "": None,
    "5,00,000": None,
    "9" * 100 + "%": None,
}


@pytest.mark.parametrize("text", WITH_UNITS)
def test_a_number_with_units_or_separators_is_suggested_as_it_should_be_written(text: str) -> None:
    assert suggest_number(text) == WITH_UNITS[text]
    if WITH_UNITS[text] is not None:
        parse_number(str(WITH_UNITS[text]))


MONTHS = {
    "2019-3": "2019-03",
    "2019/03": "2019-03",
    "2019.3": "2019-03",
    "201903": "2019-03",
    "2019年3月": "2019-03",
    "2019年12月1日": "2019-12",
    "2019-03-31": "2019-03",
    "2019-03-31 00:00:00": "2019-03",
    "２０１９－０３": "2019-03",
    "2019-13": None,
    "03/2019": None,
    "soon": None,
    2019: None,
    201903: "2019-03",
    date(2019, 3, 31): "2019-03",
}


@pytest.mark.parametrize("given", MONTHS, ids=str)
def test_a_month_in_another_notation_is_refused_with_the_right_one(given: object) -> None:
    with pytest.raises(InputError, match="not a month") as raised:
        parse_month(given)
    expected = MONTHS[given]  # type: ignore[index]
    assert ("did you mean" in str(raised.value)) == (expected is not None)
    assert expected is None or f'did you mean "{expected}"?' in str(raised.value)

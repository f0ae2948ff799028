"""Numbers given as text, and characters that look like others."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.errors import InputError
from takeup.months import parse_month
from takeup.text import describe_confusable, parse_number, parse_whole_number, suggest_number

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
    "x": None,
    "5": None,
}


@pytest.mark.parametrize("text", SUGGESTIONS)
def test_the_number_that_was_meant_is_suggested(text: str) -> None:
    assert suggest_number(text) == SUGGESTIONS[text]
    if SUGGESTIONS[text] is not None:
        parse_number(str(SUGGESTIONS[text]))


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

"""Tests of expressions over outputs, which allow only arithmetic."""

from __future__ import annotations

import math

import pytest

from takeup.errors import InputError
from takeup_calibration.targets import Expression

NAMES = ("valid", "population", "issued")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("valid / population", 0.25),
        ("(valid + issued) / population * 100", 75.0),
        ("-valid + 2.5 * 4 - population / 8", -1.0 - 0.5 + 10.0),
        ("1 - 0.5", 0.5),
    ],
)
def test_expressions_are_evaluated(text: str, value: float) -> None:
    assert Expression(text, NAMES)({"valid": 1.0, "population": 4.0, "issued": 2.0}) == pytest.approx(value)


def test_a_division_by_zero_gives_nan() -> None:
    assert math.isnan(Expression("valid / population", NAMES)({"valid": 1.0, "population": 0.0}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "valid /",
        "valid ** 2",
        "valid // 2",
        "__import__('os')",
        "valid.real",
        "[valid]",
        "valid if 1 else 2",
        "'a'",
        "True",
        "lambda: 1",
        "valid < 1",
        "valid, issued",
        "f'{valid}'",
        "valid[0]",
        "9" * 400,
    ],
)
def test_any_other_syntax_is_rejected(text: str) -> None:
    with pytest.raises(InputError, match="the text is not an arithmetic expression"):
        Expression(text, NAMES)


@pytest.mark.parametrize("text", ["1" * 600, "(" * 400 + "1" + ")" * 400, " + ".join(["valid"] * 100)])
def test_an_expression_that_is_too_long_is_rejected_with_its_length(text: str) -> None:
    message = f'the expression is too long; given: "{len(text)} characters"; allowed: at most 500 characters'
    with pytest.raises(InputError, match=message):
        Expression(text, NAMES)


def test_an_unknown_output_is_named_with_its_nearest() -> None:
    with pytest.raises(InputError, match=r'unknown output; given: "vallid".*did you mean "valid"'):
        Expression("vallid / population", NAMES)

"""Each rule is one function, whether machine code or Python."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import takeup.rules
from takeup.rules.utility import ComplianceTerms, UtilityTerms
from tests.hypothesis_profiles import examples

MODULES = [
    importlib.import_module(f"takeup.rules.{module.name}") for module in pkgutil.iter_modules(takeup.rules.__path__)
]
RULES: dict[str, Callable[..., Any]] = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": function
    for module in MODULES
    for name, function in vars(module).items()
    if not name.startswith("_") and hasattr(function, "py_func") and function.py_func.__module__ == module.__name__
}
VALUES = {
    float: st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.0, 30.0)),
    int: st.integers(-1, 120),
    bool: st.booleans(),
}
AT_LEAST_ONE = {"contacts", "stay_scale_months"}
NEVER_NEGATIVE = {"knowledge", "event", "informed", "queue", "endorsements"}


def arguments_of(function: Callable[..., Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Values of the kinds that the rule's signature states."""
    hints = get_type_hints(function)
    hints.pop("return")
    values = {name: VALUES[kind] for name, kind in hints.items()}
    values |= {name: st.integers(0, 30) for name in values.keys() & NEVER_NEGATIVE}
    values |= {name: st.integers(1, 240).map(hints[name]) for name in values.keys() & AT_LEAST_ONE}
    return st.fixed_dictionaries(values)


def test_every_module_of_rules_is_tested() -> None:
    assert len(MODULES) == 7
    assert len(RULES) >= 30


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=examples(60))
@given(st.data())
def test_machine_code_and_python_agree(name: str, data: st.DataObject) -> None:
    """To the last bit, but for the exponential, whose last bit is the library's."""
    rule = RULES[name]
    python = rule.py_func  # type: ignore[attr-defined]
    given_values = data.draw(arguments_of(python))
    compiled, plain = rule(**given_values), python(**given_values)
    if "exp(" in inspect.getsource(python):
        assert math.isclose(compiled, plain, rel_tol=1e-15, abs_tol=0.0)
    else:
        assert compiled == plain


@pytest.mark.parametrize("name", RULES)
def test_every_argument_and_result_has_a_scalar_type(name: str) -> None:
    signature = inspect.signature(RULES[name].py_func)  # type: ignore[attr-defined]
    hints = get_type_hints(RULES[name].py_func)  # type: ignore[attr-defined]
    assert set(hints) == {*signature.parameters, "return"}
    assert hints.pop("return") in {float, int, bool, ComplianceTerms, UtilityTerms}
    assert set(hints.values()) <= {float, int, bool}


@pytest.mark.parametrize("name", RULES)
@given(st.data())
def test_a_rule_called_twice_gives_the_same_result(name: str, data: st.DataObject) -> None:
    """Nothing is drawn, kept or counted inside."""
    given_values = data.draw(arguments_of(RULES[name].py_func))  # type: ignore[attr-defined]
    assert RULES[name](**given_values) == RULES[name](**given_values)

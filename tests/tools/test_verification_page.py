"""The page of verification matches its sources."""

from __future__ import annotations

import pytest

from tools.verification.page import PAGE, page, rules


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tools.verification --page"


@pytest.mark.parametrize(("module", "rule", "tests"), list(rules()), ids=lambda value: str(value)[:40])
def test_every_rule_is_called_by_a_test(module: str, rule: str, tests: list[str]) -> None:
    assert tests, f"no test in tests/rules/ calls {module}.{rule}"

"""`takeup measures`: what an amount of money per month buys."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeup.district import reached_share
from takeup.months import END, parse_month
from takeup.scenario import people_of
from tests.cli.conftest import Command
from tests.district.measured import BOTH, measured


def test_the_list_has_the_people_reached_and_the_levers_before_and_after(command: Command, tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    result = command("measures", "d", "--per-month", "10k")
    assert result.status == 0, result.err
    people = people_of(district.measure("visits"), district, parse_month(END))
    share = reached_share(10_000, 100, 2, people, 0.8)
    words = " ".join(result.out.split())
    assert f"reached per month: {share * people:,.0f} ({100 * share:.1f} %)" in words
    publicity = district.parameters.number("publicity")
    assert f"publicity publicity {publicity:g} {float(f'{publicity + 0.5 * share:.3g}'):g}" in words
    assert "All 11 numbers of these measures are assumed." in words
    assert "visits visits label 措施" in words


def test_the_shipped_list_fits_on_80_columns_and_the_long_one_has_sources(command: Command) -> None:
    short, long = command("measures"), command("measures", "liwan", "--long")
    assert short.status == long.status == 0, short.err
    assert max(len(line) for line in short.out.splitlines()) <= 80
    assert "judgement" in long.out
    assert "judgement" not in short.out


def test_an_amount_per_year_buys_what_a_twelfth_buys_per_month(command: Command) -> None:
    by_month, by_year = command("measures", "--per-month", "250k"), command("measures", "--per-year", "300万")
    assert by_year.status == 0, by_year.err
    assert "what 3,000,000 yuan per year buys" in by_year.out
    assert by_month.out.splitlines()[1:] == by_year.out.splitlines()[1:]
    assert command("measures", "--per-month", "250k", "--per-year", "3m").status == 2


@pytest.mark.parametrize("arguments", [("measures",), ("explain", "village_outreach")])
def test_a_measure_in_every_street_is_not_the_area_of_some(command: Command, arguments: tuple[str, ...]) -> None:
    sentence = "in every street; the area urban_village has only 10 of the 22 streets"
    assert command(*arguments).out.count(sentence) == 1


def test_large_numbers_are_written_in_full(command: Command) -> None:
    out = command("explain", "data_platform").out
    assert "e+0" not in out
    assert "5,000,000" in out


def test_the_list_is_printed_in_chinese(command: Command) -> None:
    result = command("measures", "--language", "zh")
    assert result.status == 0, result.err
    assert "每月覆盖" in result.out
    assert "reached per month" not in result.out


def test_an_amount_that_reaches_nobody_says_what_it_would_take(command: Command, tmp_path: Path) -> None:
    measured(tmp_path / "d", BOTH.replace("value = 100\n", "value = 5000\n"))
    result = command("measures", "d", "--per-month", "4000")
    assert "reaches nobody: it costs 5,000 yuan per month, and 1,000 yuan once" in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("template",), "measures.toml: the district has no measures"),
        (("liwan", "--per-month", "0"), "--per-month: the amount is not above 0"),
        (("liwan", "--per-month", "3.000.000"), "3_000_000"),
        (("liwn",), 'did you mean "liwan"'),
    ],
)
def test_wrong_input_is_one_message(command: Command, arguments: tuple[str, ...], message: str) -> None:
    result = command("measures", *arguments)
    assert result.status == 2
    assert message in result.err
    assert result.err.count("\n") == 1


def test_explain_describes_a_measure_and_its_numbers(command: Command, tmp_path: Path) -> None:
    measured(tmp_path / "d")
    for name in ("visits", "measure.visits", "Visits label"):
        result = command("explain", name, "--district", "d")
        assert result.status == 0, result.err
        for expected in ("visits label", "What it does.", "levers: publicity, register", "measure.visits.person_cny"):
            assert expected in result.out
    assert "CNY per person and month" in command("explain", "measure.visits.person_cny", "--district", "d").out
    wrong = command("explain", "measure.visits.person_cyn", "--district", "d")
    assert wrong.status == 2
    assert 'did you mean "measure.visits.person_cny"' in wrong.err

"""Interventions outside the simulated months, in every command and function."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeup.analysis import compare_scenarios, explain_take_up, run_trial
from takeup.cli.app import exit_code_of
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario import load_scenario

OUTSIDE = "the intervention begins outside the simulated months"


def scenario_file(folder: Path, first: str, until: str | None = None) -> Path:
    """Write a scenario with one intervention that begins in a month."""
    end = "" if until is None else f'until = "{until}"\n'
    file = folder / "policy.toml"
    lines = f'title = "x"\nsource = "x"\n[[intervention]]\nlever = "publicity"\nset = 0.5\nfrom = "{first}"\n{end}'
    file.write_text(lines, encoding="utf-8")
    return file


@pytest.mark.parametrize("first", ["2009-12", "2024-01", "2109-03"])
def test_an_intervention_outside_the_run_is_named_with_its_months_and_the_runs(tmp_path: Path, first: str) -> None:
    scenario = load_scenario(scenario_file(tmp_path, first))
    with pytest.raises(InputError, match=OUTSIDE) as raised:
        scenario.check_period(parse_month("2010-01"), parse_month("2023-12"))
    for part in ("policy.toml, intervention 1, from", f'given: "{first}"', "2010-01 to 2023-12"):
        assert part in str(raised.value)


@pytest.mark.parametrize("first", ["2010-01", "2023-12"])
def test_an_intervention_partly_outside_is_allowed(tmp_path: Path, first: str) -> None:
    scenario = load_scenario(scenario_file(tmp_path, first, "2030-01"))
    scenario.check_period(parse_month("2010-01"), parse_month("2023-12"))


COMMANDS = {
    "compare": ("compare", "{file}", "--until", "2015-12"),
    "compare with draws": ("compare", "{file}", "--until", "2015-12", "--draws", "2"),
    "compare from later": ("compare", "{file}", "--from", "2020-01", "--until", "2021-12"),
    "run": ("run", "{file}", "--until", "2015-12"),
    "run several districts": ("run", "{file}", "--until", "2015-12", "--district", "liwan", "--district", "template"),
    "why": ("why", "--scenario", "{file}", "--until", "2020-12"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_refuse_it_and_write_nothing(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = scenario_file(tmp_path, "2021-03" if command == "why" else "2019-03"), tmp_path / "out"
    arguments = [part.replace("{file}", str(file)) for part in COMMANDS[command]]
    assert exit_code_of([*arguments, "--agents", "3000", "--out", str(out)]) == 2
    assert OUTSIDE in capsys.readouterr().err
    assert not out.exists()


def test_the_python_interface_refuses_it_too(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, "2019-03")
    with pytest.raises(InputError, match=OUTSIDE):
        compare_scenarios(file, agents=2_000, until="2015-12")
    late = scenario_file(tmp_path, "2021-03")
    with pytest.raises(InputError, match=OUTSIDE):
        explain_take_up(late, agents=2_000, until="2020-12")


def test_check_warns_of_months_far_outside_the_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["check", str(scenario_file(tmp_path, "2109-03"))]) == 0
    printed = capsys.readouterr()
    assert "valid" in printed.out
    assert f"warning: {tmp_path}" in printed.err
    assert OUTSIDE in printed.err


BEYOND = '[[intervention]]\nlever = "publicity"\nadd = 0.1\nfrom = "2022-01"\n'


@pytest.mark.parametrize(("first", "more"), [("2019-03", BEYOND), ("2009-03", "")])
def test_a_trial_refuses_interventions_that_begin_outside_the_run(
    first: str, more: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also a later intervention, and one that begins before the run and would act without its fixed cost."""
    file, out = scenario_file(tmp_path, first), tmp_path / "out"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    small = ("--agents", "3000", "--district", "template", "--out", str(out))
    assert exit_code_of(["trial", str(file), "--until", "2020-12", *small]) == 2
    assert OUTSIDE in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(InputError, match=OUTSIDE):
        run_trial(file, district="template", agents=3_000, until="2020-12")


def test_a_trial_after_the_beginning_of_its_scenario_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = scenario_file(tmp_path, "2019-03")
    months = ("--from", "2020-01", "--until", "2021-12")
    assert exit_code_of(["trial", str(file), *months, "--district", "template", "--agents", "3000"]) == 2
    assert OUTSIDE in capsys.readouterr().err


def test_a_later_intervention_outside_the_period_of_a_choice_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = scenario_file(tmp_path, "2019-03")
    file.write_text(file.read_text(encoding="utf-8") + BEYOND.replace("2022", "2109"), encoding="utf-8")
    assert exit_code_of(["voi", str(file), "baseline", "--agents", "3000", "--out", str(tmp_path / "out")]) == 2
    assert "a later intervention of the scenario policy is outside the compared period" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

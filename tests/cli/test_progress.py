"""Progress of long commands whose output is not a terminal: lines on stderr, at most every 30 seconds."""

from __future__ import annotations

from typing import Any

import pytest

from takeup.console.progress import ProgressLines, progress


class Clock:
    """A clock that a test sets, in seconds."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def printed(
    capsys: pytest.CaptureFixture[str], reports: list[tuple[Any, ...]], description: str = "Simulating 100 months"
) -> list[str]:
    """Return what is printed for reports, each of which has its time and the arguments of the callback."""
    clock = Clock()
    lines = ProgressLines(description, 100, clock)
    for after, *arguments in reports:
        clock.now = Clock.now + after
        lines(*arguments)
    return capsys.readouterr().err.splitlines()


def test_a_short_command_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, [(second, 4 * second) for second in range(26)]) == []


def test_the_first_line_comes_early_if_much_time_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [(second, second) for second in range(11)])
    assert lines == ["Simulating 100 months: 10 %, about 90 seconds left"]


def test_lines_are_at_least_30_seconds_apart(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [(second, second) for second in range(101)])
    assert lines == [
        "Simulating 100 months: 10 %, about 90 seconds left",
        "Simulating 100 months: 40 %, about 60 seconds left",
        "Simulating 100 months: 70 %, about 30 seconds left",
        "Simulating 100 months: 100 %",
    ]


def test_a_new_step_is_named_and_estimated_by_its_own_rate(capsys: pytest.CaptureFixture[str]) -> None:
    first = [(second, second, 40, "Wave 1") for second in range(41)]
    second = [(40 + 5 * count, count, 100, "Wave 2, effective sample so far 65") for count in range(7)]
    assert printed(capsys, first + second) == [
        "Wave 1: 75 %, about 10 seconds left",
        "Wave 2, effective sample so far 65: 4 %, about 8 minutes left",
    ]


def test_a_step_that_has_just_begun_has_no_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    reports = [
        (0, 0, 40, "Wave 1"),
        (1, 1, 40, "Wave 1"),
        (31, 31, 40, "Wave 1"),
        (60, 0, 100, "Wave 2"),
        (62, 2, 100, "Wave 2"),
    ]
    assert printed(capsys, reports) == ["Wave 1: 77 %, about 10 seconds left", "Wave 2: 2 %"]


def test_results_of_an_interrupted_command_do_not_count_as_work(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [(0, 80), (3, 81), (18, 86), (20, 87)])
    assert lines == ["Simulating 100 months: 86 %, about 50 seconds left"]


def test_the_time_before_the_first_work_ends_is_no_part_of_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    """The command compiles and starts processes for two minutes, and then does one unit per second."""
    lines = printed(capsys, [(0, 0), *((119 + count, count) for count in range(1, 40))])
    assert lines == ["Simulating 100 months: 1 %", "Simulating 100 months: 31 %, about 70 seconds left"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(20 * 60, "20 minutes"), (100 * 60, "100 minutes"), (150 * 60, "2.5 hours")]
)
def test_long_times_are_rounded(capsys: pytest.CaptureFixture[str], seconds: int, text: str) -> None:
    (line,) = printed(capsys, [(0, 1), (1, 2), (1 + seconds / 97, 3)])
    assert line == f"Simulating 100 months: 3 %, about {text} left"


def test_progress_prints_lines_without_a_terminal_unless_it_is_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("takeup.console.progress.time.monotonic", clock)
    monkeypatch.setattr(ProgressLines.__init__, "__defaults__", (clock,))
    for quiet in (True, False):
        with progress("Evaluating points", 100, quiet=quiet) as show_progress:
            show_progress(0)
            show_progress(1)
            clock.now += 49.0
            show_progress(50)
        assert capsys.readouterr().err == ("" if quiet else "Evaluating points: 50 %, about 50 seconds left\n")


def test_progress_that_nobody_reads_does_not_end_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("takeup.console.progress.typer.echo", fail)
    clock = Clock()
    lines = ProgressLines("Simulating", 100, clock)
    lines(0)
    clock.now += 60.0
    lines(10)

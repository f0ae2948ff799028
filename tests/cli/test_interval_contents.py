"""Every interval that a command prints, draws or writes on a page says what it contains."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
import typer
from matplotlib.figure import Figure
from matplotlib.text import Text as FigureText
from rich.console import Console

from takeup.cli import demo
from takeup.district import POSTERIOR, SHIPPED, copy_template
from takeup_calibration import evaluator
from takeup_calibration import figures as calibration_figures
from takeup_calibration import report as calibration_report
from takeup_calibration.evaluator import EvaluationSpec, policy_names
from takeup_calibration.voi import evidence
from tests.analysis.plans import HEAD, option, village_in, written
from tests.analysis.posteriors import write_posterior
from tests.cli.conftest import Command

_NUMBER = r"[+−]?\d[\d,]*(?:\.\d+)?(?: (?:m|million|万))?"
INTERVAL = re.compile(rf"(?<![\d–-]){_NUMBER} (?:to|and|至) {_NUMBER}(?![\d-])|±\s*\d|\({_NUMBER}–{_NUMBER}\)")
"""A number to a number, which is not part of a month, and half an interval after ±."""
CONTENTS = re.compile(r"Monte\s+Carlo|random\s+assignment|蒙特卡洛|in\s+brackets\s+contains|括号内的区间")
"""Words on what an interval contains; the intervals in brackets are those of parameters over draws."""
NOTHING = re.compile(r"±\s*0(?:\.0+)?(?![\d.])")
_SMALL = ("--agents", "600", "--district", "village", "--workers", "1")
_SHORT = (*_SMALL, "--until", "2011-01")
_POSTERIOR = ("--posterior", "posterior.parquet", "--draws", "3")
_WHY = (*_SMALL, "--month", "2010-07", "--until", "2010-09", "--removed-from", "2010-07", "--obstacles", "mine.toml")
_LETTERS = """
title = "Letters"
source = "a test"
[[intervention]]
lever = "publicity"
set = 0.3
from = "2010-07"
cost = { per_month_cny = 100, source = "assumed" }
"""
_OBSTACLE = """
from = "2010-07"
[[obstacle]]
name = "papers"
title = "Papers"
source = "a test"
status = "assumed"
reasoning = "no papers"
[[obstacle.intervention]]
lever = "documents"
set = 0
"""
_CANDIDATE = """
[[candidate]]
name = "asked"
title = "Who has heard of it?"
expression = "1 - unaware / population"
month = "2018-12"
sample = 600
status = "assumed"
source = "a test"
"""


class Transcript:
    """What a command shows: one text per paragraph or table of the terminal, per figure and per part of a page."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, text: str) -> None:
        on_one_line = " ".join(text.split())
        self.texts.append(re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", on_one_line))  # lines of a figure

    def add_pages(self, folder: Path) -> None:
        """Add the parts of all pages in a folder."""
        for page in folder.rglob("*.html"):
            content = re.sub(r"<(style|svg)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
            for part in re.split(r"<section", content):
                self.add(html.unescape(re.sub(r"<[^>]*>", " ", part)))
        for page in folder.rglob("*.md"):
            self.add(page.read_text(encoding="utf-8"))

    @property
    def unexplained(self) -> list[str]:
        """Texts with an interval that do not say what it contains."""
        return [text for text in self.texts if INTERVAL.search(text) and not CONTENTS.search(text)]

    @property
    def without_width(self) -> list[str]:
        """Texts with an interval whose printed width is 0."""
        return [text for text in self.texts if NOTHING.search(text)]


@pytest.fixture
def transcript(monkeypatch: pytest.MonkeyPatch, undrawn: None) -> Transcript:
    """Record what commands print and draw; figures are written, but blank."""
    record, print_it, echo, write_blank = Transcript(), Console.print, typer.echo, Figure.savefig

    def print_and_record(console: Console, *parts: Any, **how: Any) -> None:
        for part in parts:
            plain = Console(width=200, file=io.StringIO())
            print_it(plain, part, **how)
            assert isinstance(plain.file, io.StringIO)
            record.add(plain.file.getvalue())
        print_it(console, *parts, **how)

    def echo_and_record(message: Any = None, **how: Any) -> None:
        if not how.get("err"):
            for paragraph in str(message).split("\n\n"):
                record.add(paragraph)
        echo(message, **how)

    def savefig(figure: Figure, file: IO[bytes], **how: Any) -> None:
        texts = figure.findobj(lambda artist: isinstance(artist, FigureText))
        record.add(" ".join(text.get_text() for text in texts if isinstance(text, FigureText)))
        write_blank(figure, file, **how)

    monkeypatch.setattr(Console, "print", print_and_record)
    monkeypatch.setattr(typer, "echo", echo_and_record)
    monkeypatch.setattr(Figure, "savefig", savefig)
    return record


@pytest.fixture
def files(tmp_path: Path) -> None:
    """A district of two streets with a posterior, a scenario, obstacles and a plan file."""
    village_in(tmp_path / "village")
    (tmp_path / "places").mkdir()
    for number in ("1", "2"):
        village_in(tmp_path / "places" / number)
    write_posterior(tmp_path / "posterior.parquet", 8)
    (tmp_path / "letters.toml").write_text(_LETTERS)
    (tmp_path / "mine.toml").write_text(_OBSTACLE)
    options = [
        option("letters", "publicity", many=("add = 0.3", 900)),
        option("papers", "documents", few=("set = 1", 400)),
    ]
    written(tmp_path, HEAD + "".join(options))


COMMANDS: dict[str, tuple[str, ...]] = {
    "compare over draws": ("compare", "letters", *_SHORT, *_POSTERIOR),
    "compare over draws, in Chinese": ("compare", "letters", *_SHORT, *_POSTERIOR, "--language", "zh"),
    "compare at a point": ("compare", "letters", *_SHORT, "--replicates", "3"),
    "compare at a point, in Chinese": ("compare", "letters", *_SHORT, "--replicates", "3", "--language", "zh"),
    "run": ("run", "letters", *_SHORT, "--replicates", "3"),
    "region": (
        "run",
        "letters",
        "--district",
        "places",
        "--agents",
        "1200",
        "--until",
        "2010-09",
        "--replicates",
        "2",
    ),
    "why over draws": ("why", *_WHY, *_POSTERIOR),
    "why at a point": ("why", *_WHY, "--replicates", "3"),
    "trial over draws": ("trial", "letters", *_SHORT, *_POSTERIOR),
    "trials at a point": ("trial", "letters", *_SHORT, "--replicates", "3"),
    "one trial": ("trial", "letters", *_SHORT, "--point"),
    "plan over draws": ("plan", *_SHORT, "--plan", "some.plan.toml", "--budget", "900", *_POSTERIOR),
    "plan at a point": ("plan", *_SHORT, "--plan", "some.plan.toml", "--budget", "900", "--replicates", "3"),
}


def check(transcript: Transcript, *, has_interval: bool = True) -> None:
    """Check what a command has shown."""
    assert not transcript.unexplained
    assert not transcript.without_width
    if has_interval:
        assert any(INTERVAL.search(text) for text in transcript.texts), "the command shows no interval"


@pytest.mark.slow
@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", COMMANDS)
def test_every_interval_says_what_it_contains(
    name: str, command: Command, transcript: Transcript, tmp_path: Path
) -> None:
    result = command(*COMMANDS[name], "--out", "out")
    assert result.status == 0, result.err
    transcript.add_pages(tmp_path / "out")
    check(transcript, has_interval=name not in {"run", "region"})


@pytest.mark.slow
def test_intervals_of_the_demo_say_what_they_contain(
    command: Command, transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "DRAWS", 3)
    monkeypatch.setattr(demo, "AGENTS_PER_DRAW", 1_500)
    assert command("demo").status == 0
    check(transcript)


@pytest.mark.slow
@pytest.mark.usefixtures("files")
def test_intervals_of_a_validation_say_what_they_contain(
    command: Command, transcript: Transcript, tmp_path: Path
) -> None:
    copy_template(tmp_path / "place", "Place", "某区")
    write_posterior(tmp_path / "place" / POSTERIOR, 8)
    arguments = ("--district", "place", "--agents", "1500", "--draws", "3", "--workers", "1", "--page", "out/page.md")
    assert command("validate", *arguments, "--out", "out").status == 0
    transcript.add_pages(tmp_path / "out")
    check(transcript)


def _stand_in(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
    """Replace a run of the model by simple functions of two parameters."""
    share = 100 * spec.parameters["publicity"] + spec.seed % 3
    effect = share * spec.parameters["value.schooling"]
    return {"decembers": {"2018-12": share}, "effects": {name: effect * i for i, name in enumerate(policy_names())}}


@pytest.mark.slow
def test_intervals_of_sensitivity_indices_say_what_they_contain(
    command: Command, transcript: Transcript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = copy_template(tmp_path / "place", "Place", "某区")
    text = (place / "parameters.toml").read_text(encoding="utf-8")
    kept = ("[value]", "[publicity]", "[insured]")
    tables = re.split(r"(?m)^(?=\[)", text)
    known = [each if each.startswith(kept) else re.sub(r"(?m)^prior = .*\n", "", each) for each in tables]
    (place / "parameters.toml").write_text("".join(known), encoding="utf-8")
    monkeypatch.setattr(evaluator, "evaluate_point", _stand_in)
    arguments = ("--method", "both", "--rows", "16", "--agents", "1500", "--workers", "1", "--out", "out")
    assert command("sensitivity", "place", *arguments).status == 0
    check(transcript)


@pytest.mark.slow
def test_intervals_of_the_value_of_information_say_what_they_contain(
    command: Command, transcript: Transcript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "MIN_DRAWS", 10)
    monkeypatch.setattr(evidence, "MAX_REPEATED", 2)
    copy_template(tmp_path / "place", "Place", "某区")
    write_posterior(tmp_path / "posterior.parquet", 24)
    (tmp_path / "candidates.toml").write_text(_CANDIDATE, encoding="utf-8")
    arguments = ("--district", "place", "--posterior", "posterior.parquet", "--agents", "1500", "--workers", "1")
    result = command("voi", *arguments, "--candidates", "candidates.toml", "--draws", "24", "--out", "out")
    assert result.status == 0, result.err
    check(transcript)


def test_intervals_of_a_calibration_say_what_they_contain(transcript: Transcript) -> None:
    summary = json.loads((SHIPPED / "liwan" / "calibration.json").read_text(encoding="utf-8"))
    calibration_report.print_summary(summary)
    draw: Callable[[dict[str, Any]], Figure]
    for draw in (
        calibration_figures.effects_figure,
        calibration_figures.predictions_figure,
        calibration_figures.experiments_figure,
    ):
        draw(summary).savefig(io.BytesIO(), format="png")
    check(transcript)
    template = Path(calibration_report.__file__).with_name("report.html.j2").read_text(encoding="utf-8")
    for section in _sections_with_intervals(template.replace("interval_note", calibration_report.interval_note())):
        assert CONTENTS.search(section), section


def _sections_with_intervals(template: str) -> Iterator[str]:
    for section in template.split("<section"):
        if re.search(
            r"(?:low|prior|predictive|posterior)\b[\w\[\]]*\)? ?\}\}\)?(?:–| to )|90 % interval|findings", section
        ):
            yield section


@pytest.mark.parametrize(
    ("text", "lacks_contents"),
    [
        ("+3.1 (1.2 to 3.4)", True),
        ("+3.1 points (+1.2 to +3.4, 90 % of the draws: parameters and Monte Carlo error)", False),
        ("With 90 % probability it adds between 1,200 and 3,400 permits", True),
        ("增加 1,200 至 3,400 张", True),
        ("+3.1 ±0.4", True),
        ("0.42 (0.10–0.80)", True),
        ("2010-01 to 2023-12", False),
        ("December 2018 to December 2023", False),
    ],
)
def test_the_check_finds_intervals(text: str, lacks_contents: bool) -> None:
    record = Transcript()
    record.add(text)
    assert bool(record.unexplained) == lacks_contents


@pytest.mark.parametrize(
    ("text", "has_match"), [("+6.2 ±0.0", True), ("0.42±0.00", True), ("±0.1", False), ("±0.05", False)]
)
def test_the_check_finds_intervals_without_width(text: str, has_match: bool) -> None:
    record = Transcript()
    record.add(text)
    assert bool(record.without_width) == has_match

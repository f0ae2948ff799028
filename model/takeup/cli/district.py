"""`takeup district from-table` and `synthesise`: estimated and invented districts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Final

import pandas as pd
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from takeup.cli.new import ChineseName, ParentFolder, checked_name, chinese_name, suggest_check
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.progress import Progress, progress
from takeup.district import ATTRIBUTES, POPULATION, TARGETS, District, load_district
from takeup.district.attributes import STREET
from takeup.district.survey import (
    SMALL_CELL,
    estimate_tables,
    margins_frame,
    read_mapping,
    read_survey,
    survey_population_toml,
    warnings,
)
from takeup.district.synthesis import draw_districts, synthetic_parameters_toml, synthetic_population_toml
from takeup.errors import InputError
from takeup.io import new_folder, write_whole
from takeup.limits import MAX_SEED, validate_int
from takeup.report.formatting import CONFIDENCE, NOTHING, PERCENT, count, decimal, printable
from takeup.report.i18n import ENGLISH, Language
from takeup.report.results_folder import write_tables
from takeup.scenario import Timeline, load_scenario
from takeup.simulation import first_slots

_NEW: Final = "New district"
_PROVINCE: Final = "Invented districts"

_MAX_STREETS = 30


def render_margins(margins: pd.DataFrame, small: int, translate: Language = ENGLISH) -> Table:
    """Render margins on 80 columns: one line per one-way share and per two-way table.

    Args:
        margins: table made by `margins_frame`.
        small: number of respondents below which a cell is flagged.
        translate: the language.
    """
    title = translate("Margins of the new district")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("", no_wrap=True)
    headers = (
        translate("Share\n%"),
        translate("{level}\ninterval", level=CONFIDENCE),
        translate("Respon-\ndents"),
    )
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for (attribute, second_attribute), rows in margins.groupby(["attribute", "second_attribute"], sort=False):
        name = translate.words(str(attribute))
        if second_attribute:
            name = f"{name} × {translate.words(str(second_attribute))}"
        is_counted = bool(rows["answered"].notna().iloc[0])
        flagged = int(rows["small"].sum())
        note = (
            translate("{flagged} of {all} cells: < {small}", flagged=flagged, all=len(rows), small=small)
            if second_attribute and flagged
            else _origin(rows, is_counted, translate)
        )
        valid = count(float(rows["answered"].iloc[0])) if is_counted else NOTHING
        table.add_row(_plain_text(name), "", "", valid, _plain_text(note), style="bold")
        if not second_attribute and (is_counted or attribute != STREET):
            _add_shares(table, rows, small, translate)
    table.caption = translate(
        "{level} intervals are Wilson's with Kish's effective number of respondents. < {small}: fewer than {small} "
        "respondents. Shares without an interval are taken over.",
        level=CONFIDENCE,
        small=small,
    )
    table.caption_justify = "left"
    return table


def _add_shares(table: Table, rows: pd.DataFrame, small: int, translate: Language) -> None:
    shown = rows.head(_MAX_STREETS)
    percent = shown[["share", "low", "high"]].to_numpy(dtype=float) * PERCENT
    respondents = shown["respondents"].to_numpy(dtype=float, na_value=float("nan"))
    for place, (level, is_small) in enumerate(zip(shown["level"], shown["small"], strict=True)):
        share, low, high = percent[place]
        table.add_row(
            _plain_text(f"  {translate.words(str(level))}"),
            decimal(share),
            translate.interval(low, high),
            count(respondents[place]),
            f"< {small}" if is_small else "",
        )
    if len(rows) > _MAX_STREETS:
        more = translate("and {number} more", number=f"{len(rows) - _MAX_STREETS:,}")
        table.add_row(f"  {more}", "", "", "", "")


def _origin(rows: pd.DataFrame, is_counted: bool, translate: Language) -> str:
    """Return the effective number of respondents, or the source of other shares."""
    if not is_counted:
        return translate.phrase(str(rows["source"].iloc[0]).partition(":")[0].partition(",")[0])
    unanswered = float(rows["unanswered"].iloc[0])
    effective = translate("effective {number}", number=count(float(rows["effective"].iloc[0])))
    if not unanswered:
        return effective
    return translate("{effective}; {number} no answer", effective=effective, number=count(unanswered))


def _plain_text(text: str) -> Text:
    """Return the text without markup: brackets in a name are not styles."""
    return Text(printable(text) if not text.startswith("  ") else f"  {printable(text)}")


_MAX_DISTRICTS, _MAX_PERSONS = 10_000, 2_000_000_000
_AGENTS_PER_DISTRICT = 10_000
"""Number of agents that the suggested first command has, so that it takes little time."""
_LOCAL = re.compile(r"^(\s*local\s*=\s*)true\b", re.MULTILINE)
"""Key of targets measured in the district itself, which copies of targets.toml set to false."""


def from_table(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV file of respondents, one row per person.")],
    name: Annotated[
        str,
        typer.Option(
            "--name",
            metavar="NAME",
            help="Set the name of the district and of its folder.",
            rich_help_panel=_NEW,
        ),
    ],
    population: Annotated[
        int, options.number_option("--population", "Set the number of residents aged 16 and over.", panel=_NEW)
    ],
    weight: Annotated[
        str | None,
        typer.Option(
            "--weight",
            metavar="COLUMN",
            help="Weight respondents by this column (default: equally).",
            rich_help_panel=_NEW,
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            metavar="FILE.toml",
            help="Read the meaning of columns and answers from this file.",
            rich_help_panel=_NEW,
        ),
    ] = None,
    base: Annotated[
        str,
        typer.Option(
            "--from-district",
            metavar="NAME|DIR",
            help="Use this district for all data that are not in the table.",
            rich_help_panel=_NEW,
        ),
    ] = "template",
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs",
            metavar="A:B,…",
            help="Estimate the two-way tables of these pairs of attributes, or of `none` (default: pairs of "
            "--from-district).",
            rich_help_panel=_NEW,
        ),
    ] = None,
    name_zh: ChineseName = None,
    language: options.LanguageCode = None,
    out: ParentFolder = Path(),
    quiet: options.Quiet = False,
) -> None:
    """Write a new district's folder with a population estimated from survey records.

    Example:
        takeup district from-table survey.csv --name panyu --population 800000
    """
    translate = choose_language(language)
    folder = out / checked_name(name)
    if folder.exists() or folder.is_symlink():
        raise InputError("the folder already exists", file=folder, allowed="a folder that does not exist yet")
    persons = validate_int(population, "--population", 1, _MAX_PERSONS)
    chosen_pairs = None if pairs is None else _pairs(pairs)
    place = _district_of("--from-district", base)
    meanings = read_mapping(mapping)
    title = translate("Reading {file}", file=file.name)
    with progress(title, _size(file), quiet=quiet, translate=translate) as show_progress:
        survey = read_survey(
            file, weight=weight, mapping=meanings, streets=place.population.streets, on_bytes=show_progress
        )
    tables = estimate_tables(survey, place, chosen_pairs)
    text = survey_population_toml(
        tables, survey, place, name=name, name_zh=chinese_name(name_zh, name), persons=persons
    )
    margins = margins_frame(tables)
    _write(folder, text, place, margins)
    for sentence in warnings(tables, survey, translate):
        typer.echo(f"takeup: {sentence}", err=True)
    if not quiet:
        _show(margins, folder, survey.unused, translate)


def _district_of(option: str, named: str) -> District:
    """Load the district of an option, without the results of its calibration."""
    try:
        return load_district(named, calibrated=False)
    except InputError as error:
        raise error.at(option if error.key == "--district" else error.key) from None


def _pairs(written: str) -> tuple[tuple[str, str], ...]:
    """Parse the two-way tables of --pairs.

    Raises:
        InputError: a text is not a pair of attributes, or a pair is given twice.
    """
    pairs: list[tuple[str, str]] = []
    for part in [] if written == "none" else written.split(","):
        first, colon, second = (each.strip() for each in part.partition(":"))
        if not colon:
            raise InputError(
                "the value is not a pair of attributes",
                key="--pairs",
                given=part,
                allowed="none, or pairs such as housing:work",
            )
        for attribute in (first, second):
            if attribute not in ATTRIBUTES:
                raise InputError("unknown attribute", key="--pairs", given=attribute, allowed=ATTRIBUTES)
        if first == second or {first, second} in [set(pair) for pair in pairs]:
            raise InputError("the pair is given twice", key="--pairs", given=part, allowed="each pair once")
        pairs.append((first, second))
    return tuple(pairs)


def _write(folder: Path, population: str, base: District, margins: pd.DataFrame) -> None:
    """Write a district's folder, which appears only if the model accepts it.

    Raises:
        InputError: the model rejects the district.
        OutputError: the folder cannot be written.
    """
    with new_folder(folder) as temporary:
        write_whole(temporary / POPULATION, population)
        for name, content in _copies(base).items():
            write_whole(temporary / name, content)
        try:
            made = load_district(temporary)
            Timeline(load_scenario(None), made)
        except InputError as error:
            raise _in_folder(error, folder) from None
        try:
            first_slots(made, made.population.most, int(made.parameters.number("contacts")))
        except InputError as error:
            raise error.at("--population") from None
        write_tables({"margins": margins}, temporary)


def _copies(base: District) -> dict[str, str]:
    """Return the base district's other files, without results of a calibration."""
    header = f"# Copied from the district {base.name}: values, statuses and sources are that district's.\n\n"
    texts = {
        name: header + (base.folder / name).read_text(encoding="utf-8")
        for name in ("parameters.toml", TARGETS, "rules.toml")
        if (base.folder / name).is_file()
    }
    if TARGETS in texts:
        texts[TARGETS] = _LOCAL.sub(r"\1false", texts[TARGETS])
    return texts


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except (OSError, ValueError):
        return 0


def _show(margins: pd.DataFrame, folder: Path, unused: tuple[str, ...], translate: Language) -> None:
    Console().print(render_margins(margins, SMALL_CELL, translate))
    if unused:
        typer.echo(translate("Columns not used: {names}", names=", ".join(unused)))
    suggest_check(folder, translate)


def synthesise(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Create this folder, with one folder per district.",
            rich_help_panel=_PROVINCE,
        ),
    ],
    count: Annotated[int, options.number_option("--count", "Set the number of districts.", panel=_PROVINCE)] = 120,
    population: Annotated[
        int,
        options.number_option("--population", "Set the total number of residents aged 16 and over.", panel=_PROVINCE),
    ] = 52_000_000,
    like: Annotated[
        str,
        typer.Option(
            "--like",
            metavar="NAME|DIR",
            help="Draw the districts by varying the composition of this district's population.",
            rich_help_panel=_PROVINCE,
        ),
    ] = "template",
    seed: Annotated[int, options.number_option("--seed", "Set the random seed.")] = 1,
    language: options.LanguageCode = None,
    quiet: options.Quiet = False,
) -> None:
    """Write an invented province, to measure the model's time and memory.

    The province has no empirical content. The same options write the same bytes.

    Example:
        takeup district synthesise --out province --count 20
    """
    translate = choose_language(language)
    number = validate_int(count, "--count", 1, _MAX_DISTRICTS)
    persons = validate_int(population, "--population", 1, _MAX_PERSONS)
    seed = validate_int(seed, "--seed", 0, MAX_SEED)
    base = _district_of("--like", like)
    if out.exists() or out.is_symlink():
        raise InputError(
            "the folder already exists", key="--out", file=out, allowed="a folder that does not exist yet"
        )
    title = translate("Synthesising {number} districts", number=f"{number:,}")
    with progress(title, number, quiet=quiet, translate=translate) as show_progress:
        _write_province(out, base, number, persons, seed, show_progress)
    if not quiet:
        written = translate(
            "Written: {folder}, {number} invented districts of {persons} persons",
            folder=out,
            number=f"{number:,}",
            persons=f"{persons:,}",
        )
        typer.echo(written)
        agents = min(persons, number * _AGENTS_PER_DISTRICT)
        command = f"takeup run baseline --district {shlex.quote(str(out))} --agents {agents}"
        typer.echo(translate("Try: {command}", command=command))


def _write_province(out: Path, base: District, count: int, persons: int, seed: int, show_progress: Progress) -> None:
    """Write a province's folder, which appears only if every district is valid.

    Raises:
        InputError: there are too few persons.
        OutputError: the folder cannot be written.
    """
    options_given = {"--count": count, "--population": persons, "--like": base.name, "--seed": seed}
    command = f"takeup district synthesise {shlex.join(str(part) for pair in options_given.items() for part in pair)}"
    copies = {
        file.name: synthetic_parameters_toml(file.read_text(encoding="utf-8"), base.name, command)
        for file in (base.folder / "parameters.toml", base.rules)
        if file is not None
    }
    with new_folder(out) as temporary:
        for place in draw_districts(base.population, count, persons, seed):
            folder = temporary / f"invented-{place.number:0{max(len(str(count)), 3)}d}"
            write_whole(folder / POPULATION, synthetic_population_toml(place, base.population, command))
            for name, content in copies.items():
                write_whole(folder / name, content)
            _check(folder, base)
            show_progress(place.number)


def _check(folder: Path, base: District) -> None:
    """Check an invented district; an error names the file of the base district."""
    try:
        Timeline(load_scenario(None), load_district(folder))
    except InputError as error:
        raise _in_folder(error, base.folder) from None


def _in_folder(error: InputError, folder: Path) -> InputError:
    """Return an error with its file replaced by the file of this name in a folder."""
    return error.at(file=folder if error.file is None else folder / Path(error.file).name)

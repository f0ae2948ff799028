"""Command-line options that several commands share, and checks of their values."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from takeup.console.language import HELP as LANGUAGE_HELP
from takeup.console.language import OPTION as LANGUAGE_OPTION
from takeup.district import POSTERIOR, District, read_posterior
from takeup.errors import InputError
from takeup.io import as_path, check_writable
from takeup.limits import AGENTS_PER_DRAW, MAX_DRAWS, MAX_REPLICATES, MAX_SEED, MAX_WORKERS, validate_int
from takeup.message import Message
from takeup.report import LANGUAGES
from takeup.report.results_folder import check_owner
from takeup.text import (
    YUAN_ALLOWED,
    describe_confusable,
    normalise_number,
    parse_number,
    parse_whole_number,
    parse_yuan,
    suggest_readings,
)


def parse_int(written: str | int) -> int:
    """Parse the value of a command-line option as a whole number."""
    allowed = Message("a whole number, such as 20000, 20,000, 20k or 2万")
    return _parse(written, lambda text: parse_whole_number(normalise_number(text)), allowed)


def parse_float(written: str | float) -> float:
    """Parse the value of a command-line option as a number."""
    return _parse(written, lambda text: parse_number(normalise_number(text)), Message("a number, such as 0.5"))


def parse_money(written: str | float) -> float:
    """Parse the value of a command-line option as an amount of money in yuan."""
    return _parse(written, parse_yuan, YUAN_ALLOWED)


_Number = TypeVar("_Number", int, float)


def _parse(written: str | _Number, parse: Callable[[str], _Number], allowed: str) -> _Number:
    """Parse the value of a command-line option; a default value is a number already.

    Raises:
        typer.BadParameter: the value is not such a number; the message has the values allowed and the nearest ones.
    """
    if not isinstance(written, str):
        return written
    try:
        return parse(written)
    except ValueError:
        note = describe_confusable(written)
        readings = suggest_readings(allowed, written, parse)
        message = (
            Message('given: "{written}"; allowed: {allowed}', written=written, allowed=readings)
            if note is None
            else Message(
                'given: "{written}" ({note}); allowed: {allowed}', written=written, note=note, allowed=readings
            )
        )
        raise typer.BadParameter(message) from None


SIMULATED, SIZE, RUNNING, OUTPUT = "What to simulate", "Size and randomness", "Running", "Output"
"""Groups of options in the help of commands that simulate."""


def number_option(
    name: str, text: str, *, metavar: str = "N", parser: Callable[[str], float] = parse_int, panel: str | None = SIZE
) -> Any:
    """Return an option whose value is a number, by default a whole one.

    Args:
        name: name of the option.
        text: help of the option.
        metavar: name of the value in the help.
        parser: `parse_int`, `parse_float` or `parse_money`.
        panel: group of the option in the help.
    """
    return typer.Option(name, metavar=metavar, parser=parser, help=text, rich_help_panel=panel)


def _district_option(panel: str | None) -> Any:
    """Return the option --district, in a group of options in the help."""
    text = "Use a shipped district or a district's folder."
    return typer.Option("--district", metavar="NAME|DIR", help=text, rich_help_panel=panel)


DistrictArgument = Annotated[
    str, typer.Argument(metavar="DISTRICT", help="Name of a shipped district, or a district's folder.")
]
DistrictName = Annotated[str, _district_option(SIMULATED)]
LookupDistrict = Annotated[str, _district_option(None)]
"""The option --district of a command that does not simulate."""
Districts = Annotated[
    list[str] | None,
    typer.Option(
        "--district",
        metavar="NAME|DIR",
        help="Use a shipped district, a district's folder or a folder of districts; may be repeated.",
        show_default="liwan",
        rich_help_panel=SIMULATED,
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="compiled|objects",
        help="Choose the engine; the results are the same.",
        rich_help_panel=RUNNING,
    ),
]
Threads = Annotated[
    int, number_option("--threads", "Set the number of threads per run; results are the same.", panel=RUNNING)
]
Agents = Annotated[
    int | None,
    number_option(
        "--agents",
        f"Set the number of simulated migrants (default: {AGENTS_PER_DRAW:,} per draw of a posterior, otherwise one "
        "per resident of the district).",
    ),
]
Seed = Annotated[int, number_option("--seed", "Set the random seed; replicate r uses seed + r.")]
Replicates = Annotated[int, number_option("--replicates", "Run each scenario with N random seeds.")]
PointReplicates = Annotated[
    int | None,
    number_option("--replicates", "Set the number of random seeds, which implies --point (default: 1)."),
]
POINT: Final = "--point"
Point = Annotated[
    bool,
    typer.Option(
        POINT,
        help="Run replicates at one parameter vector; parameter uncertainty is not included.",
        rich_help_panel=SIZE,
    ),
]


def draws_option(default: int) -> Any:
    """Return the option --draws of a command that runs draws by default.

    Args:
        default: default number of draws.
    """
    return number_option("--draws", f"Run N draws of the district's posterior (default: {default}).")


PosteriorFile = Annotated[
    Path | None,
    typer.Option(
        "--posterior",
        metavar="FILE.parquet",
        help="Read the posterior from this file instead of the district's own.",
        rich_help_panel=SIZE,
    ),
]
Workers = Annotated[
    int | None, number_option("--workers", "Set the number of processes (default: one per processor).", panel=RUNNING)
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="tcp://…", help="Run on the Dask cluster with this scheduler.", rich_help_panel=RUNNING
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Override a parameter for the whole run; may be repeated.",
        rich_help_panel=SIMULATED,
    ),
]
ParametersFile = Annotated[
    Path | None,
    typer.Option(
        "--parameters",
        metavar="FILE.toml",
        help="Read overrides of parameters from this file.",
        rich_help_panel=SIMULATED,
    ),
]
FromMonth = Annotated[
    str, typer.Option("--from", metavar="YYYY-MM", help="Set the first month.", rich_help_panel=SIMULATED)
]
UntilMonth = Annotated[
    str, typer.Option("--until", metavar="YYYY-MM", help="Set the last month.", rich_help_panel=SIMULATED)
]
PeopleMonth = Annotated[
    str | None,
    typer.Option(
        "--people",
        metavar="YYYY-MM",
        help="Also write a table of all residents in this month; `compare` then runs replicates, as with --point.",
        rich_help_panel=OUTPUT,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write to this folder (default: a folder in results/ named after the inputs).",
        rich_help_panel=OUTPUT,
    ),
]


def _inherit_language(context: typer.Context, code: str | None) -> str | None:
    """Return the language of the option --language before the command if the command has none of its own."""
    return context.obj if code is None else code


def language_option(panel: str | None) -> Any:
    """Return the option --language, in a group of options in the help."""
    return typer.Option(
        LANGUAGE_OPTION,
        metavar="|".join(LANGUAGES),
        callback=_inherit_language,
        help=LANGUAGE_HELP,
        rich_help_panel=panel,
    )


LanguageCode = Annotated[str | None, language_option(OUTPUT)]
LookupLanguage = Annotated[str | None, language_option(None)]
"""The option --language of a command without groups of options in its help."""
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="|".join(LANGUAGES),
        help="Also write CSV tables with headings and names in words; the workbook of --office uses them too.",
        rich_help_panel=OUTPUT,
    ),
]
Office = Annotated[
    bool,
    typer.Option("--office", help="Also write an Excel workbook and a Word document.", rich_help_panel=OUTPUT),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors and warnings only.", rich_help_panel=OUTPUT)]


def seed_and_replicates(seed: int, replicates: int) -> tuple[int, int]:
    """Check the seed and the number of replicates, and return both.

    Raises:
        InputError: one of the two is out of range.
    """
    return (
        validate_int(seed, "--seed", 0, MAX_SEED - MAX_REPLICATES),
        validate_int(replicates, "--replicates", 1, MAX_REPLICATES),
    )


def select_draws(
    place: District,
    draws: int | None,
    posterior: Path | None,
    replicates: int | None,
    *,
    point: bool,
    default: int,
) -> list[dict[str, float]]:
    """Select the draws of the posterior that a command runs, see `Posterior.thinned`.

    Args:
        place: the district.
        draws: number of draws; None for the default.
        posterior: file of the posterior; None for the district's own.
        replicates: number of replicates, which excludes draws; None if the user states none.
        point: whether the user asks for one parameter vector, which excludes draws.
        default: default number of draws.

    Returns:
        The parameters of each draw by dotted name; empty if the command runs replicates at one parameter vector,
        because the user asks for them or the district has no posterior.

    Raises:
        InputError: an option excludes draws; or the posterior does not exist or has fewer draws.
    """
    check_without_draws(POINT, draws, posterior, given=point)
    check_without_draws("--replicates", draws, posterior, given=replicates is not None, shown=replicates)
    if runs_point(place, draws, posterior, implies_point=point or replicates is not None):
        return []
    known = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
    number = min(default, len(known.draws)) if draws is None else validate_int(draws, "--draws", 1, MAX_DRAWS)
    return known.thinned(number)


def runs_point(place: District, draws: int | None, posterior: Path | None, *, implies_point: bool) -> bool:
    """Return whether a command runs replicates at one parameter vector instead of draws.

    Args:
        place: the district, which may have no posterior.
        draws, posterior: values of the options --draws and --posterior, each of which requires draws.
        implies_point: whether an option implies one parameter vector.
    """
    return draws is None and posterior is None and (implies_point or not place.has_posterior)


def check_without_draws(
    option: str, draws: int | None, posterior: Path | None, *, given: bool, shown: str | int | None = None
) -> None:
    """Check that an option that excludes draws is not combined with --draws or --posterior.

    Args:
        option: name of the option.
        draws, posterior: values of the options --draws and --posterior.
        given: whether the option is given.
        shown: value of the option for the message.

    Raises:
        InputError: the option is combined with one of the two.
    """
    for name, value in (("--draws", draws), ("--posterior", posterior)):
        if given and value is not None:
            raise InputError(
                Message("the option cannot be combined with {name}", name=name),
                key=option,
                given=shown,
                allowed=Message("{option} without {name}", option=option, name=name),
            )


def results_folder(out: Path | None, name: str) -> Path:
    """Return the folder for the results, and check that it can be written to.

    Args:
        out: folder given with --out; None for a folder in results/.
        name: name of the folder in results/; it identifies the command and its inputs.

    Raises:
        InputError: the folder has files of others.
        OutputError: the folder cannot be written to.
    """
    folder = Path("results") / name if out is None else as_path(out, "--out")
    check_owner(folder)
    check_writable(folder)
    return folder


def worker_count(workers: int | None, jobs: int) -> int:
    """Return the number of processes, at most one per job.

    Args:
        workers: number of processes; None for one per processor.
        jobs: number of jobs.

    Raises:
        InputError: the given number is out of range.
    """
    most = os.cpu_count() or 1
    return min(jobs, most if workers is None else validate_int(workers, "--workers", 1, MAX_WORKERS))

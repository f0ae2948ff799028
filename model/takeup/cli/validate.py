"""`takeup validate`: comparison of the model with published results."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.analysis.validation.output import print_validation, write_validation
from takeup.analysis.validation.page import write_page
from takeup.analysis.validation.result import Validation, ValidationSpec, summarise_validation
from takeup.analysis.validation.studies import read_studies
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.overrides import Overrides, agents_of
from takeup.console.progress import run_batch
from takeup.district import POSTERIOR, load_district, read_posterior
from takeup.errors import InputError
from takeup.io import as_path, check_writable, require_regular_file
from takeup.limits import MAX_DRAWS, validate_int
from takeup.message import Message
from takeup.runs import RunSettings

_DRAWS, _AGENTS = 200, 60_000
"""Defaults of --draws and --agents: a few minutes on two processors."""
_PAGE_SUFFIX: Final = ".md"


def validate(
    district: options.DistrictName = "liwan",
    draws: Annotated[
        int | None, options.number_option("--draws", f"Run N draws of the posterior (default: {_DRAWS}).")
    ] = None,
    agents: Annotated[
        int | None,
        options.number_option("--agents", f"Set the number of simulated migrants (default: {_AGENTS:,})."),
    ] = None,
    seed: Annotated[int, options.number_option("--seed", "Set the random seed N; draw i has the seed N + i.")] = 1,
    posterior: options.PosteriorFile = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page",
            metavar="FILE.md",
            help="Also write a page in Markdown to this file.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    language: options.LanguageCode = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Compare the model with published results that were not used in calibration.

    If interrupted, run the same command again to resume.

    Example:
        takeup validate --draws 20 --agents 20000
    """
    translate = choose_language(language)
    place = load_district(district)
    seed, _ = options.seed_and_replicates(seed, 1)
    known = read_posterior(posterior if posterior is not None else place.folder / POSTERIOR, place.parameters)
    agents = agents_of(place, min(_AGENTS, place.population.most) if agents is None else agents, Overrides())
    spec = ValidationSpec.of(
        place,
        read_studies(),
        known,
        RunSettings(agents=agents, seed=seed),
        draws=min(_DRAWS, len(known.draws)) if draws is None else validate_int(draws, "--draws", 1, MAX_DRAWS),
    )
    folder = options.results_folder(out, f"validate-{place.name}-{spec.key}")
    if page is not None:
        page = _check_page(page, folder)

    def write(folder: Path, validation: Validation) -> None:
        write_validation(folder, validation, translate)
        if page is not None:
            write_page(page, validation, translate)

    run_batch(
        spec,
        folder,
        summarise_validation,
        write,
        partial(print_validation, translate=translate),
        unit=translate("draws"),
        workers=workers,
        cluster=cluster,
        quiet=quiet,
        translate=translate,
    )


def _check_page(page: Path, results: Path) -> Path:
    """Check before the simulation that the page can be written and replaces no results, and return its path.

    Args:
        page: file given with --page.
        results: results folder. No file that the command writes there has the suffix of a page.

    Raises:
        InputError: the page would replace a folder or a file of the results.
        OutputError: the page's folder cannot be written to.
    """
    page = as_path(page, "--page")
    require_regular_file(page)
    check_writable(page.parent)
    place, folder = page.parent.resolve() / page.name, results.resolve()
    if folder.is_relative_to(place) or (place.is_relative_to(folder) and place.suffix != _PAGE_SUFFIX):
        raise InputError(
            "the page would replace results",
            key="--page",
            given=str(page),
            allowed=Message("a file outside {folder}, or a name that ends in .md", folder=results),
        )
    return page

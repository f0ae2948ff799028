"""`takeup dashboard`: pages in a browser on this machine."""

from __future__ import annotations

import webbrowser
from itertools import count
from typing import Annotated, Final

import typer

from takeup.compilation import is_cache_empty
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.overrides import Overrides, agents_of
from takeup.console.progress import progress
from takeup.dashboard.context import MONTHS, load_context
from takeup.dashboard.estimator import DEFAULT_DRAWS
from takeup.district import load_district
from takeup.errors import InputError, install_hint
from takeup.limits import MAX_DRAWS, validate_int
from takeup.message import Message

_SERVER: Final = "Server"

_AGENTS, _PORT, _HIGHEST_PORT = 36_000, 8765, 65_535
_MIN_DRAWS: Final = 2
_LOOPBACK = "127.0.0.1"
_THIS_MACHINE = (_LOOPBACK, "localhost", "::1")


def dashboard(
    district: options.DistrictName = "liwan",
    agents: Annotated[
        int,
        options.number_option("--agents", "Set the number of simulated migrants; fewer migrants take less time."),
    ] = _AGENTS,
    seed: options.Seed = 1,
    draws: Annotated[
        int,
        options.number_option(
            "--draws",
            "Estimate policies over N draws of the district's posterior; fewer draws take less time and memory.",
        ),
    ] = DEFAULT_DRAWS,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Listen on this address; other machines have access unless it is loopback.",
            rich_help_panel=_SERVER,
        ),
    ] = _LOOPBACK,
    port: Annotated[
        int, options.number_option("--port", "Listen on this port; 0 selects a free port.", panel=_SERVER)
    ] = _PORT,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the page in the browser.", rich_help_panel=_SERVER)
    ] = False,
    language: Annotated[str | None, options.language_option(_SERVER)] = None,
) -> None:
    """Compare policies in the browser, and show the district and single migrants.

    Only this machine can open the pages, unless --host is another address. The command needs the packages of the
    extra "dashboard". Stop it with Ctrl+C.

    Example:
        takeup dashboard --district template
    """
    try:
        from takeup.dashboard.server import disable_external_requests, open_socket, serve  # noqa: PLC0415  (an extra: the help must work without it)
    except ModuleNotFoundError as error:
        raise InputError(
            Message(
                "the dashboard's packages are not installed ({name} is missing); to install them: {installation}",
                name=error.name,
                installation=install_hint("dashboard"),
            )
        ) from None

    translate = choose_language(language)
    disable_external_requests()
    place = load_district(district)
    first_seed, _ = options.seed_and_replicates(seed, 1)
    slots = agents_of(place, agents, Overrides())
    most = validate_int(draws, "--draws", _MIN_DRAWS, MAX_DRAWS)
    bound = open_socket(host, validate_int(port, "--port", 0, _HIGHEST_PORT))
    if host not in _THIS_MACHINE:
        warning = translate(
            "anyone with access to {host} can see and use these pages; there is no password", host=host
        )
        typer.echo(f"takeup: {warning}", err=True)
    if is_cache_empty():  # compiling takes so long that its progress is shown here, before the first page
        title = translate("Simulating {number} {unit}", number=MONTHS, unit=translate("months"))
        with progress(title, MONTHS, quiet=False, translate=translate) as show_progress:
            months = count(1)
            context = load_context(place, slots, first_seed, most, lambda: show_progress(next(months)))
            context.simulated.result()
    else:
        context = load_context(place, slots, first_seed, most)

    def started(address: str) -> None:
        name = translate.place(place.population)
        typer.echo(translate("{place}: {address}  (Ctrl+C stops it)", place=name, address=address))
        if not no_browser:
            webbrowser.open(address)

    context.prepare_estimates()
    serve(context, host, bound, started)

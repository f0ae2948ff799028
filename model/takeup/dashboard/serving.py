"""The web server: on loopback unless told otherwise, and silent to everybody else."""

from __future__ import annotations

import re
import socket
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import solara.settings
import uvicorn
from solara.server import app as apps
from solara.server import server, settings
from solara.server.starlette import app
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from takeup.dashboard.pages import session
from takeup.dashboard.stage import Stage
from takeup.errors import InputError

LOOPBACK: Final = "127.0.0.1"
_LOCAL_NAMES: Final = (LOOPBACK, "localhost")
_PAGES: Final = "takeup.dashboard.pages.shell"
_ICON: Final = Path(session.__file__).with_name("icon.svg")
_NOWHERE: Final = "http://127.0.0.1:9/"
"""Where solara is to fetch what is not installed: from a port at which nobody answers."""
_ASSETS: Final = re.compile(r"{{cdn}}/((?:@widgetti/solara-vuetify-app|requirejs)@[0-9.]+)/")
"""What solara's page loads first."""
_LOOKS_EVERY_SECONDS: Final = 0.05
_PARTING_SECONDS: Final = 1


def listening(host: str, port: int) -> socket.socket:
    """A socket that nobody else has; taken before the months are lived, so that a fault is told at once.

    Raises:
        InputError: the address is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        reason = error.strerror or str(error)
        raise InputError(f"cannot listen there ({reason})", key="--host, --port", given=f"{host}:{port}") from None
    return taken


def serve(stage: Stage, host: str, place: socket.socket, started: Callable[[str], None]) -> None:
    """Show a stage until interrupted.

    Args:
        stage: what to show.
        host: as asked for.
        place: of `listening`.
        started: called with the address once it can be visited.
    """
    session.show(stage)
    population = stage.district.population
    settings.theme.title = f"{population.name} {population.name_zh}"
    settings.theme.show_banner = False
    apps.apps["__default__"] = apps.AppScript(_PAGES)
    app.router.routes.insert(0, Route("/favicon.ico", _icon))  # the address that browsers try of themselves
    # Only who asks for this machine by its name is answered: no other site gets in by a trick of names.
    names = [*_LOCAL_NAMES] if host in _LOCAL_NAMES else ["*"]
    guarded = TrustedHostMiddleware(app, allowed_hosts=names)
    visited = uvicorn.Server(
        uvicorn.Config(
            guarded, log_level="warning", access_log=False, loop="asyncio",
            timeout_graceful_shutdown=_PARTING_SECONDS,
        )
    )  # fmt: skip
    address = f"http://{f'[{host}]' if ':' in host else host}:{place.getsockname()[1]}/"
    threading.Thread(target=_tell, args=(visited, started, address), daemon=True).start()
    visited.run(sockets=[place])


def stay_at_home() -> None:
    """Send nothing anywhere, fetch nothing: solara would count its users, and load what is not installed.

    Raises:
        InputError: what the pages need is not installed.
    """
    template = Path(server.__file__).with_name("templates") / "solara.html.j2"
    for asset in sorted(set(_ASSETS.findall(template.read_text(encoding="utf-8")))):
        if not (settings.assets.proxy_cache_dir / asset).is_dir():
            raise InputError(
                "what the pages need is not installed", given=asset, allowed="solara-assets of the same age as solara"
            )
    settings.telemetry.mixpanel_enable = False
    settings.assets.fontawesome_enabled = False
    solara.settings.assets.proxy = True
    # What it says of cookies is for pages within other sites' pages.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none require https")
    solara.settings.assets.cdn = _NOWHERE


def _icon(_: Request) -> Response:
    return Response(_ICON.read_bytes(), media_type="image/svg+xml")


def _tell(visited: uvicorn.Server, started: Callable[[str], None], address: str) -> None:
    while not visited.started:
        time.sleep(_LOOKS_EVERY_SECONDS)
    started(address)

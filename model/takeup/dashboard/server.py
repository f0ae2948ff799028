"""The web server of the pages, reachable from this machine only by default."""

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
from solara.server.starlette import app, root
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from takeup.dashboard.context import DashboardContext
from takeup.dashboard.document import localise_document
from takeup.dashboard.language import COOKIE, visitor_language
from takeup.dashboard.pages import state
from takeup.errors import InputError
from takeup.io import describe_reason
from takeup.message import Message
from takeup.report.charts.base import chart_script
from takeup.report.typography import CHINESE_FONT_FILE

LOOPBACK: Final = "127.0.0.1"
_LOCAL_NAMES: Final = (LOOPBACK, "localhost")
_PAGES: Final = "takeup.dashboard.pages.app"
_ICON: Final = Path(state.__file__).with_name("icon.svg")
_NO_CDN: Final = "http://127.0.0.1:9/"
"""Address from which Solara would load missing assets: a local port on which no server listens."""
_ASSETS: Final = re.compile(r"{{cdn}}/((?:@widgetti/solara-vuetify-app|requirejs)@[0-9.]+)/")
"""Pattern of the assets that every page of Solara loads."""
_LOADER: Final = "takeup"
"""Name of the template in `templates/` that is shown until the page is loaded."""
_CACHED: Final = {"Cache-Control": "max-age=86400"}
_POLL_SECONDS: Final = 0.05
_SHUTDOWN_SECONDS: Final = 1


def open_socket(host: str, port: int) -> socket.socket:
    """Bind a socket, so that an unusable address fails before the simulation.

    Raises:
        InputError: the address is in use or does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise InputError(
            Message("the dashboard cannot listen on this address ({reason})", reason=describe_reason(error)),
            key="--host, --port",
            given=f"{host}:{port}",
            allowed="an address of this machine and a free port",
        ) from None
    return bound


def serve(context: DashboardContext, host: str, bound: socket.socket, on_start: Callable[[str], None]) -> None:
    """Serve the pages of a context until interrupted.

    Args:
        context: the data to show.
        host: host name or address as given by the user.
        bound: a socket, as `open_socket` returns it.
        on_start: called with the address of the pages once the server accepts requests.
    """
    state.set_context(context)
    population = context.district.population
    settings.theme.title = f"{population.name} {population.name_zh}"
    settings.theme.show_banner = False
    settings.theme.loader = _LOADER
    apps.apps["__default__"] = apps.AppScript(_PAGES)
    app.router.routes[:0] = [
        Route("/favicon.ico", _icon),  # browsers request this address on their own
        Route("/vega.js", _chart_script),
        Route("/chinese.otf", _chinese_font),
    ]
    app.router.routes[:] = [_localised(route) for route in app.router.routes]
    # A local server answers only requests for a local name, which prevents DNS rebinding by other sites.
    names = [*_LOCAL_NAMES] if host in _LOCAL_NAMES else ["*"]
    config = uvicorn.Config(
        TrustedHostMiddleware(app, allowed_hosts=names),
        log_level="warning",
        access_log=False,
        loop="asyncio",
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    web_server = uvicorn.Server(config)
    address = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}/"
    threading.Thread(target=_report_start, args=(web_server, on_start, address), daemon=True).start()
    web_server.run(sockets=[bound])


def disable_external_requests() -> None:
    """Switch off Solara's telemetry and its loading of assets from the internet.

    Raises:
        InputError: the assets of the pages are not installed.
    """
    template = Path(server.__file__).with_name("templates") / "solara.html.j2"
    for asset in sorted(set(_ASSETS.findall(template.read_text(encoding="utf-8")))):
        if not (settings.assets.proxy_cache_dir / asset).is_dir():
            raise InputError(
                "the package solara-assets does not contain a file that solara requires",
                given=asset,
                allowed="solara-assets in the same version as solara",
            )
    settings.telemetry.mixpanel_enable = False
    settings.assets.fontawesome_enabled = False
    solara.settings.assets.proxy = True
    solara.settings.assets.cdn = _NO_CDN
    # The warning concerns only pages embedded in the pages of other sites.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none require https")


def _icon(_: Request) -> Response:
    return Response(_ICON.read_bytes(), media_type="image/svg+xml")


def _chart_script(_: Request) -> Response:
    return Response(chart_script(), media_type="text/javascript", headers=_CACHED)


def _chinese_font(_: Request) -> Response:
    return FileResponse(CHINESE_FONT_FILE, media_type="font/otf", headers=_CACHED)


def _localised(route: BaseRoute) -> BaseRoute:
    """Return the route of a page with its document in the visitor's language; other routes as they are."""
    return Route(route.path, _page) if isinstance(route, Route) and route.endpoint is root else route


async def _page(request: Request) -> Response:
    """Return the document of a page in the language of the visitor."""
    response: Response = await root(request)
    if isinstance(response, HTMLResponse):
        translate = visitor_language(request.cookies.get(COOKIE), request.headers.get("accept-language", ""))
        name = translate.place(state.current_context().district.population)
        html = bytes(response.body).decode("utf-8")
        response.body = localise_document(html, settings.theme.title, name, translate).encode("utf-8")
        response.headers["content-length"] = str(len(response.body))
        response.headers["vary"] = "Accept-Language, Cookie"
    return response


def _report_start(web_server: uvicorn.Server, on_start: Callable[[str], None], address: str) -> None:
    while not web_server.started:
        time.sleep(_POLL_SECONDS)
    on_start(address)

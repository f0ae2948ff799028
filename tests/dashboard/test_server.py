"""The server: where it listens, its warnings, and that it makes no external requests."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
import solara
from solara.server import settings

from takeup import dashboard
from takeup.dashboard import server
from takeup.dashboard.context import DashboardContext
from takeup.dashboard.pages import state
from takeup.dashboard.pages.app import Layout, with_error_page
from takeup.dashboard.pages.levers import LeverEditor
from takeup.errors import InputError
from tests.cli.conftest import Command

DASHBOARD = Path(server.__file__).parent
Served = tuple[DashboardContext, str, str]
SMALL = ("--district", "template", "--agents", "1500", "--port", "0", "--no-browser")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Served]:
    """Calls of the replaced `serve`: the context, the host as given, and the address of the socket."""
    calls: list[Served] = []

    def serve(context: DashboardContext, host: str, bound: socket.socket, on_start: Any) -> None:
        calls.append((context, host, bound.getsockname()[0]))
        bound.close()
        on_start(f"http://{host}:1/")

    monkeypatch.setattr(server, "serve", serve)
    return calls


def test_it_listens_on_loopback_by_default(command: Command, served: list[Served]) -> None:
    result = command("dashboard", *SMALL, "--seed", "7")
    assert result.status == 0, result.err
    assert "http://127.0.0.1:1/" in result.out
    assert not result.err
    ((context, _, listens),) = served
    assert listens == "127.0.0.1"
    assert context.agents == 1500
    assert (context.shown.seed, context.estimator.seed) == (7, 7)
    assert (context.estimator.draws, context.estimator.replicates) == (0, 4)


def test_elsewhere_it_warns(command: Command, served: list[Served]) -> None:
    result = command("dashboard", *SMALL, "--host", "0.0.0.0")
    assert result.status == 0
    assert "anyone with access to 0.0.0.0 can see and use these pages" in result.err
    assert served[0][2] == "0.0.0.0"


def test_an_address_in_use_is_an_error_before_the_simulation(command: Command) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = command("dashboard", *SMALL[:-3], "--port", str(port), "--no-browser")
    assert result.status == 2
    assert f"127.0.0.1:{port}" in result.err


@pytest.mark.parametrize(
    ("options", "quoted"),
    [
        (("--port", "70000"), "--port"),
        (("--agents", "20"), "agents"),
        (("--host", "no.such.host.invalid"), "--host"),
        (("--district", "nowhere"), "no such district"),
        (("--seed", "-1"), "--seed"),
        (("--draws", "1"), "--draws"),
    ],
)
def test_wrong_options_are_errors(command: Command, options: tuple[str, str], quoted: str) -> None:
    result = command("dashboard", *SMALL, *options)
    assert result.status == 2
    assert quoted in result.err
    assert "Traceback" not in result.err


def test_a_socket_is_closed_where_the_address_is_not_ours() -> None:
    with pytest.raises(InputError, match="the dashboard cannot listen"):
        server.open_socket("192.0.2.1", 0)


def test_missing_assets_are_an_error_and_not_fetched(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings.assets, "proxy_cache_dir", tmp_path)
    result = command("dashboard", *SMALL)
    assert result.status == 2
    assert "solara-assets" in result.err


def test_solara_has_neither_telemetry_nor_a_cdn() -> None:
    server.disable_external_requests()
    assert not settings.telemetry.mixpanel_enable
    assert solara.settings.assets.cdn.startswith("http://127.0.0.1")


@pytest.mark.parametrize("failing", [ValueError("a defect"), InputError("no such street", given="Nord")])
def test_a_page_that_fails_shows_an_error_within_the_layout(context: DashboardContext, failing: Exception) -> None:
    @solara.component
    def broken() -> None:
        raise failing

    @solara.component
    def around() -> None:
        with solara.Div():
            broken()

    state.set_context(context)
    routes = [solara.Route("/", component=with_error_page(around), label="The district", layout=Layout)]
    page = solara.autorouting.RenderPage()
    box, rendered = solara.render(
        solara.autorouting.RoutingProvider(children=[page], routes=routes, pathname="/"), handle_error=False
    )
    text = " ".join(markup_of(box))
    rendered.close()
    assert f"This page could not be shown: {escape(str(failing))}" in text
    assert "Liwan" in text


def markup_of(widget: Any) -> Iterator[str]:
    """The markup of a widget and of all below it."""
    markup = getattr(widget, "unsafe_innerHTML", None)
    if isinstance(markup, str):
        yield markup
    for child in getattr(widget, "children", ()):
        yield from markup_of(child)


def test_only_the_pages_and_the_server_import_solara() -> None:
    """All other modules can be used and tested without it."""
    for file in DASHBOARD.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            )
        }
        if imported & {"solara", "reacton", "uvicorn", "starlette"}:
            assert file.name == "server.py" or "pages" in file.parts, file


def test_the_table_of_contents_names_every_module() -> None:
    listed = re.findall(r"^(\w+)  +", dashboard.__doc__ or "", re.MULTILINE)
    modules = {path.stem for path in DASHBOARD.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert sorted(listed) == sorted(modules - {"__init__"})


def test_the_command_does_not_wait_for_solara_until_it_is_asked_for() -> None:
    program = "import sys; import takeup.cli.app; sys.exit('solara' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.slow
def test_without_its_packages_the_command_names_what_to_install() -> None:
    program = (
        "import sys; sys.modules['solara'] = None; from takeup.cli.app import exit_code_of; "
        "sys.exit(exit_code_of(['dashboard', '--no-browser']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert 'pip install -e ".[dashboard]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scenario_that_cannot_be_read_is_an_error_on_the_page(
    context: DashboardContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "broken.toml").write_text("title = [", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    state.set_context(context)
    box, rendered = solara.render(LeverEditor(), handle_error=False)
    selector = next(each for each in widgets_of(box) if getattr(each, "name", "") == "start")
    selector.vue_selected("broken")
    text = " ".join(markup_of(box))
    rendered.close()
    assert "broken.toml" in text
    assert "not TOML" in text


def widgets_of(widget: Any) -> Iterator[Any]:
    """A widget and all below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets_of(child)

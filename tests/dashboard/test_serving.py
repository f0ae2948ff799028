"""The server: where it listens, what it warns of, and that it keeps to itself."""

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
from takeup.dashboard import serving
from takeup.dashboard.pages import session
from takeup.dashboard.pages.policy import Levers
from takeup.dashboard.pages.shell import Shell, guarded
from takeup.dashboard.stage import Stage
from takeup.errors import InputError
from tests.cli.conftest import Command

DASHBOARD = Path(serving.__file__).parent
SMALL = ("--district", "template", "--agents", "1500", "--port", "0", "--no-browser")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Stage, str, str]]:
    """What would have been served: the stage, the host asked for, and where the socket listens."""
    seen: list[tuple[Stage, str, str]] = []

    def serve(stage: Stage, host: str, place: socket.socket, started: Any) -> None:
        seen.append((stage, host, place.getsockname()[0]))
        place.close()
        started(f"http://{host}:1/")

    monkeypatch.setattr(serving, "serve", serve)
    return seen


def test_it_listens_on_loopback_unless_told_otherwise(command: Command, served: list[tuple[Stage, str, str]]) -> None:
    said = command("dashboard", *SMALL, "--seed", "7")
    assert said.status == 0, said.err
    assert "http://127.0.0.1:1/" in said.out
    assert not said.err
    ((stage, _, listens),) = served
    assert listens == "127.0.0.1"
    assert stage.agents == 1500
    assert [history.seed for history in stage.histories] == [7, 8, 9, 10]


def test_elsewhere_it_warns(command: Command, served: list[tuple[Stage, str, str]]) -> None:
    said = command("dashboard", *SMALL, "--host", "0.0.0.0")
    assert said.status == 0
    assert "whoever reaches 0.0.0.0 can see and use these pages" in said.err
    assert served[0][2] == "0.0.0.0"


def test_an_address_that_is_taken_is_told_before_anything_is_lived(command: Command) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = command("dashboard", *SMALL[:-3], "--port", str(port), "--no-browser")
    assert said.status == 2
    assert f"127.0.0.1:{port}" in said.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--port", "70000"), "--port"),
        (("--agents", "20"), "agents"),
        (("--host", "no.such.host.invalid"), "--host"),
        (("--district", "nowhere"), "no such district"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_wrong_options_are_told(command: Command, options: tuple[str, str], told: str) -> None:
    said = command("dashboard", *SMALL, *options)
    assert said.status == 2
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_socket_is_given_back_where_it_is_not_ours() -> None:
    with pytest.raises(InputError, match="cannot listen"):
        serving.listening("192.0.2.1", 0)


def test_missing_assets_are_told_and_not_fetched(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings.assets, "proxy_cache_dir", tmp_path)
    said = command("dashboard", *SMALL)
    assert said.status == 2
    assert "solara-assets" in said.err


def test_solara_neither_counts_its_users_nor_fetches() -> None:
    serving.stay_at_home()
    assert not settings.telemetry.mixpanel_enable
    assert solara.settings.assets.cdn.startswith("http://127.0.0.1")


@pytest.mark.parametrize("failing", [ValueError("the roof leaks"), InputError("no such street", given="Nord")])
def test_a_page_that_fails_says_so_under_its_name(stage: Stage, failing: Exception) -> None:
    @solara.component
    def broken() -> None:
        raise failing

    @solara.component
    def around() -> None:
        with solara.Div():
            broken()

    session.show(stage)
    routes = [solara.Route("/", component=guarded(around), label="The district", layout=Shell)]
    page = solara.autorouting.RenderPage()
    box, rendered = solara.render(
        solara.autorouting.RoutingProvider(children=[page], routes=routes, pathname="/"), handle_error=False
    )
    said = " ".join(markup_of(box))
    rendered.close()
    assert f"This page could not be shown: {escape(str(failing))}" in said
    assert "Liwan" in said


def markup_of(widget: Any) -> Iterator[str]:
    """The markup of a widget and of all below it."""
    markup = getattr(widget, "unsafe_innerHTML", None)
    if isinstance(markup, str):
        yield markup
    for child in getattr(widget, "children", ()):
        yield from markup_of(child)


def test_only_the_pages_and_the_server_know_solara() -> None:
    """All else can be tested and used without it."""
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
            assert file.name == "serving.py" or "pages" in file.parts, file


def test_the_table_of_contents_names_every_module() -> None:
    listed = re.findall(r"^(\w+)  +", dashboard.__doc__ or "", re.MULTILINE)
    modules = {path.stem for path in DASHBOARD.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert sorted(listed) == sorted(modules - {"__init__"})


def test_the_command_does_not_wait_for_solara_until_it_is_asked_for() -> None:
    program = "import sys; from takeup.cli.app import app; sys.exit('solara' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_without_its_packages_the_command_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['solara'] = None; from takeup.cli.app import status_of; "
        "sys.exit(status_of(['dashboard', '--no-browser']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert 'pip install -e ".[dashboard]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scenario_that_cannot_be_begun_with_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "broken.toml").write_text("title = [", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    session.show(stage)
    box, rendered = solara.render(Levers(), handle_error=False)
    chosen = next(each for each in widgets_of(box) if getattr(each, "name", "") == "begin")
    chosen.vue_chosen("broken")
    said = " ".join(markup_of(box))
    rendered.close()
    assert "broken.toml" in said
    assert "not TOML" in said


def widgets_of(widget: Any) -> Iterator[Any]:
    """A widget and all below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets_of(child)

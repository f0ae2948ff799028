"""The pages in a real browser that can reach only this machine."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from takeup.months import parse_month
from tests.cli.conftest import Command
from tests.dashboard.browser import Page, browsing, skip_without_chromium

pytestmark = pytest.mark.browser

AGENTS, MANY, SEED = 3_600, 36_000, 11
PROMISED_SECONDS, PATIENT_SECONDS, LOADED = 2.0, 5.0, 3.0
"""From a moved slider to the new effect; for a page to load; factor for a machine with other load."""
STARTING_SECONDS = 120.0


@pytest.fixture(scope="module")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which the addresses that the server's process connects to are logged."""
    return tmp_path_factory.mktemp("server") / "connections.txt"


@contextmanager
def served(connections: Path, agents: int) -> Iterator[str]:
    """Run a server of Liwan and yield its address."""
    skip_without_chromium()
    arguments = ["--agents", str(agents), "--seed", str(SEED), "--port", "0", "--no-browser"]
    script = Path(__file__).with_name("logging_server.py")
    log = connections.with_name("log.txt")
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            [sys.executable, "-u", str(script), str(connections), *arguments], stdout=output, stderr=output
        )
    try:
        end = time.monotonic() + STARTING_SECONDS
        while not (match := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text(encoding="utf-8"))):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.1)
        yield match[0]
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def address(connections: Path) -> Iterator[str]:
    """Address of a server of Liwan with few agents."""
    with served(connections, AGENTS) as address:
        yield address


@pytest.fixture(scope="module")
def page(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browsing(address, tmp_path_factory.mktemp("browser")) as page:
        yield page


def test_chinese_names_are_drawn_in_the_font_that_the_page_embeds(page: Page) -> None:
    page.open("", "[data-number=take-up]")
    families = page.driver.execute_script(
        "return [...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    )
    assert "Takeup Sans SC" in {family.strip('"') for family in families}


def test_the_district_shows_its_streets_time_series_and_reasons_of_the_month(page: Page) -> None:
    page.open("", "[data-number=take-up]")
    assert len(page.all("[data-street]")) == 22
    assert "沙面" in page.one("[data-street=Shamian]")
    assert "never registered" in page.all(".row text")[0::3] or "never registered" in page.one("body")
    before = page.one("[data-number=take-up]")
    assert page.one(".slider output") == "December 2018"
    page.drag("month", parse_month("2012-06"))
    page.until(lambda: page.one(".slider output") == "June 2012", "the month")
    page.until(lambda: page.one("[data-number=take-up]") != before, "the month's take-up")
    tiles = page.all(".tile .value")
    page.click("[data-key=awareness]")
    page.until(lambda: page.all(".tile .value") != tiles, "the tiles' awareness")
    page.click("[data-street=Qiaozhong]")
    page.until(lambda: "migrants in Qiaozhong" in page.one("body"), "the street")
    page.click("[data-street=Qiaozhong]")
    page.until(lambda: "migrants in Liwan" in page.one("body"), "the district")
    page.click(".play")
    page.until(lambda: page.one(".slider output") == "September 2012", "months that go by")
    page.click(".play")


def test_a_moved_lever_gives_the_numbers_of_the_commands_for_the_downloaded_file(
    page: Page, command: Command, tmp_path: Path
) -> None:
    page.open("policy", "[data-number=difference]")
    assert page.one("[data-number=difference]") == "0.00 points"
    line = page.attribute("svg path[stroke-dasharray='7 3']", "d")
    page.drag("publicity", 0.15)
    page.until(lambda: page.one("[data-number=difference]") != "0.00 points", "a difference")
    page.until(lambda: "Means over 4 replicates" in page.one("body"), "all replicates")
    page.until(lambda: page.attribute("svg path[stroke-dasharray='7 3']", "d") != line, "another line")

    page.click("a.download")
    saved = page.downloads / "my_policy.toml"
    page.until(saved.is_file, "the download")
    (tmp_path / saved.name).write_bytes(saved.read_bytes())
    run, compare = (shlex.split(text)[1:] for text in page.all("pre code"))
    assert run[:2] == ["run", "my_policy.toml"]
    assert ["--agents", str(AGENTS), "--seed", str(SEED)] == run[4:8]

    result = command(*run, "--workers", "1", "--out", "run")
    assert result.status == 0, result.err
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert page.one("[data-number=policy-take-up]") == f"{100 * summary['valid_share']:.2f} %"

    instead = float(re.findall(r"instead of ([0-9.]+) %", page.one("body"))[0])
    difference = float(page.one("[data-number=difference]").removesuffix(" points"))
    assert difference > 0
    assert difference == pytest.approx(100 * summary["valid_share"] - instead, abs=0.011)
    assert compare == ["compare", *run[1:]]  # tests/dashboard/test_effects.py tests its numbers


def test_an_error_on_the_page_is_shown_there(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.write("title", " ")
    page.until(lambda: "title" in "".join(page.all("[role=alert]")), "a message")
    page.write("title", "Baseline")
    page.until(lambda: not page.all("[role=alert]"), "no message")
    page.until(lambda: page.attribute("a.download", "download") == "baseline_policy.toml", "the new name")
    page.choose("lever", "learning")
    page.until(lambda: 'lever = "learning"' in page.file(), "another lever")
    page.click("button[name=more]")
    page.until(lambda: bool(page.all("input[name=until]")), "the card's choices")
    assert "Zhongnan" not in page.one(".card"), "streets for a lever of the whole district"
    page.drag("until", parse_month("2020-01"))
    page.until(lambda: 'until = "2020-01"' in page.file(), "an end")
    page.drag("from", parse_month("2021-06"))
    page.until(lambda: 'until = "2021-06"' in page.file(), "an end that goes along with the beginning")


def test_levers_whose_members_differ_are_not_set_together(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.choose("lever", "supply")
    page.until(lambda: 'lever = "supply"\nmultiply = 1\n' in page.file(), "an unchanged lever")
    assert page.one("[data-number=difference]") == "0.00 points"
    assert "set to" not in page.all("select[name=operation] option")


def test_the_page_says_that_a_cost_does_not_follow_the_slider(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    note = "cost of the shipped step; it does not follow the slider"
    assert note not in page.one("body"), "there is no cost yet"
    page.choose("start", "publicity")
    page.until(lambda: "yuan in total" in page.one(".results"), "a cost")
    assert note in page.one(".results")
    page.drag("publicity", 0.065)
    page.until(lambda: "add = 0.065" in page.file(), "the moved slider")
    assert f"300,000 yuan once, 60,000 yuan per month ({note})" in page.one(".card")


def test_a_tile_that_is_clicked_with_the_keyboard_keeps_the_focus(page: Page) -> None:
    page.open("", "[data-street=Shamian]")
    page.driver.execute_script(
        "const tile = document.querySelector('[data-street=Shamian]'); tile.focus();"
        "tile.dispatchEvent(new KeyboardEvent('keydown', {key: ' ', bubbles: true, cancelable: true}))"
    )
    page.until(lambda: "migrants in Shamian" in page.one("body"), "the street")
    assert page.driver.execute_script("return document.activeElement.dataset.street") == "Shamian"


def test_posterior_draws_run_on_request_and_are_cancelled_when_the_policy_changes(page: Page) -> None:
    page.open("policy", "button[name=uncertainty]")
    page.click("button[name=uncertainty]")
    page.until(lambda: "of 24 runs" in page.one(".results"), "progress")
    page.drag("publicity", 0.2)
    page.until(lambda: bool(page.all("button[name=uncertainty]")), "the button of the new policy")


def test_streets_groups_and_dates_reach_the_file(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.click("button[name=more]")
    page.until(lambda: "Zhongnan" in page.one(".card"), "the card's choices")
    page.click(".card [data-key=Zhongnan]")
    page.click(".card [data-key=dormitory]")
    page.drag("from", parse_month("2020-05"))
    page.drag("publicity", 0.3)
    parts = ('streets = ["Zhongnan"]', 'groups = { housing = ["dormitory"] }', 'from = "2020-05"', "set = 0.3")
    page.until(lambda: all(part in page.file() for part in parts), f"{parts} in the file")
    assert "until" not in page.file()


def test_a_policy_that_does_not_fit_is_an_error_on_the_page_and_can_be_corrected(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.choose("lever", "remember")
    page.until(lambda: 'lever = "remember"' in page.file(), "another lever")
    page.choose("operation", "add")
    page.until(lambda: "add = 0\n" in page.file(), "another operation")
    page.drag("remember", 1.0)
    page.until(lambda: bool(page.all("[role=alert]")), "a message")
    assert "intervention 1, add" in page.one("[role=alert]")
    assert not page.all("a.download"), "an invalid file can be downloaded"
    page.drag("remember", 0.0)
    page.until(lambda: not page.all("[role=alert]"), "no message")


def test_a_migrant_is_selected_by_reason_and_shown_month_by_month(page: Page) -> None:
    page.open("", ".row[data-pick='10']")
    page.click(".row[data-pick='10']")
    page.until(lambda: "What would change the decision" in page.one("body"), "a migrant")
    assert page.driver.current_url.endswith("/migrant")
    assert "✗ utility −" in page.one(".requirements")
    person = page.one("h2")
    assert re.fullmatch(r"Person \d+", person)
    page.click("button[name=next]")
    page.until(lambda: page.one("h2") not in {person, ""}, "another person")
    page.click('svg[aria-label="One migrant by month"] [data-pick]')
    page.until(lambda: "lives herefor 0 months" in page.one(".takeup").replace("\n", ""), "their first month")
    page.choose("reason", "0")
    page.until(lambda: "worth keeping" in page.one(".takeup"), "a holder")


def test_the_icon_is_served(address: str) -> None:
    with urlopen(f"{address}favicon.ico") as icon:
        assert icon.headers["Content-Type"].startswith("image/svg+xml")
        assert icon.read().startswith(b"<svg")


@pytest.mark.slow
def test_a_moved_slider_shows_its_effect_within_two_seconds_at_36_000_migrants(tmp_path: Path) -> None:
    """The clock time has a factor for the machine's other load; test_effects tests the processor time."""
    with served(tmp_path / "connections.txt", MANY) as address, browsing(address, tmp_path / "browser") as page:
        page.open("policy", "[data-number=difference]")
        took = []
        for amount in (0.1, 0.15, 0.2, 0.25, 0.3):
            took.append(page.seconds_until_effect("publicity", amount))
            page.until(lambda: "Means over 4" in page.one("body") and not page.all(".working"), "all replicates")
        print(f"seconds until number and line changed: {', '.join(f'{each:.2f}' for each in took)}")
        assert sorted(took)[len(took) // 2] < PROMISED_SECONDS * LOADED
        start = time.monotonic()
        page.open("migrant", ".requirements")
        assert time.monotonic() - start < PATIENT_SECONDS * LOADED


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("localhost", 200), ("elsewhere.example", 400)])
def test_only_requests_for_a_local_name_are_accepted(address: str, host: str, status: int) -> None:
    server = HTTPConnection(urlsplit(address).netloc)
    server.request("GET", "/", headers={"Host": host})
    assert server.getresponse().status == status
    server.close()


def test_no_request_left_the_machine(page: Page, connections: Path) -> None:
    """In all tests above, neither the browser nor the server contacted another machine."""
    for path in ("", "policy", "migrant"):
        page.open(path, ".takeup h1")
    assert page.requested_hosts() == {"127.0.0.1"}
    assert not page.severe_messages()
    page.driver.get(f"{page.address}nowhere")
    assert "not found" in page.one("body").lower()
    reached = connections.read_text(encoding="utf-8").split() if connections.exists() else []
    assert all(ip_address(host).is_loopback for host in reached), set(reached)

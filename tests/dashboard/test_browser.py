"""The pages in a real browser that can reach only this machine."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pandas as pd
import pytest

from takeup.months import parse_month
from takeup.report.formatting import interval, signed
from tests.cli.conftest import Command
from tests.dashboard.browser import Page, browsing
from tests.dashboard.serving import DRAWS, SEED, SERVED_AGENTS, served

pytestmark = pytest.mark.browser

MANY = 36_000
PROMISED_SECONDS, PATIENT_SECONDS, LOADED = 0.4, 5.0, 5.0
"""From a moved slider to the new effect; for a page to load; factor for a machine with other load."""


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
    page.until(lambda: drawn(page) == 3, "three charts")
    assert page.attribute("html", "lang") == "en"
    assert len(page.all("[data-chart^='have a valid permit'] .picks button")) == 22
    assert "沙面" in page.all("[data-chart^='have a valid permit'] svg text")
    assert "never registered" in page.all("[data-chart^='Who has no valid permit'] svg text")
    before = page.one("[data-number=take-up]")
    assert page.one(".slider output") == "December 2018"
    assert page.attribute("input[name=month]", "aria-valuetext") == "December 2018"
    page.drag("month", parse_month("2012-06"))
    page.until(lambda: page.one(".slider output") == "June 2012", "the month")
    page.until(lambda: page.one("[data-number=take-up]") != before, "the month's take-up")
    page.click("[data-key=awareness]")
    page.until(lambda: bool(page.all("[data-chart^='have heard of the permit'] svg")), "the tiles' awareness")
    page.click("[data-chart^='have heard'] .picks button:nth-of-type(1)")
    page.until(lambda: "migrants in Liwan" not in page.one("body"), "a street")
    page.click("[data-chart^='have heard'] .picks button:nth-of-type(1)")
    page.until(lambda: "migrants in Liwan" in page.one("body"), "the district")
    page.click(".play")
    page.until(lambda: page.one(".slider output") == "September 2012", "months that go by")
    page.click(".play")


def drawn(page: Page) -> int:
    """The number of charts that are drawn."""
    return len(page.all(".chart[data-drawn]"))


def test_charts_have_a_crosshair_a_legend_that_switches_lines_and_a_menu(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.until(lambda: drawn(page) == 3, "three charts")
    page.until(lambda: not page.all(".working"), "all draws")
    first = "[data-chart^='valid permits'] "
    assert {"no policy", "my policy"} <= set(page.all(first + "svg text"))
    assert page.all(first + ".vega-actions a") == ["Save as SVG", "Save as PNG"]
    page.pointer(first + "svg", 0.5)
    page.until(lambda: "20" in "".join(page.all("#vg-tooltip-element.visible")), "the month under the pointer")
    assert "my policy" in page.one("#vg-tooltip-element")
    faded = f"return document.querySelectorAll(\"{first}svg [opacity='0.15']\").length"
    assert page.driver.execute_script(faded) == 0
    page.press(first + "svg .role-legend-symbol path, " + first + "svg .role-legend-label text")
    page.until(lambda: page.driver.execute_script(faded) > 0, "a faded line")


def test_a_moved_lever_gives_the_numbers_of_the_command_for_the_downloaded_file(
    page: Page, command: Command, tmp_path: Path
) -> None:
    page.open("policy", "[data-number=difference]")
    before = page.one("[data-number=difference]")
    page.drag("publicity", 0.2)
    page.until(lambda: page.one("[data-number=difference]") != before, "another number")
    page.until(lambda: not page.all(".working") and "so far" not in page.one(".answer"), "all draws")
    page.until(lambda: "90 % of the draws: parameters" in page.one(".answer").replace("\u00a0", " "), "an interval")
    page.click("a.download")
    saved = page.downloads / page.attribute("a.download", "download")
    page.until(saved.is_file, "the download")
    (tmp_path / saved.name).write_bytes(saved.read_bytes())
    (compare,) = (shlex.split(text)[1:] for text in page.all("pre code"))
    assert compare[:2] == ["compare", saved.name]
    assert ["--agents", str(SERVED_AGENTS), "--seed", str(SEED), "--draws", str(DRAWS)] == compare[4:]

    result = command(*compare, "--workers", "1", "--out", "out")
    assert result.status == 0, result.err
    row = pd.read_csv(tmp_path / "out" / "ensemble.csv").iloc[-1]
    assert page.one("[data-number=interval]") == f"{interval(row['low'], row['high'], signed)} points"
    assert page.one("[data-number=difference]").startswith(f"median {signed(row['median'])} points")


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
    page.choose("start", "My policy")
    page.until(lambda: page.attribute("a.download", "download") == "my_policy.toml", "a new policy")
    page.choose("lever", "supply")
    page.until(lambda: 'lever = "supply"\nadd = 0\n' in page.file(), "an unchanged lever")
    page.until(lambda: "no change" in page.one("[data-number=difference]"), "an unchanged take-up")
    assert "set to" not in page.all("select[name=operation] option")


def test_a_cost_follows_the_slider(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.choose("start", "publicity")
    page.until(lambda: "Cost: 9.78 million yuan" in page.one(".results"), "a cost")
    page.drag("publicity", 0.065)
    page.until(lambda: "add = 0.065" in page.file(), "the moved slider")
    page.until(lambda: "Cost: " in page.one(".results") and "9.78 million" not in page.one(".results"), "its cost")


def test_a_street_that_is_chosen_with_the_keyboard_keeps_the_focus(page: Page) -> None:
    page.open("", ".picks button")
    page.driver.execute_script("document.querySelector('.picks button').focus(); document.activeElement.click()")
    page.until(lambda: "migrants in Liwan" not in page.one("body"), "the street")
    assert page.driver.execute_script("return document.activeElement.dataset.pick") == "0"


@pytest.mark.parametrize("width", [1400, 420])
def test_the_result_stays_in_view_while_the_page_is_scrolled(page: Page, width: int) -> None:
    page.open("policy", "[data-number=difference]")
    page.resize(width, 800)
    page.driver.execute_script("window.scrollTo(0, document.documentElement.scrollHeight / 2)")
    top = "return document.querySelector('[data-number=difference]').getBoundingClientRect().top"
    page.until(lambda: page.driver.execute_script("return window.scrollY") > 300, "a scrolled page")
    assert 0 <= page.driver.execute_script(top) < 300
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= width
    page.resize(1280, 1600)


def test_a_newer_position_of_a_slider_cancels_the_older_runs(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    for amount in (0.1, 0.12, 0.14, 0.16):
        page.drag("publicity", amount)
    page.until(lambda: "add = 0.16" in page.file() and not page.all(".working"), "the last position")
    page.until(lambda: "so far" not in page.one(".answer"), "all draws of the last position")


def test_streets_groups_and_dates_reach_the_file(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.click("button[name=more]")
    page.until(lambda: "Zhongnan" in page.one(".card"), "the card's choices")
    page.click(".card [data-key=Zhongnan]")
    page.click(".card [data-key=dormitory]")
    page.drag("from", parse_month("2020-05"))
    page.drag("publicity", 0.3)
    parts = ('streets = ["Zhongnan"]', 'groups = { housing = ["dormitory"] }', 'from = "2020-05"', "add = 0.3")
    page.until(lambda: all(part in page.file() for part in parts), f"{parts} in the file")
    assert "until" not in page.file()
    page.until(
        lambda: len(page.all("[data-chart^='change in take-up']")) == 2, "bars, and a map because streets differ"
    )


def test_a_slider_ends_where_the_policy_no_longer_fits(page: Page) -> None:
    page.open("policy", "[data-number=difference]")
    page.choose("lever", "remember")
    page.until(lambda: 'lever = "remember"\nadd = 0\n' in page.file(), "another lever")
    page.drag("remember", 1.0)
    page.until(lambda: page.attribute("input[name=remember]", "max") < "0.1", "a shorter slider")
    page.until(lambda: f"add = {page.attribute('input[name=remember]', 'max')}" in page.file(), "its end in the file")
    assert not page.all("[role=alert]")


def test_a_migrant_is_selected_by_reason_and_shown_month_by_month(page: Page) -> None:
    page.open("", "[data-chart^='Who has'] [data-pick='10']")
    page.click("[data-chart^='Who has'] [data-pick='10']")
    page.until(lambda: "What would change the decision" in page.one("body"), "a migrant")
    assert page.driver.current_url.endswith("/migrant")
    assert "✗ utility −" in page.one(".requirements")
    person = page.one("h2")
    assert re.fullmatch(r"Person \d+", person)
    page.click("button[name=next]")
    page.until(lambda: page.one("h2") not in {person, ""}, "another person")
    page.until(lambda: drawn(page) == 4, "four charts")
    title = page.all("h2")[1]
    page.settle()
    page.pointer("[data-chart='One migrant by month'] svg", 0.75, click=True)
    page.until(lambda: page.all("h2")[1] != title, "another month")
    page.choose("reason", "0")
    page.until(lambda: "worth keeping" in page.one(".takeup"), "a holder")


def test_the_icon_is_served(address: str) -> None:
    with urlopen(f"{address}favicon.ico") as icon:
        assert icon.headers["Content-Type"].startswith("image/svg+xml")
        assert icon.read().startswith(b"<svg")


@pytest.mark.slow
def test_a_moved_slider_shows_its_effect_at_36_000_migrants(tmp_path: Path) -> None:
    """The clock time has a factor for the machine's other load; test_effects tests the processor time."""
    with served(tmp_path / "connections.txt", MANY) as address, browsing(address, tmp_path / "browser") as page:
        page.open("policy", "[data-number=difference]")
        took = []
        for amount in (0.1, 0.15, 0.2, 0.25, 0.3):
            page.until(lambda: not page.all(".working") and "so far" not in page.one(".answer"), "all draws")
            took.append(page.seconds_until_effect("publicity", amount))
        print(f"seconds until number and chart changed: {', '.join(f'{each:.2f}' for each in took)}")
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

"""The page of a comparison."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from takeup.analysis.compare.charts import CHARTS
from takeup.analysis.compare.output import comparison_html, plots_of
from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.report.charts.base import DARK_COLORS, chart_script
from takeup.report.html import unbroken_options
from takeup.report.i18n import ENGLISH
from takeup.report.plotting import INK, PALE_INK, figure_texts
from takeup.scenario import Intervention
from takeup.scenario.interventions import SourcedIntervention
from takeup.vocabulary import find_member_label
from tests.dashboard.browser import browsing, skip_without_chromium

from .invented import EFFECTS, Make

ATTACK = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
FETCHING = {"src", "srcset", "action", "data", "poster", "background", "xlink:href"}
MOST_BELOW_A_CHART = 12
"""Space between a chart and the lower edge of its sheet, in pixels: the padding and the border of the sheet."""
NARROW_WINDOW = 420
"""Width of the window of a telephone, in pixels."""
NARROWEST_CELL, WIDEST_CELL = 84, 300
"""Width of an entry of a heat map, in pixels: up to about three times that of a line of a column's title."""


class Read(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((name, value or "") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script" and self.cdata_elem == "script":
            self.scripts.append(data)
        else:
            self.text += data


def drawn(comparison: Comparison) -> dict[str, Figure]:
    """The figures of a page, without that of gains."""
    plots = {name: plot for name, plot in plots_of(comparison).items() if name != "gains"}
    return {name: plot(comparison, ENGLISH) for name, plot in plots.items()}


@pytest.fixture(scope="module")
def page(comparison: Comparison) -> str:
    return comparison_html(comparison, drawn(comparison))


def without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_the_page_fetches_nothing(page: str) -> None:
    stated = without_scripts(page)
    assert "http" not in stated
    assert "@import" not in stated
    assert not re.search(r'url\((?!#|"data:font/)', stated)
    read = Read(page)
    assert "".join(read.scripts).count(chart_script()) == 1, "the script of the charts is there, once"
    assert not {"link", "iframe", "object", "img", "base"} & set(read.tags)
    assert not FETCHING & {name for name, _ in read.attributes}
    assert all(value.startswith("#") for name, value in read.attributes if name == "href")


def test_ids_are_unique_and_every_reference_is_met(page: str) -> None:
    attributes = Read(page).attributes
    ids = [value for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    referred = {value[1:] for name, value in attributes if name == "href"}
    referred |= {reference for _, value in attributes for reference in re.findall(r"url\(#([^)]*)\)", value)}
    assert referred
    assert referred <= set(ids)


def test_the_same_comparison_gives_the_same_page(page: str, comparison: Comparison) -> None:
    assert comparison_html(comparison, drawn(comparison)) == page


def test_figures_are_described_for_those_who_do_not_see_them(page: str) -> None:
    attributes = Read(page).attributes
    described = [value for name, value in attributes if name == "aria-label"]
    described.remove("Contents")
    assert len(described) == 4
    assert described[0].startswith("Take-up of residence permits in Template, January 2018 to December")
    assert attributes.count(("role", "img")) == 4


def test_a_figure_is_left_as_it_was(comparison: Comparison) -> None:
    figure = plot_take_up(comparison)
    comparison_html(comparison, {"take_up": figure})
    assert [text.get_visible() for text in figure_texts(figure)] == [True, True]


def test_another_figure_goes_by_its_name(comparison: Comparison) -> None:
    figure = Figure()
    figure.add_subplot().plot([0, 1])
    assert "Figure 1. burden of proof." in comparison_html(comparison, {"burden_of_proof": figure})


def attacked(comparison: Comparison) -> Comparison:
    """The comparison with markup wherever a user's file may bring it."""
    intervention = Intervention.model_validate(
        {
            "lever": "publicity",
            "add": 0.04,
            "from": "2019-01",
            "streets": [ATTACK],
            "groups": {ATTACK: [ATTACK]},
            "cost": {"fixed_cny": 1.0, "source": ATTACK},
        }
    )
    scenario = replace(
        comparison.scenarios[1],
        title=ATTACK,
        question=ATTACK,
        source=ATTACK,
        stated=(SourcedIntervention(intervention, None, 1),),
    )
    district = comparison.district
    population = replace(district.population, name=ATTACK, name_zh=ATTACK)
    return replace(
        comparison,
        scenarios=(comparison.scenarios[0], scenario, *comparison.scenarios[2:]),
        district=replace(district, population=population),
        groups=comparison.groups.replace("Street 01", ATTACK),
        command=f"takeup compare '{ATTACK}'",
    )


def test_what_a_user_writes_stays_text(comparison: Comparison) -> None:
    shown = attacked(comparison)
    read = Read(comparison_html(shown, drawn(shown)))
    assert "img" not in read.tags
    assert read.tags.count("script") == 4 + 2, "one per chart, and two of the page"
    assert not {"onerror", "src"} & {name for name, _ in read.attributes}
    assert read.text.count(ATTACK) >= 10
    assert "<script>" in read.text


def test_every_figure_has_a_chart_with_its_data(page: str, comparison: Comparison) -> None:
    charts = [json.loads(script) for script in Read(page).scripts if script.startswith("{")]
    assert len(charts) == 4 == page.count("<figure")
    titles = {scenario.title for scenario in comparison.scenarios[1:]}
    for chart in charts:
        stated = json.dumps(chart["specification"]["datasets"], ensure_ascii=False)
        assert all(title in stated for title in titles)


def test_every_colour_of_a_chart_has_its_counterpart_on_a_dark_page(comparison: Comparison) -> None:
    charts = [CHARTS[name](comparison, ENGLISH) for name in plots_of(comparison)]
    used = set(re.findall(r'"(#[0-9a-f]{6})"', json.dumps([[each.specification, each.data] for each in charts])))
    assert INK in used
    assert used <= set(DARK_COLORS)


@pytest.mark.browser
def test_charts_follow_the_colour_scheme_of_the_page(page: str, tmp_path: Path) -> None:
    skip_without_chromium()
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    labels = "[...document.querySelectorAll('figure .role-axis-label text')].map(e => e.getAttribute('fill'))"
    grounds = "['body', 'figure .sheet', 'figure svg.marks'].map(e => getComputedStyle(document.querySelector(e))"
    with browsing(f"{tmp_path.as_uri()}/", tmp_path / "browser") as shown:
        shown.prefer(prefers_color_scheme="light")
        shown.open("report.html", "figure[data-drawn] svg.marks")
        shown.until(lambda: PALE_INK in shown.run(f"return {labels}"), "labels in light colours")
        light = shown.run(f"return {grounds}.backgroundColor)")
        shown.prefer(prefers_color_scheme="dark")
        shown.until(lambda: PALE_INK not in shown.run(f"return {labels}"), "labels in dark colours")
        assert set(shown.run(f"return {labels}")) <= set(DARK_COLORS.values())
        dark = shown.run(f"return {grounds}.backgroundColor)")
    assert light[0] == light[1] != dark[0] == dark[1]


@pytest.mark.browser
def test_charts_end_below_their_axes_and_have_columns_of_a_readable_width(make: Make, tmp_path: Path) -> None:
    skip_without_chromium()
    alone = make(EFFECTS[:1])
    (tmp_path / "report.html").write_text(comparison_html(alone, drawn(alone)), encoding="utf-8")
    with browsing(f"{tmp_path.as_uri()}/", tmp_path / "browser") as shown:
        shown.open("report.html", "figure[data-drawn] svg.marks")
        figures = "document.querySelectorAll('figure')"
        shown.until(
            lambda: bool(shown.run(f"return [...{figures}].every(e => e.querySelector('.chart svg.marks'))")),
            "all charts",
        )
        ends = "['.sheet', '.chart svg.marks'].map(part => e.querySelector(part).getBoundingClientRect().bottom)"
        below = [sheet - chart for sheet, chart in shown.run(f"return [...{figures}].map(e => {ends})")]
        cells = shown.run(
            "return [...document.querySelectorAll('figure:last-of-type .mark-rect path')]"
            ".map(e => e.getBoundingClientRect().width)"
        )
    assert 0 <= min(below) <= max(below) <= MOST_BELOW_A_CHART
    assert NARROWEST_CELL <= min(cells) <= max(cells) <= WIDEST_CELL


@pytest.mark.browser
def test_charts_in_a_narrow_window_show_that_there_is_more_and_keep_notes_off_their_axes(
    page: str, tmp_path: Path
) -> None:
    skip_without_chromium()
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    narrow = {"width": NARROW_WINDOW, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    boxes = (
        "const box = e => e.getBoundingClientRect();"
        "const texts = [...document.querySelector('figure svg.marks').querySelectorAll('text')];"
        "const note = texts.find(e => e.textContent === 'scenarios diverge');"
        "const numbers = texts.filter(e => /^[0-9]+$/.test(e.textContent) && box(e).right < box(note).right"
        " && box(e).top < box(note).bottom);"
        "return [box(note).left, Math.max(0, ...numbers.map(e => box(e).right))]"
    )
    with browsing(f"{tmp_path.as_uri()}/", tmp_path / "browser") as shown:
        shown.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
        shown.open("report.html", "figure[data-drawn] svg.marks")
        assert shown.run("const e = document.querySelector('figure .sheet'); return e.scrollWidth > e.clientWidth")
        ground = shown.run("return getComputedStyle(document.querySelector('figure svg.marks')).backgroundColor")
        left, right = shown.run(boxes)
    assert ground == "rgba(0, 0, 0, 0)", "the ground of the chart covers the shadow at the edge of its sheet"
    assert left > right > 0


def test_the_contents_lead_to_every_section(page: str) -> None:
    contents = page.split("<nav")[1].split("</nav>", maxsplit=1)[0]
    sections = re.findall(r'<h2 id="([^"]+)"', page)
    figures = re.findall(r'<figure id="([^"]+)"', page)
    assert len(sections) == 9
    assert set(re.findall(r'href="#([^"]+)"', contents)) == {*sections, *figures}


def test_control_characters_do_no_harm(make: Make, comparison: Comparison) -> None:
    scenario = replace(comparison.scenarios[1], title="a\u0001\u0000b\ufffe ]]> 荔湾")
    shown = replace(comparison, scenarios=(comparison.scenarios[0], scenario, *comparison.scenarios[2:]))
    assert "荔湾" in comparison_html(shown, drawn(shown))


def test_the_page_says_what_it_must(page: str, comparison: Comparison) -> None:
    text = " ".join(Read(page).text.split())
    assert "样板区" in text
    assert "valid permits by December 2020 (95 % Monte Carlo interval: " in text.replace("\u00a0", " ")
    assert "reflects Monte Carlo error only" in text
    assert "not evidence about any place" in text
    assert "files state 118 parameter values. Their status: 0 observed 0 derived 118 assumed 0 calibrated" in text
    changed = text.split("Parameters that the scenarios change")[1].split("All other parameters")[0]
    assert re.search(r"publicity ?0\.025", changed)
    assert re.search(r"documents ?1\.5", changed)
    assert comparison.command in text
    for scenario in comparison.scenarios:
        assert scenario.title in text
    for words in ("multiply by 0.5", "2020-06", "200,000 yuan once", "Street 01, Street 02", "6 months"):
        assert words in text
    for parameter in comparison.district.parameters:
        name, _, member = parameter.name.partition(".")
        assert f"<code>{name}</code>" in page
        assert not member or parameter.stated_as is None or f">{find_member_label(member)} " in page


def test_one_replicate_claims_no_interval(single: Comparison) -> None:
    text = Read(comparison_html(single, drawn(single))).text.replace("\u00a0", " ")
    assert "One replicate has no interval" in text
    assert "95 % interval" not in text
    assert "nan" not in text.split()
    assert "±" not in text


def test_the_baseline_alone_has_a_page(comparison: Comparison) -> None:
    alone = replace(comparison, scenarios=comparison.scenarios[:1])
    assert "0 scenarios beside the baseline" in comparison_html(alone, drawn(alone))


def test_an_option_is_not_broken_at_its_hyphens() -> None:
    command = unbroken_options("takeup compare <a>.toml --agents 10 --dry-run")
    wanted = '<span class="option">--agents</span> 10 <span class="option">--dry-run</span>'
    assert command == f"takeup compare &lt;a&gt;.toml {wanted}"


def test_the_command_of_the_page_has_unbroken_options(page: str, comparison: Comparison) -> None:
    (command,) = re.findall("<pre><code>(.+?)</code></pre>", page)
    assert command == unbroken_options(comparison.command)
    assert '<span class="option">--district</span>' in command
    assert ".option { white-space: nowrap; }" in page

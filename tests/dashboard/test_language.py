"""The language of the pages: per visitor, by the browser or by the switch, and without English on a Chinese page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest
from solara.server import server as solara_server

from takeup.dashboard.agent_history import (
    acceptance_caption,
    agent_history,
    agent_profile,
    find_agents,
    one_at_a_time,
    requirements,
    utility_caption,
    utility_summands,
)
from takeup.dashboard.baseline import FIRST
from takeup.dashboard.charts import layout_note, reason_waterfall, street_map
from takeup.dashboard.context import DashboardContext
from takeup.dashboard.document import localise_document, replacements
from takeup.dashboard.effects import describe_effect
from takeup.dashboard.language import language_header, other_language, visitor_language
from takeup.dashboard.policy_editor import default_policy, to_scenario
from takeup.district import lever_names, levers
from takeup.months import parse_month
from takeup.report.i18n import ENGLISH, language_of
from takeup.vocabulary import terms
from tests.dashboard.browser import Page, browsing

CHINESE = language_of("zh")
LATIN = re.compile(r"[A-Za-z]{2,}")
FORMATS = {"SVG", "PNG", "CSV", "HTML", "Excel", "Word", "toml", "inf"}
"""Names of formats of files, and the word for an unlimited number in them."""
PAGES = {"": "[data-number=difference]", "district": "[data-number=take-up]", "migrant": ".requirements"}
MONTH = parse_month("2018-12")
TEXTS = """
    const hidden = e => e.closest('[lang=en], code, script, style') || getComputedStyle(e).display === 'none';
    const words = [];
    document.querySelectorAll('.takeup, .takeup *, #vg-tooltip-element *').forEach(e => {
      if (hidden(e)) { return; }
      [...e.childNodes].filter(n => n.nodeType === 3).forEach(n => words.push(n.textContent));
      if (!e.closest('[aria-hidden=true]')) {
        ['aria-label', 'aria-valuetext', 'title', 'alt', 'placeholder', 'aria-roledescription'].forEach(name =>
          words.push(e.getAttribute(name) || ''));
      }
      if (e.tagName === 'INPUT' && e.type === 'text') { words.push(e.value); }
    });
    return [...words, document.title];
"""
"""All texts of the page, and those of attributes that screen readers announce."""


def latin(texts: Iterator[str] | list[str], names: set[str]) -> set[str]:
    """The Latin words of texts that are no names."""
    return {word for text in texts for word in LATIN.findall(text)} - names - FORMATS


@pytest.mark.parametrize(
    ("chosen", "accepted", "code"),
    [
        (None, "", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "fr-FR, ZH-Hant-TW;q=0.3", "zh"),
        (None, "zh;q=0.2,en;q=0.7", "en"),
        (None, "zh;q=0, fr", "en"),
        (None, "zh;q=much,en;q=0.1", "en"),
        (None, "fr", "en"),
        ("zh", "en", "zh"),
        ("en", "zh-CN", "en"),
        ("fr", "zh-CN", "zh"),
    ],
)
def test_the_language_is_that_chosen_or_that_the_browser_prefers(
    chosen: str | None, accepted: str, code: str
) -> None:
    assert visitor_language(chosen, accepted).code == code


def test_the_other_language_is_the_one_that_is_not_shown() -> None:
    assert other_language(ENGLISH) == CHINESE
    assert other_language(CHINESE) == ENGLISH


def test_the_header_is_found_among_those_of_a_request() -> None:
    assert language_header(None) == ""
    assert language_header({"host": ["x"]}) == ""
    assert language_header({"accept-language": ["zh-CN", "en"]}) == "zh-CN,en"


def test_the_document_of_solara_has_the_parts_that_are_replaced() -> None:
    """Otherwise a new version of Solara would show its own texts in English, or forbid to enlarge the page."""
    templates = Path(solara_server.__file__).with_name("templates") / "solara.html.j2"
    own = Path(localise_document.__code__.co_filename).with_name("templates") / "loader-takeup.html"
    document = templates.read_text(encoding="utf-8").replace("{{title}}", "Liwan") + own.read_text(encoding="utf-8")
    for part in replacements("Liwan", "荔湾区", CHINESE):
        assert part in document, part
    localised = localise_document(document, "Liwan", "荔湾区 <b>", CHINESE)
    assert '<html lang="zh-CN">' in localised
    assert "<title>荔湾区 &lt;b&gt;</title>" in localised
    assert "user-scalable=no" not in localised
    assert "正在加载……" in localised
    assert localise_document(document, "Liwan", "Liwan", ENGLISH).startswith('<!doctype html>\n<html lang="en">')


def test_every_lever_has_its_label_meaning_and_unit_in_chinese() -> None:
    for name in lever_names():
        definition = levers()[name.partition(".")[0]]
        texts = [CHINESE.parameter(name), CHINESE.words(definition.unit), CHINESE.phrase(definition.meaning)]
        assert not latin([re.sub(r"`\w+`", "", text) for text in texts], set()), name
        quoted = re.findall(r"`(\w+)`", texts[2])
        assert all(("parameter", each) in terms() for each in quoted), name


def test_a_migrant_is_described_in_chinese(context: DashboardContext) -> None:
    texts: list[str] = []
    for slot in find_agents(context.shown.model_at(MONTH), None)[::300].tolist():
        history = agent_history(context.shown, slot, MONTH)
        record = history.at(MONTH)
        rows = [*agent_profile(history, record, CHINESE), *requirements(record, CHINESE)]
        texts += [text for row in rows for text in row]
        texts += [acceptance_caption(record, CHINESE), utility_caption(record, CHINESE)]
        texts += [each.title for each in utility_summands(record.inputs, CHINESE)]
        texts += [each.title for each in one_at_a_time(record.inputs, CHINESE)]
    assert len(set(texts)) > 40
    assert not latin(texts, set())


def test_the_charts_of_the_district_are_described_in_chinese(context: DashboardContext) -> None:
    streets, trajectory = context.district.population.streets, context.trajectory
    chart = street_map(context.tiles, streets, trajectory, "wait", 0, None, CHINESE)
    assert chart.picks[0][1].startswith(streets[0].name_zh)
    reasons = reason_waterfall(trajectory.reasons[MONTH - FIRST], context.persons_per_agent, CHINESE)
    tips = [str(row["tip"]) for row in reasons.data["steps"]]
    assert not latin([layout_note(context.tiles, CHINESE), chart.title, reasons.description, *tips], set())


def test_an_effect_is_described_in_chinese(context: DashboardContext) -> None:
    policy = to_scenario(default_policy(context.district, CHINESE))
    assert policy.title == "宣传"
    for effects in context.estimator.estimate([policy]):
        words = describe_effect(effects, 0, CHINESE)
        texts = [str(text) for text in astuple(words)]
        assert not latin(texts, set())
        assert "费用" in words.permits
        assert "2023年12月末" in words.center


@pytest.fixture(scope="module")
def chinese(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in a browser that prefers Chinese."""
    with browsing(address, tmp_path_factory.mktemp("chinese"), "zh-CN,zh,en") as page:
        yield page


@pytest.fixture(scope="module")
def english(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in a browser that prefers English."""
    with browsing(address, tmp_path_factory.mktemp("english"), "en-GB,en,zh") as page:
        yield page


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_chinese_page_has_no_english_words_but_names(chinese: Page, context: DashboardContext, path: str) -> None:
    chinese.open(path, PAGES[path])
    chinese.until(lambda: not chinese.all(".working") and not chinese.all(".chart:not([data-drawn])"), "all charts")
    if not path:
        chinese.click(".card.measure button[name=details]")
        chinese.until(lambda: bool(chinese.all("input[name=until]")), "the card's choices")
        chinese.click("button[name=expert]")
        chinese.until(lambda: bool(chinese.all("select[name=start]")), "the levers")
    chinese.settle()
    names = {street.name for street in context.district.population.streets}
    texts = [str(text) for text in chinese.run(TEXTS)]
    assert any("居住证" in text for text in texts)
    assert not latin(texts, names)
    assert chinese.attribute("html", "lang") == "zh-CN"


@pytest.mark.browser
def test_two_visitors_have_their_own_languages_at_once(chinese: Page, english: Page) -> None:
    chinese.open("", PAGES[""])
    english.open("", PAGES[""])
    english.drag("village_outreach", 1.1e6)
    chinese.drag("village_outreach", 1.2e6)
    english.until(lambda: "1100000" in english.file() and not english.all(".working"), "the effect in English")
    chinese.until(lambda: "1200000" in chinese.file() and not chinese.all(".working"), "the effect in Chinese")
    for _ in range(2):
        english.click("nav a[href='/district']")
        chinese.click("nav a[href='/district']")
        english.until(lambda: "migrants in Liwan have a valid permit" in english.one("main"), "an English page")
        chinese.until(lambda: "荔湾区 360,000 名流动人口" in chinese.one("main"), "a Chinese page")
        english.click("nav a[href='/']")
        chinese.click("nav a[href='/']")
        english.until(lambda: "The policies compared" in english.one("main"), "an English effect")
        chinese.until(lambda: "个百分点" in chinese.one("main"), "a Chinese effect")
        assert not re.search("[\u4e00-\u9fff]", english.one("main"))
        assert "points" not in chinese.one(".answer")
    assert (english.attribute("html", "lang"), chinese.attribute("html", "lang")) == ("en", "zh-CN")


@pytest.mark.browser
def test_the_switch_changes_the_language_and_the_browser_keeps_it(english: Page, chinese: Page) -> None:
    english.open("district", PAGES["district"])
    english.until(lambda: english.driver.title == "The district · Liwan", "the title of the page")
    english.click("button[name=language]")
    english.until(lambda: "名流动人口" in english.one("main"), "a Chinese page")
    english.until(lambda: english.attribute("html", "lang") == "zh-CN", "its language")
    english.until(lambda: english.driver.title == "全区 · 荔湾区", "its title")
    english.open("migrant", PAGES["migrant"])
    assert "第" in english.one("h2")
    chinese.open("", PAGES[""])
    assert chinese.one("button[name=language]") == "English"
    english.click("button[name=language]")
    english.until(lambda: english.one("h2").startswith("Person"), "an English page")
    english.until(lambda: english.attribute("html", "lang") == "en", "its language")

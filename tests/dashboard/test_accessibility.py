"""The pages by WCAG 2.2 AA: axe-core, names of controls, keyboard, sizes, colours, motion, narrow windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_selenium_python import Axe
from selenium.webdriver import ActionChains, Keys

from tests.dashboard.browser import Page, browsing

pytestmark = pytest.mark.browser

LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
WIDTHS = (1400, 420)
HEIGHT = 900
SCHEMES = ("light", "dark")
PAGES = {"": "[data-number=difference]", "district": "[data-number=take-up]", "migrant": ".requirements"}
"""An element of each page, by the page's path."""
SMALLEST_TARGET = 24
"""Smallest width and height of a control, in pixels, by WCAG 2.5.8."""
SEVERE = {"serious", "critical"}
FOCUSED = """
    const e = document.activeElement, box = e.getBoundingClientRect();
    const answer = document.querySelector('.answer'), its = answer.getBoundingClientRect();
    const covers = its.top <= 0 && !answer.contains(e) && e !== document.body;
    return [e.outerHTML.slice(0, 160), box.top, box.bottom, covers ? its.bottom : 0];
"""
"""The element with the focus, its upper and its lower edge, and the lower edge of the answer if it is pinned."""
CONTROLS = "button, select, input, nav a, a.download, summary"


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request: pytest.FixtureRequest, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in a browser with a language."""
    folder = tmp_path_factory.mktemp("browser")
    with browsing(address, folder, LANGUAGES[str(request.param)]) as page:
        yield page


@pytest.fixture(scope="module", params=[(path, width) for path in PAGES for width in WIDTHS], ids=str)
def shown(request: pytest.FixtureRequest, page: Page) -> Page:
    """One of the pages in a window of a width, with all its charts and choices."""
    path, width = request.param
    open_page(page, path, width)
    if not path:
        page.click(".card.measure button[name=details]")
        page.until(lambda: bool(page.all("input[name=until]")), "the card's choices")
        page.click("button[name=expert]")
        page.until(lambda: bool(page.all("select[name=start]")), "the levers")
    return page


def open_page(page: Page, path: str, width: int = WIDTHS[0]) -> None:
    """Open a page in a light scheme and wait until all its charts are drawn."""
    page.resize(width, HEIGHT)
    page.prefer(prefers_color_scheme="light")
    page.open(path, PAGES[path])
    page.until(lambda: not page.all(".working") and not page.all(".chart:not([data-drawn])"), "all charts")
    page.settle()


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page: rule, impact and elements of each severe violation."""
    axe = Axe(page.driver)
    axe.inject()
    violations: list[dict[str, Any]] = axe.run()["violations"]
    return [
        f"{each['id']} ({each['impact']}): {', '.join(node['html'][:160] for node in each['nodes'])}"
        for each in violations
        if each["impact"] in SEVERE
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_severe_violation(shown: Page, scheme: str) -> None:
    shown.prefer(prefers_color_scheme=scheme)
    shown.settle()
    assert not violations(shown)


def test_axe_finds_what_is_wrong(page: Page) -> None:
    """The script of axe-core runs in this browser, and the test above can fail."""
    open_page(page, "district")
    page.run("document.querySelector('.caption').style.color = '#bbbbbb'")
    page.run("document.querySelector('input[name=month]').removeAttribute('aria-labelledby')")
    page.run("document.querySelectorAll('.slider .name, .slider output').forEach(e => e.remove())")
    assert {each.partition(" ")[0] for each in violations(page)} >= {"color-contrast", "label"}


def test_sliders_are_announced_in_words(shown: Page) -> None:
    sliders = shown.run(
        "return [...document.querySelectorAll('input[type=range]')]"
        ".map(e => [e.name, e.getAttribute('aria-valuetext'),"
        " document.getElementById(e.getAttribute('aria-labelledby'))?.textContent.trim()])"
    )
    assert sliders
    for name, value, label in sliders:
        assert label, name
        assert value, name
        assert name != "month" or value in {"December 2018", "2018年12月"}


def test_controls_are_large_enough_and_nothing_is_wider_than_the_window(shown: Page) -> None:
    small = shown.run(
        "return [...document.querySelectorAll(arguments[0])]"
        ".filter(e => !e.closest('.picks') && e.offsetParent !== null)"
        ".map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])"
        ".filter(([_, box]) => box.width && (box.width < arguments[1] || box.height < arguments[1]))"
        ".map(([text, box]) => `${text}: ${box.width} x ${box.height}`)",
        CONTROLS,
        SMALLEST_TARGET,
    )
    assert not small
    wide = shown.run(
        "const edge = document.documentElement.clientWidth;"
        "return [...document.querySelectorAll('.takeup *')].filter(e => !e.closest('.picks, .unseen'))"
        ".filter(e => e.getBoundingClientRect().right > edge + 1 || e.getBoundingClientRect().left < -1)"
        ".filter(e => e.tagName != 'rect' && e.tagName != 'path' && e.tagName != 'line' && e.tagName != 'g')"
        ".map(e => `${e.tagName} ${e.textContent.slice(0, 60)} ${e.getBoundingClientRect().right}`)"
    )
    assert not wide
    scrolled = shown.run(
        "return [...document.querySelectorAll('.takeup, .takeup *')].filter(e => e.scrollWidth > e.clientWidth + 1)"
        ".filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)).map(e => e.className)"
    )
    assert not scrolled


def test_texts_of_charts_do_not_overlap_and_are_not_cut_off(shown: Page) -> None:
    faults = shown.run(
        """
        const faults = [];
        document.querySelectorAll('.chart').forEach(chart => {
          const frame = chart.querySelector('svg').getBoundingClientRect();
          const texts = [...chart.querySelectorAll('svg text')].filter(e => e.textContent.trim() &&
            getComputedStyle(e).opacity > 0).map(e => [e.textContent, e.getBoundingClientRect()]);
          texts.forEach(([text, box]) => {
            if (box.left < frame.left - 1 || box.right > frame.right + 1) { faults.push(`${text} is cut off`); }
          });
          texts.forEach(([text, box], i) => texts.slice(i + 1).forEach(([other, its]) => {
            const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
            const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
            if (across > 1 && down > 4) { faults.push(`${text} overlaps ${other}`); }
          }));
        });
        return faults;
        """
    )
    assert not faults


@pytest.mark.parametrize("path", PAGES)
def test_the_keyboard_reaches_the_controls_in_order_and_shows_the_focus(page: Page, path: str) -> None:
    open_page(page, path)
    page.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    observed: list[int] = []
    for _ in range(12):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        place, outline = page.run(
            "const e = document.activeElement;"
            "return [[...document.querySelectorAll('*')].indexOf(e), getComputedStyle(e).outlineStyle]"
        )
        assert outline not in {"none", ""}, page.run("return document.activeElement.outerHTML.slice(0, 200)")
        observed.append(place)
    assert observed == sorted(observed)
    assert len(set(observed)) == len(observed)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pinned_answer_covers_no_control_that_has_the_focus(page: Page, width: int) -> None:
    """WCAG 2.4.11, forwards and backwards through the whole page."""
    open_page(page, "", width)
    page.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    for key in (Keys.TAB, Keys.SHIFT + Keys.TAB):
        controls = page.run("return [...document.querySelectorAll(arguments[0])].length", CONTROLS)
        pinned = 0
        for _ in range(controls):
            ActionChains(page.driver).send_keys(key).perform()
            focused, top, bottom, edge = page.run(FOCUSED)
            assert bottom > edge, f"{focused} is below the answer"
            assert top < HEIGHT, f"{focused} is out of view"
            pinned += bool(edge)
        assert pinned > controls / 2, "the answer is not pinned"


def test_nothing_moves_for_visitors_who_prefer_less_motion(page: Page) -> None:
    open_page(page, "")
    page.prefer(prefers_reduced_motion="reduce")
    moving = page.run(
        "return [...document.querySelectorAll('.takeup, .takeup *')].filter(e => {"
        "  const style = getComputedStyle(e);"
        "  return style.animationName !== 'none' || !/^0s(, 0s)*$/.test(style.transitionDuration); })"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    page.prefer()
    assert not moving


def test_charts_follow_the_colour_scheme(page: Page) -> None:
    ink = "return getComputedStyle(document.querySelector('.results .chart .mark-text text[fill]')).fill"
    ground = "return getComputedStyle(document.body).backgroundColor"
    open_page(page, "")
    light = page.run(ground)
    label = "[...document.querySelectorAll('.chart .role-axis-label text')][0]"
    before = page.run(f"return getComputedStyle({label}).fill")
    page.prefer(prefers_color_scheme="dark")
    page.until(lambda: bool(page.run(f"return getComputedStyle({label}).fill") != before), "charts in other colours")
    assert page.run(ground) != light == "rgb(255, 255, 255)"
    assert page.run(ink)

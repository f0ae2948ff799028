"""The shipped Chinese font: its characters, its licence, and figures and pages that need no other."""

from __future__ import annotations

import io
import re
import warnings
from base64 import b64decode
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

from takeup.analysis.compare.heatmaps import plot_by_street
from takeup.analysis.compare.output import comparison_html
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.district import District, load_district
from takeup.report import typography
from takeup.report.i18n import language_of
from takeup.report.plotting import Margins, finalise, page
from takeup.report.typography import CHINESE_FONT, CHINESE_FONT_FILE, FONT, font_characters, fonts_of, is_wide
from tools.make_font_subset import gb2312, shipped

from .invented import EFFECTS, invented

RARE = "堃"
"""Used in names, and not in GB 2312."""


@pytest.fixture(scope="module")
def liwan() -> District:
    return load_district("liwan")


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any other Chinese font."""
    monkeypatch.setattr(typography, "get_font_names", lambda: [FONT])


def drawn(figure: Figure) -> bytes:
    """The figure as PNG; a character without a glyph is an error."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(buffer, format="png", dpi=50)
    return buffer.getvalue()


def embedded(text: str) -> set[str]:
    """The characters of the font that a page or a rule embeds."""
    (data,) = re.findall(r'url\("data:font/woff;base64,([^"]+)"\)', text)
    return {chr(code) for code in TTFont(io.BytesIO(b64decode(data))).getBestCmap()}


def test_every_character_of_catalogues_and_shipped_districts_is_in_the_font() -> None:
    assert not {character for character in shipped() if is_wide(character)} - font_characters()


def test_the_font_has_the_common_characters() -> None:
    assert gb2312() - font_characters() == set()


def test_the_font_is_small_renamed_and_licensed() -> None:
    assert CHINESE_FONT_FILE.stat().st_size < 2_000_000
    names = TTFont(CHINESE_FONT_FILE)["name"]
    assert names.getDebugName(1) == CHINESE_FONT
    assert "Noto" not in "".join(str(names.getDebugName(number)) for number in (1, 3, 4, 6))
    assert "SIL Open Font License" in str(names.getDebugName(13))
    licence = CHINESE_FONT_FILE.with_name("OFL.txt").read_text(encoding="utf-8")
    assert str(names.getDebugName(0)) in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


@pytest.mark.usefixtures("bare_machine")
def test_chinese_figures_need_no_font_of_the_machine(liwan: District) -> None:
    comparison = invented(liwan, EFFECTS, 2, streets=22)
    for draw in (plot_take_up, plot_by_street):
        assert drawn(draw(comparison, language_of("zh"))) == drawn(draw(comparison, language_of("zh")))


@pytest.mark.usefixtures("bare_machine")
def test_a_character_without_a_glyph_is_the_only_reason_to_try_fonts_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fonts_of("Take-up") == [FONT]
    assert fonts_of("荔湾区") == [FONT, CHINESE_FONT]
    assert fonts_of(RARE * 2) == [FONT, CHINESE_FONT]
    monkeypatch.setattr(typography, "get_font_names", lambda: [FONT, "PingFang SC"])
    assert fonts_of("荔湾区") == [FONT, CHINESE_FONT]
    assert fonts_of(RARE) == [FONT, CHINESE_FONT, "PingFang SC"]


@pytest.mark.usefixtures("bare_machine")
def test_chinese_titles_are_in_the_one_weight_that_is_shipped() -> None:
    titles = [finalise(page(title, "", 1.0, Margins(0.5, 0.5))).texts[0] for title in ("Take-up", "持证率")]
    assert [title.get_fontweight() for title in titles] == ["bold", "normal"]


def test_a_page_embeds_exactly_the_chinese_characters_it_has(liwan: District) -> None:
    comparison = invented(liwan, EFFECTS, 2, streets=22)
    comparison = replace(comparison, command="takeup compare 堃村")
    for code in ("en", "zh"):
        language = language_of(code)
        text = comparison_html(comparison, {"take_up": plot_take_up(comparison, language)}, translate=language)
        wide = {character for character in text if is_wide(character)}
        assert {character for character in embedded(text) if is_wide(character)} == wide & font_characters()
        assert set("荔湾区") <= embedded(text)


def test_the_embedded_font_is_the_same_for_the_same_characters() -> None:
    rules = []
    for sample in ("荔湾区", "区湾荔荔"):
        typography.font_rule.cache_clear()
        rules.append(typography.font_face(sample))
    assert rules[0] == rules[1]


def test_a_page_without_chinese_characters_embeds_nothing() -> None:
    assert typography.font_face("Take-up – “wait”…") == ""
    assert typography.embed_font("<style>\nbody {}</style> Take-up") == "<style>\nbody {}</style> Take-up"

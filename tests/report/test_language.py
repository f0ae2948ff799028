"""The report in another language: every sentence has its translation, and no English is left on the page."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from gettext import translation
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import takeup
import takeup_calibration
from takeup.analysis.compare.dot_plots import plot_by_group, plot_differences, plot_effects
from takeup.analysis.compare.heatmaps import plot_by_street, plot_gains
from takeup.analysis.compare.monthly_overview import plot_monthly_overview
from takeup.analysis.compare.output import comparison_html
from takeup.analysis.compare.places import street_differences
from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.district import District, load_district, shipped_districts
from takeup.district.parameters import STATUSES
from takeup.errors import InputError
from takeup.report import catalogue, i18n
from takeup.report.i18n import ENGLISH, TranslatedLanguage, language_of
from takeup.report.plotting import caption_of
from takeup.scenario import known_scenarios, load_scenario
from tools.update_translations import catalogue_file, error_expressions, error_texts, read, template

from .invented import EFFECTS, drawn_from, invented

PACKAGES = (Path(takeup.__file__).parent, Path(takeup_calibration.__file__).parent)
CATALOGUE = {
    (entry.context, str(entry.id)): str(entry.string) for entry in read(catalogue_file("zh"), "zh") if entry.id
}
"""Translations by context and English message."""
PLOTS = (plot_take_up, plot_by_group, plot_by_street, plot_gains)
LATIN = re.compile(r"[A-Za-z]{2,}")
NAMES = {
    "takeup",
    "draws",
    "Christensen",
    "Public",
    "Administration",
    "Review",
    "Xie",
    "Yuan",
    "Xu",
    "IJERPH",
    "pubmed",
}
"""The project's, an option's, and those of authors and journals."""
IDENTIFIERS = re.compile(r"[\w.]+\.(?:com|cn|cc|org)\b|拟合的数据：.*")
"""Of pages that were read, and of the figures that a calibration met."""


def entries(context: str | None) -> dict[str, str]:
    """The catalogue's translations of one kind, by English message."""
    return {message: text for (kind, message), text in CATALOGUE.items() if kind == context}


def sentences_in(file: Path) -> set[str]:
    """The sentences that a module translates; all of them literals."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    sentences = set()
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in {"translate", "Message"}:
            (sentence,) = call.args
            assert isinstance(sentence, ast.Constant), f"{file.name}, line {call.lineno}: not a literal"
            sentences.add(str(sentence.value))
    return sentences | set(error_texts(file))


def sentences() -> set[str]:
    """Every sentence of the code and of the pages' templates."""
    code = {sentence for package in PACKAGES for file in package.rglob("*.py") for sentence in sentences_in(file)}
    pages = [file for package in PACKAGES for file in package.rglob("*.j2")]
    templates = "".join(file.read_text(encoding="utf-8") for file in pages)
    return code | set(re.findall(r'\btranslate\("([^"]*)"', templates))


@pytest.fixture(scope="module")
def chinese() -> TranslatedLanguage:
    language = language_of("zh")
    assert isinstance(language, TranslatedLanguage)
    return language


@pytest.fixture(scope="module")
def liwan() -> District:
    return load_district("liwan")


@pytest.fixture(
    scope="module", params=["replicates", *(pytest.param(name, marks=pytest.mark.slow) for name in ("one", "draws"))]
)
def compared(request: pytest.FixtureRequest, liwan: District) -> Comparison:
    """Shipped scenarios in Liwan, with known effects."""
    made = invented(liwan, EFFECTS, 1 if request.param == "one" else 6, streets=22)
    shipped = tuple(load_scenario(name) for name in ("all_five", "publicity", "temporary_permit"))
    named = tuple(replace(each, name=old.name) for each, old in zip(shipped, made.scenarios[1:], strict=True))
    made = replace(made, scenarios=(made.scenarios[0], *named))
    return drawn_from(made) if request.param == "draws" else made


def drawn(comparison: Comparison, translate: TranslatedLanguage) -> dict[str, Figure]:
    beside: Callable[..., Figure] = plot_differences if comparison.drawn is None else plot_effects
    plots = [*PLOTS, beside]
    if comparison.replicates == 1:  # streets cannot be compared
        plots.remove(plot_by_street)
    return {draw.__name__: draw(comparison, translate) for draw in plots}


def is_translatable(expression: ast.expr, module: ast.Module) -> bool:
    """Whether the catalogue can have every text that an expression may be, as far as its module shows."""
    match expression:
        case ast.JoinedStr() | ast.BinOp():
            return False
        case ast.IfExp(body=one, orelse=other):
            return is_translatable(one, module) and is_translatable(other, module)
        case ast.BoolOp(values=values):
            return all(is_translatable(value, module) for value in values)
        case ast.Call(func=ast.Attribute(attr="join" | "format")):
            return False
        case ast.Name(id=name):
            values = [node.value for node in ast.walk(module) if name in assigned(node)]  # type: ignore[attr-defined]
            return not any(
                isinstance(value, ast.Constant) and isinstance(value.value, str) for value in values
            ) and all(isinstance(value, ast.Name) or is_translatable(value, module) for value in values)
    return True


def assigned(node: ast.AST) -> set[str]:
    """The names that a statement assigns."""
    targets = (
        node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    )
    return {target.id for target in targets if isinstance(target, ast.Name) and getattr(node, "value", None)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('InputError("the file is empty", allowed=["a"])', True),
        ('InputError("low" if low else Message("{name} is low", name=name))', True),
        ('InputError(f"{name} is low")', False),
        ('InputError("a", allowed="such as " + name)', False),
        ('InputError("a", allowed=", ".join(names))', False),
        ('hint = f"at most {most}"\nInputError("a", allowed=hint)', False),
        ('ALLOWED: Final = "a number"\nas_float(x, allowed=ALLOWED)', False),
    ],
)
def test_texts_that_cannot_be_translated_are_recognised(code: str, expected: bool) -> None:
    module = ast.parse(code)
    assert all(is_translatable(each, module) for each in error_expressions(module)) == expected


def test_every_error_has_a_problem_and_allowed_values_that_can_be_translated() -> None:
    for file in (file for package in PACKAGES for file in package.rglob("*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        for expression in error_expressions(module):
            assert is_translatable(expression, module), f"{file.name}, line {expression.lineno}: use Message"


def test_every_sentence_has_its_translation_and_no_other() -> None:
    assert set(entries(None)) == sentences()
    assert all(CATALOGUE.values())


def test_the_catalogue_has_the_messages_that_are_extracted_and_no_other() -> None:
    assert set(CATALOGUE) == {(entry.context, entry.id) for entry in template() if entry.id}


def test_the_compiled_catalogue_is_the_editable_one() -> None:
    with catalogue_file("zh").with_suffix(".mo").open("rb") as file:
        assert len([entry for entry in read_mo(file) if entry.id]) == len(CATALOGUE)
    compiled = translation(catalogue.DOMAIN, catalogue.LOCALES, ["zh"])
    for (context, message), translated in CATALOGUE.items():
        assert translated == (compiled.pgettext(context, message) if context else compiled.gettext(message))


def test_translations_fill_in_the_same_values() -> None:
    for sentence, translated in entries(None).items():
        values = set(re.findall(r"{[^{}]*}", sentence))
        if "{code}" in values:  # a character; its name in Unicode is English
            values.remove("{name}")
        assert values == set(re.findall(r"{[^{}]*}", translated)), sentence


def test_statuses_and_units_have_names(liwan: District) -> None:
    units = {parameter.unit for parameter in liwan.parameters}
    assert {*STATUSES, *units} <= set(entries(catalogue.NAME))


def test_terms_of_the_model_have_the_labels_of_the_vocabulary(chinese: TranslatedLanguage, liwan: District) -> None:
    population = liwan.population
    assert chinese.words("housing") == "住房"
    assert chinese.level(population, "housing", "informal_lease") == "未备案租赁"
    assert chinese.level(population, "area", "urban_village") == "城中村"
    assert ENGLISH.level(population, "area", "urban_village") == "urban villages"
    assert chinese.parameter("supply.schooling") == "服务供给：子女入学"
    assert ENGLISH.parameter("supply.schooling") == "supply of services: schooling"
    assert chinese.output("wait_months") == "等候时间"
    assert chinese.cause("unaware") == "不知晓居住证"


def test_what_shipped_scenarios_say_is_translated() -> None:
    scenario_texts = set()
    for name in known_scenarios():
        scenario = load_scenario(name)
        costs = (stated.intervention.cost for stated in scenario.stated)
        scenario_texts |= {scenario.title, scenario.question, scenario.source} | {
            cost.source for cost in costs if cost
        }
    assert scenario_texts - {""} <= set(entries(catalogue.TEXT))


def test_sources_of_shipped_parameters_are_translated(chinese: TranslatedLanguage) -> None:
    for name in shipped_districts():
        for parameter in load_district(name).parameters:
            assert chinese.phrase(parameter.source) != parameter.source, f"{parameter.name}: {parameter.source}"


def test_what_a_calibration_fills_in_is_kept(chinese: TranslatedLanguage) -> None:
    for source, beginning in zip(
        i18n.CALIBRATION_SOURCES,
        ("校准：由随机种子 2 的设计中 3,072 个点构造", "校准：随机种子 2 的设计中 3,072 个点里的第 7 个"),
        strict=True,
    ):
        filled = source.format(row=7, rows="3,072", seed=2, figures="take_up, wait")
        assert chinese.phrase(filled).startswith(beginning)
        assert chinese.phrase(filled).endswith("take_up, wait")


class Visible(HTMLParser):
    """The text of a page without its style sheet, its code and what is marked as English."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.hidden or tag in {"style", "code"} or ("lang", "en") in attrs:
            self.hidden += [tag] if tag not in {"br", "meta"} else []

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def test_no_english_is_on_the_page(compared: Comparison, chinese: TranslatedLanguage) -> None:
    page = comparison_html(compared, drawn(compared, chinese), translate=chinese)
    left = set()
    for text in Visible(page).text:
        left |= set(LATIN.findall(IDENTIFIERS.sub("", text)))
    assert left <= NAMES | {compared.district.name} | set(LATIN.findall(compared.district.digest[:16]))
    assert '<html lang="zh-CN">' in page
    if street_differences(compared).any:
        for street in compared.district.population.streets:
            assert street.name_zh in page
    assert "荔湾区居住证持证率" in page
    assert ("有 90\N{NO-BREAK SPACE}% 的概率使有效居住证增加" in page) == (compared.drawn is not None)


def test_figures_are_chinese_and_stay_inside_the_page(compared: Comparison, chinese: TranslatedLanguage) -> None:
    for name, figure in drawn(compared, chinese).items():
        texts = [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]
        assert not set(LATIN.findall("".join(texts))) - NAMES, name
        assert "情景" in " ".join(texts), name
        assert_inside(figure)


def test_the_overview_is_chinese_too(compared: Comparison, chinese: TranslatedLanguage) -> None:
    monthly = compared.monthly[compared.monthly["scenario"] == compared.scenarios[1].name]
    figure = plot_monthly_overview(monthly, compared.scenarios[1].title, chinese)
    texts = [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]
    assert not LATIN.search("".join(texts))
    assert {"五项对策并举", "持证率", "不知晓", "流动人口，%"} <= set(texts)
    assert_inside(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    labels = [axes.yaxis.label.get_window_extent(renderer) for axes in figure.axes]
    assert not any(one.overlaps(other) for one, other in combinations(labels, 2))


def assert_inside(figure: Figure) -> None:
    """Nothing is cut off at the page."""
    inside, (width, height) = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer()), figure.get_size_inches()
    assert inside.x0 >= 0
    assert inside.y0 >= 0
    assert inside.x1 <= width
    assert inside.y1 <= height


def test_translation_keeps_what_is_filled_in(chinese: TranslatedLanguage) -> None:
    assert chinese("{title} changes nothing.", title="“X”") == "“X”没有带来任何变化。"
    assert chinese.month("2023-12") == "2023年12月"
    assert chinese.interval(1.5, 2.25) == "1.5 至 2.2"


def test_amounts_are_counted_in_wan(chinese: TranslatedLanguage) -> None:
    assert [chinese.yuan(value) for value in (9_780_000, 28_934, float("nan"))] == ["978万", "28,934", "–"]


def test_a_caption_broken_between_chinese_signs_has_no_gap(compared: Comparison, chinese: TranslatedLanguage) -> None:
    caption = caption_of(plot_take_up(compared, chinese))
    assert not re.search(r"[\u4e00-\u9fff] [\u4e00-\u9fff]", caption)


def test_what_a_scenario_of_ones_own_says_stays(chinese: TranslatedLanguage) -> None:
    assert chinese.phrase("Evening hours") == "Evening hours"


def test_there_is_no_other_language() -> None:
    with pytest.raises(InputError, match="unknown language"):
        language_of("fr")

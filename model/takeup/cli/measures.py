"""`takeup measures`: what an office can buy, and what an amount of money per month buys."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Final

import typer
from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from takeup.console import options
from takeup.console.language import choose_language
from takeup.district import MEASURES, District, Measure, Parameter, load_district
from takeup.errors import InputError
from takeup.months import END, parse_month
from takeup.report.formatting import PERCENT, amount, count, decimal, print_results
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import describe_groups, describe_streets, evidence_sentence
from takeup.scenario import Delivery, check_measures, delivery_of, lever_changes

_PER_MONTH: Final = 100_000
_INDENT: Final = 2
_DIGITS: Final = 3
"""Significant digits of the values of levers."""


def measures(
    district: options.DistrictArgument = "liwan",
    per_month: Annotated[
        float,
        options.number_option(
            "--per-month",
            "Set the amount of money per month, in yuan, such as 100000, 100k or 10万.",
            metavar="CNY",
            parser=options.parse_money,
            panel=None,
        ),
    ] = _PER_MONTH,
    long: Annotated[bool, typer.Option("--long", help="Also print every number with its range and source.")] = False,
    language: options.LookupLanguage = None,
) -> None:
    """List the measures of a district, and what an amount of money per month buys.

    A measure is what an office can buy, such as outreach or training. The list has the number of people reached per
    month, and the levers before and after.

    Example:
        takeup measures liwan --per-month 250k
    """
    translate = choose_language(language)
    place = load_district(district)
    if not place.measures:
        raise InputError(
            "the district has no measures",
            file=place.folder / MEASURES,
            allowed="a district with this file; docs/measures.md describes it",
        )
    if not 0.0 < per_month < math.inf:
        raise InputError(
            "the amount is not above 0 and finite",
            key="--per-month",
            given=per_month,
            allowed="an amount in yuan above 0",
        )
    check_measures(place)
    print_results(
        translate(
            "Measures of {place}: what {amount} yuan per month buys with each, {month}.",
            place=translate.place(place.population),
            amount=translate.exact_yuan(per_month),
            month=translate.month(END),
        ),
        evidence_sentence(place, translate),
    )
    for measure in place.measures:
        print_results(Text(), *_describe(measure, place, per_month, translate, long=long))
    if not long:
        print_results(
            Text(),
            translate("takeup measures --long: all numbers with their ranges and sources"),
            translate('[[measure]] in a scenario file: name = "{name}"', name=place.measures[0].name),
            translate("takeup plan --measures --budget 3m --per-year: the best division of a budget"),
        )


def _describe(
    measure: Measure, place: District, per_month: float, translate: Language, *, long: bool
) -> Iterator[str | Text | Table | Padding]:
    month = parse_month(END)
    delivery = delivery_of(measure, per_month, month, place, place.parameters)
    heading = Text(measure.name, style="bold")
    labels = f"{measure.label}  {measure.label_zh}" if translate.code == ENGLISH.code else translate.measure(measure)
    yield heading.append(f"  {labels}", style="not bold")
    if long:
        yield _indented(translate.measure_summary(measure))
        yield _indented(translate("source: {source}", source=translate.phrase(measure.source)))
    yield _indented(
        translate(
            "for {people} ({number} people)",
            people=_people(measure, place, translate),
            number=count(delivery.people),
        )
    )
    yield _indented(_reach_sentence(measure, place, delivery, month, translate))
    if delivery.begins is not None:
        table = _table(translate("Lever"), translate("Before"), translate("After"))
        for change in lever_changes(measure, delivery.share, month, place):
            table.add_row(change.lever, _rounded(change.before), _rounded(change.after))
        yield _indented(table)
    if long:
        yield _indented(_numbers(measure, place, translate))


def _people(measure: Measure, place: District, translate: Language) -> str:
    """Describe the people of a measure, such as "all streets, housing: informal lease"."""
    streets = describe_streets(measure.streets, place.population, translate)
    groups = describe_groups(measure.groups, place.population, translate)
    return translate("{streets}, {groups}", streets=streets, groups=groups)


def _reach_sentence(measure: Measure, place: District, delivery: Delivery, month: int, translate: Language) -> str:
    if delivery.begins is None:
        running, fixed = (
            translate.exact_yuan(place.parameters.number(measure.number(name)))
            for name in ("running_cny", "fixed_cny")
        )
        return translate(
            "reaches nobody: it costs {running} yuan per month, and {fixed} yuan once, before anybody is reached",
            running=running,
            fixed=fixed,
        )
    reached = translate(
        "reached per month: {number} ({share} %)",
        number=count(delivery.share * delivery.people),
        share=decimal(PERCENT * delivery.share),
    )
    if delivery.begins == month:
        return reached
    return translate(
        "{reached}, from month {number} on; the money before that pays the fixed cost",
        reached=reached,
        number=delivery.begins - month + 1,
    )


def _numbers(measure: Measure, place: District, translate: Language) -> Table:
    """Tabulate the numbers of a measure with their ranges and sources."""
    table = _table(
        translate("Number"), translate("Value"), translate("Range"), translate("Status"), translate("Unit and source")
    )
    for name in measure.numbers:
        entry: Parameter = place.parameters[name]
        table.add_row(
            name.split(".", 2)[2],
            amount(entry.value),
            translate.interval(entry.low, entry.high, amount),
            translate.words(entry.status),
            f"{translate.words(entry.unit)}; {translate.phrase(entry.source)}",
        )
    return table


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _indented(part: str | Table) -> Padding:
    return Padding(Text(part) if isinstance(part, str) else part, (0, 0, 0, _INDENT), expand=False)


def _rounded(value: float) -> str:
    return amount(float(f"{value:.{_DIGITS}g}"))

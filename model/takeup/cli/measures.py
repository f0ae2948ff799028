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
from takeup.months import END, MONTHS_A_YEAR, parse_month
from takeup.report.formatting import PERCENT, amount, count, decimal, print_results
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import area_sentences, describe_people, evidence_sentence
from takeup.scenario import Delivery, check_measures, delivery_of, lever_changes

_AMOUNT: Final = "Amount of money"
"""Group of options in the help."""
_PER_MONTH: Final = 100_000
_INDENT: Final = 2
_DIGITS: Final = 3
"""Significant digits of the values of levers."""


def measures(
    district: options.DistrictArgument = "liwan",
    per_month: Annotated[
        float | None,
        options.number_option(
            "--per-month",
            f"Set the amount of money per month, in yuan, such as 100000, 100k or 10万 (default: {_PER_MONTH:,}).",
            metavar="CNY",
            parser=options.parse_money,
            panel=_AMOUNT,
        ),
    ] = None,
    per_year: Annotated[
        float | None,
        options.number_option(
            "--per-year",
            "Set the amount of money per year instead, such as 3m or 300万.",
            metavar="CNY",
            parser=options.parse_money,
            panel=_AMOUNT,
        ),
    ] = None,
    long: Annotated[
        bool,
        typer.Option(
            "--long", help="Also print every number with its range and source.", rich_help_panel=options.OUTPUT
        ),
    ] = False,
    language: options.LanguageCode = None,
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
    spending = _per_month(per_month, per_year)
    check_measures(place)
    named = {"place": translate.place(place.population), "month": translate.month(END)}
    print_results(
        translate(
            "Measures of {place}: what {amount} yuan per month buys with each, {month}.",
            amount=translate.exact_yuan(spending),
            **named,
        )
        if per_year is None
        else translate(
            "Measures of {place}: what {amount} yuan per year buys with each, {month}.",
            amount=translate.exact_yuan(per_year),
            **named,
        ),
        evidence_sentence(place.parameters.measures.values(), translate),
    )
    for measure in place.measures:
        print_results(Text(), *_describe(measure, place, spending, translate, long=long))
    if not long:
        print_results(
            Text(),
            translate("takeup measures --long: all numbers with their ranges and sources"),
            translate('[[measure]] in a scenario file: name = "{name}"', name=place.measures[0].name),
            translate("takeup plan --measures --budget 3m --per-year: the best division of a budget"),
        )


def _per_month(per_month: float | None, per_year: float | None) -> float:
    """Return the amount per month, from the values of the two options.

    Raises:
        InputError: an amount is not above 0 and finite, or both are given.
    """
    for option, given in (("--per-month", per_month), ("--per-year", per_year)):
        if given is not None and not 0.0 < given < math.inf:
            raise InputError(
                "the amount is not above 0 and finite", key=option, given=given, allowed="an amount in yuan above 0"
            )
    if per_year is None:
        return _PER_MONTH if per_month is None else per_month
    if per_month is not None:
        raise InputError(
            "the option cannot be combined with --per-month", key="--per-year", allowed="one of the two options"
        )
    return per_year / MONTHS_A_YEAR


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
            people=describe_people(measure, place.population, translate),
            number=count(delivery.people),
        )
    )
    yield from (_indented(sentence) for sentence in area_sentences(measure, place, translate))
    yield _indented(_reach_sentence(measure, place, delivery, month, translate))
    if delivery.begins is not None:
        table = _table(translate("What changes"), translate("Lever"), translate("Before"), translate("After"))
        for change in lever_changes(measure, delivery.share, month, place):
            label = translate.parameter(change.lever)
            table.add_row(label, change.lever, _rounded(change.before), _rounded(change.after))
        yield _indented(table)
    if long:
        yield _indented(_numbers(measure, place, translate))


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

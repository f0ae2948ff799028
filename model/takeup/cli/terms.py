"""Explanations of terms of the model that everyday words lead to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from rich.text import Text

from takeup.district import ATTRIBUTES, District, definitions, levers, profile_mask
from takeup.district.attributes import AREA
from takeup.report.formatting import PERCENT, decimal, plain_table, print_results
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import describe_groups, describe_streets
from takeup.vocabulary import Kind, Term

_COMMAND: Final = "takeup explain"


def explain_term(term: Term, district: District, translate: Language = ENGLISH) -> None:
    """Print the meaning of a term that is neither a parameter nor a column.

    Args:
        term: an attribute, a level, a service or a reason.
        district: district whose migrants are counted.
        translate: language of the text.
    """
    if term.kind in {"attribute", "level"}:
        _explain_group(term, district, translate)
    elif term.kind == "area":
        _explain_area(term, district, translate)
    elif term.kind == "street":
        _explain_street(term, district, translate)
    elif term.kind == "service":
        _explain_service(term, translate)
    else:
        print_results(
            f"{term.name}: {_labels(term, translate)}",
            translate("Reason for having no valid permit. `takeup why` counts the migrants by reason."),
        )


def _explain_group(term: Term, district: District, translate: Language) -> None:
    """Print the meaning of an attribute or a level: its share of the migrants, and its use in a scenario."""
    attribute, _, level = term.name.partition(".")
    levels = [level] if level else list(ATTRIBUTES[attribute])
    shares = [_share(district, attribute, each) for each in levels]
    print_results(
        f"{term.name}: {_labels(term, translate)}",
        translate("Group of migrants.") if level else translate("Attribute of migrants."),
    )
    table = plain_table("")
    for header in (translate("Group"), translate("Name in files"), translate("Share of migrants, %")):
        table.add_column(header)
    for each, share in zip(levels, shares, strict=True):
        table.add_row(Text(translate.words(each)), Text(each), decimal(share * PERCENT))
    print_results(table)
    print_results(translate("In a scenario: {line}", line=f'groups = {{ {attribute} = ["{levels[0]}"] }}'))
    names = [name for name, lever in levers().items() if lever.varies_by(attribute)]
    print_results(translate("Levers that may differ by this group: {levers}", levers=translate(", ").join(names)))


def _explain_area(term: Term, district: District, translate: Language) -> None:
    """Print the definition of an area: its streets and groups, its share of the migrants, and its use."""
    (area,) = (each for each in district.population.areas if each.name == term.name)
    streets = [area.streets is None or street in area.streets for street in district.streets]
    share = float(
        district.street_shares[streets].sum() * district.population.joint[profile_mask(area.groups or {})].sum()
    )
    print_results(
        f"{term.name}: {_labels(term, translate)}",
        translate("Group of migrants with a name of its own."),
        translate(
            "Streets: {streets}; {groups}",
            streets=describe_streets(area.streets, district.population, translate),
            groups=describe_groups(area.groups, district.population, translate),
        ),
        translate("Share of migrants: {share} %", share=decimal(share * PERCENT)),
        translate(
            "Status: {status}; source: {source}",
            status=translate.words(area.status),
            source=translate.phrase(area.source),
        ),
        translate("In a scenario: {line}", line=f'groups = {{ {AREA} = ["{area.name}"] }}'),
    )


def _explain_street(term: Term, district: District, translate: Language) -> None:
    """Print the share of the migrants who live in a street, and its use in a scenario."""
    (street,) = (each for each in district.population.streets if each.name == term.name)
    print_results(
        _labels(term, translate),
        translate("Street with {share} % of the migrants.", share=decimal(street.share * PERCENT)),
        translate("In a scenario: {line}", line=f'streets = ["{street.name}"]'),
    )


def _explain_service(term: Term, translate: Language) -> None:
    """Print the meaning of a service: the levers and parameters with a number of their own for it."""
    names = [
        f"{name}.{term.name}"
        for name, definition in definitions().items()
        if term.name in {member.partition(".")[0] for member in definition.members}
    ]
    print_results(
        f"{term.name}: {_labels(term, translate)}",
        translate("Service that the permit opens."),
        translate("Its levers and parameters: {names}", names=translate(", ").join(names)),
    )


def list_terms(word: str, matches: Sequence[Term], translate: Language = ENGLISH) -> None:
    """Print the terms that a word may stand for, with the commands that explain them."""
    table = plain_table(translate("Terms of the model for “{word}”", word=word))
    for header in (translate("Name"), translate("Kind"), translate("Meaning")):
        table.add_column(header, overflow="fold")
    for term in matches:
        table.add_row(Text(term.name), _kind(term, translate), Text(_labels(term, translate)))
    print_results(table, translate("{command} NAME explains one of them.", command=_COMMAND))


def terms_of(district: District) -> list[Term]:
    """Return the areas and streets of a district as terms."""
    population = district.population
    streets = (Term("street", street.name, street.name, street.name_zh, ()) for street in population.streets)
    return [*(area.term for area in population.areas), *streets]


def _labels(term: Term, translate: Language) -> str:
    """Return the label of a term; in English, the Chinese one follows in brackets."""
    return f"{term.label()} ({term.label('zh')})" if translate.code == ENGLISH.code else term.label(translate.code)


def _kind(term: Term, translate: Language) -> str:
    names: dict[Kind, str] = {
        "parameter": translate("lever") if term.name in levers() else translate("parameter"),
        "attribute": translate("attribute"),
        "level": translate("group"),
        "service": translate("service"),
        "cause": translate("reason"),
        "output": translate("column"),
        "area": translate("area"),
        "street": translate("street"),
        "measure": translate("measure"),
    }
    return names[term.kind]


def _share(district: District, attribute: str, level: str) -> float:
    return float(np.sum(district.population.joint[profile_mask({attribute: [level]})]))

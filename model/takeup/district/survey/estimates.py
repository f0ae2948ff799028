"""Estimates of a district's tables from survey records, and their files.

Tables that the records lack are taken over from a base district.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.district.attributes import ATTRIBUTES, STREET, TENURE_STARTS
from takeup.district.district import District
from takeup.district.parameters import Status
from takeup.district.population import shares_by_level
from takeup.district.proportional_fitting import Margin, fit_margins, margin_of, rake
from takeup.district.survey.mapping import LEVELS, STAY
from takeup.district.survey.reader import SMALL_CELL, UNITS, Survey, WeightedCounts, standard_error, wilson
from takeup.errors import InputError
from takeup.io import format_toml_table, round_share, toml_comment
from takeup.message import UNTRANSLATED, Message, Translate
from takeup.months import MONTHS_A_YEAR, START

Pair = tuple[str, str]
_WEIGHT_NAMES: Final = frozenset({"weight", "weights", "wt", "权重"})
_HEAD: Final = """\
# Made by `takeup district from-table` from {survey}, with the district {base} as its base. The source of each table
# states which of the two it is from. Standard errors are those of a simple random sample of the effective size.

"""
_COUNT_SOURCE: Final = "--population of takeup district from-table; replace this text by the source and its date"


@dataclass(frozen=True)
class SurveyTable:
    """Shares of the new district's population by one column or by two attributes.

    Attributes:
        of: names of one column, or of two attributes.
        levels: levels of each column.
        shares: shares with one axis per column; their sum is 1.
        counts: counts from which the shares were estimated; None if they are taken over from the base district.
        status, source, rule: status, source and rule of the shares, as in population.toml.
    """

    of: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    shares: NDArray[np.float64]
    counts: WeightedCounts | None
    status: Status
    source: str
    rule: str


def estimate_tables(survey: Survey, base: District, pairs: tuple[Pair, ...] | None = None) -> list[SurveyTable]:
    """Estimate all tables: attributes, pairs, streets, and stays if recorded.

    An attribute without a column has the shares of the base district. A pair of which a column is missing has the
    base district's table, fitted to the new shares of its attributes.

    Args:
        survey: the counted survey.
        base: the base district.
        pairs: pairs to estimate from the records; None: those of the base district that the records have.

    Raises:
        InputError: a pair needs a column that the records lack, or contradicts the tables of its attributes.
    """
    singles = {
        name: _estimated(survey, name) if (name,) in survey.counts else _taken_over(survey, base, name)
        for name in ATTRIBUTES
    }
    of_base = [(table.of[0], table.of[1]) for table in base.population.margins if len(table.of) == 2]
    estimated = [pair for pair in of_base if _has(survey, pair)] if pairs is None else list(pairs)
    for pair in estimated:
        if not _has(survey, pair):
            raise InputError(
                "the survey has no column with this attribute",
                key="--pairs",
                given=next(name for name in pair if (name,) not in survey.counts),
                allowed=[name for name in ATTRIBUTES if (name,) in survey.counts],
            )
    tables = [*singles.values(), *(_estimated_pair(survey, pair, singles) for pair in estimated)]
    tables += [_pair_taken_over(survey, base, pair, singles) for pair in of_base if not _has(survey, pair)]
    _check_agreement(tables)
    tables.append(_streets(survey, base))
    return [*tables, _estimated(survey, STAY)] if (STAY,) in survey.counts else tables


def _check_agreement(tables: list[SurveyTable]) -> None:
    try:
        rake([Margin(table.of, table.shares / table.shares.sum()) for table in tables])
    except InputError as error:
        raise InputError(
            "the two-way tables contradict each other, because of empty cells or of different respondents",
            key="--pairs",
            given=error.key,
            allowed="fewer pairs",
        ) from None


def _has(survey: Survey, pair: Pair) -> bool:
    return all((name,) in survey.counts for name in pair)


def _estimated(survey: Survey, column: str) -> SurveyTable:
    counts = survey.counts[column,]
    shares = _rounded(counts.shares)
    derived = column in survey.translated | survey.cut
    rule = f"{_estimation_note(survey, counts, (column,))}; {_standard_errors((LEVELS[column],), shares, counts)}"
    return SurveyTable(
        (column,),
        (LEVELS[column],),
        shares,
        counts,
        "derived" if derived else "observed",
        _survey_source(survey, counts),
        rule,
    )


def _estimated_pair(survey: Survey, pair: Pair, singles: dict[str, SurveyTable]) -> SurveyTable:
    """Estimate the two-way table of a pair of attributes that the survey contains.

    Args:
        survey: counts of the respondents.
        pair: the two attributes.
        singles: estimated table of each single attribute, to which the two-way table is fitted.
    """
    counts = _pair_counts(survey, pair)
    first, second = (singles[name] for name in pair)
    levels = (first.levels[0], second.levels[0])
    note = _estimation_note(survey, counts, pair)
    incomplete = counts.missing > 0  # one-way tables also contain respondents who answered only that question
    shares = _fitted(counts.shares, first, second)
    if incomplete:
        note += f"; fitted to the tables of {pair[0]} and {pair[1]}"
    if shares is None:
        note += ", with one respondent added, distributed as if the two were independent, because of empty cells"
        independent = np.outer(first.shares, second.shares)
        shares = _fitted(counts.shares + independent / counts.valid, first, second)
    if shares is None:
        raise InputError(
            Message(
                "no two-way table of {first} and {second} agrees with the shares of both attributes, because too "
                "many cells are empty",
                first=pair[0],
                second=pair[1],
            ),
            key="--pairs",
            given=":".join(pair),
            allowed="other pairs of attributes, with fewer empty cells",
        )
    observed = first.status == second.status == "observed" and not incomplete
    status: Status = "observed" if observed else "derived"
    return SurveyTable(
        pair,
        levels,
        shares,
        counts,
        status,
        _survey_source(survey, counts),
        f"{note}; {_standard_errors(levels, shares, counts)}",
    )


def _pair_counts(survey: Survey, pair: Pair) -> WeightedCounts:
    """Return the counts of a pair: rows by its first attribute, columns by its second."""
    names = list(ATTRIBUTES)
    in_order = pair if names.index(pair[0]) < names.index(pair[1]) else pair[::-1]
    stored = survey.counts[in_order]
    shape = [len(ATTRIBUTES[name]) for name in in_order]
    respondents, weights = stored.respondents.reshape(shape), stored.weights.reshape(shape)
    if pair != in_order:
        respondents, weights = respondents.T, weights.T
    if not stored.valid:
        raise InputError(
            "no respondent has a value in both columns",
            key="--pairs",
            given=":".join(pair),
            allowed="pairs for which at least one respondent has both values",
        )
    return WeightedCounts(respondents, weights, stored.squares, stored.missing)


def _taken_over(survey: Survey, base: District, attribute: str) -> SurveyTable:
    """Return the base district's shares of an attribute that the survey lacks."""
    shares = _rounded(margin_of(base.population.joint, (attribute,)))
    rule = f"no column of {survey.name} has it"
    levels = (ATTRIBUTES[attribute],)
    return SurveyTable((attribute,), levels, shares, None, "assumed", _district_source(base, {attribute}), rule)


def _pair_taken_over(survey: Survey, base: District, pair: Pair, singles: dict[str, SurveyTable]) -> SurveyTable:
    """Return the base district's two-way table, fitted to the new shares."""
    shares = _fitted(margin_of(base.population.joint, pair), singles[pair[0]], singles[pair[1]])
    if shares is None:
        raise InputError(
            Message(
                "no two-way table of {first} and {second} agrees with the new shares, because too many cells of the "
                "base district's table are empty",
                first=pair[0],
                second=pair[1],
            ),
            key="--from-district",
            given=Message("{name}, {first} and {second}", name=base.name, first=pair[0], second=pair[1]),
            allowed="another base district, with fewer empty cells",
        )
    rule = f"{survey.name} does not have both columns; fitted to the tables of {pair[0]} and {pair[1]}"
    levels = (ATTRIBUTES[pair[0]], ATTRIBUTES[pair[1]])
    return SurveyTable(pair, levels, shares, None, "assumed", _district_source(base, set(pair)), rule)


def _streets(survey: Survey, base: District) -> SurveyTable:
    """Estimate the shares of the streets, if the survey has any, or copy the base's."""
    if (STREET,) not in survey.counts:
        source = f"taken over from the district {base.name}; see its population.toml"
        rule = f"no column of {survey.name} has it"
        return SurveyTable((STREET,), (base.streets,), base.street_shares, None, "assumed", source, rule)
    stored = survey.counts[STREET,]
    names = list(survey.streets)
    in_base = all(name in base.streets for name in names)
    ordered = [name for name in base.streets if name in names] if in_base else sorted(names)
    order = [names.index(name) for name in ordered if stored.weights[names.index(name)] > 0.0]
    counts = WeightedCounts(stored.respondents[order], stored.weights[order], stored.squares, stored.missing)
    levels = tuple(names[place] for place in order)
    shares = _rounded(counts.shares)
    status: Status = "derived" if STREET in survey.translated else "observed"
    rule = _estimation_note(survey, counts, (STREET,))
    return SurveyTable((STREET,), (levels,), shares, counts, status, _survey_source(survey, counts), rule)


def _fitted(cells: NDArray[np.float64], first: SurveyTable, second: SurveyTable) -> NDArray[np.float64] | None:
    fitted = fit_margins(cells, first.shares / first.shares.sum(), second.shares / second.shares.sum())
    return None if fitted is None else _rounded(fitted)


def _rounded(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([round_share(share) for share in shares.ravel()]).reshape(shares.shape)


def _survey_source(survey: Survey, counts: WeightedCounts) -> str:
    """Return the source of a table estimated from the records."""
    return (
        f"{'weighted ' if survey.weighted else ''}survey records {survey.name}, n = {counts.valid:,}, "
        f"effective n = {counts.effective:,.0f} (Kish)"
    )


def _district_source(base: District, attributes: set[str]) -> str:
    """Return the source of the smallest table of the base with these attributes."""
    tables = [table for table in base.population.tables if attributes <= set(table.of)]
    source = min(tables, key=lambda table: len(table.of)).source
    return f"taken over from the district {base.name}: {source}"


def _estimation_note(survey: Survey, counts: WeightedCounts, columns: tuple[str, ...]) -> str:
    """Return the rule of an estimated table: respondents, and coding of the values."""
    parts = [f"shares of those who answered ({counts.missing:,} did not)" if counts.missing else "shares of all"]
    parts += [f"answers on {name} translated by {survey.mapping}" for name in columns if name in survey.translated]
    parts += [f"{UNITS[name]} of {name} cut into the model's bands" for name in columns if name in survey.cut]
    return "; ".join(parts)


def _standard_errors(levels: tuple[tuple[str, ...], ...], shares: NDArray[np.float64], counts: WeightedCounts) -> str:
    """Format the standard error of each share by its levels."""
    errors = standard_error(shares, counts.effective).ravel()
    named = zip(product(*levels), errors.tolist(), strict=True)
    return "standard errors: " + ", ".join(f"{' '.join(cell)} {error:.4f}" for cell, error in named)


def margins_frame(tables: list[SurveyTable]) -> pd.DataFrame:
    """Tabulate the shares, one row per share, in the order of the tables.

    Columns: attribute, level, second_attribute, second_level (the last two for a pair); share, standard_error, low
    and high (95 % interval); respondents (in the cell); answered, effective and unanswered (respondents with a value,
    their effective number, and respondents without a value); small (whether the cell is small); status; source.
    Shares taken over from the base district have no other numbers.
    """
    rows: list[dict[str, Any]] = []
    for table in tables:
        shares = table.shares.ravel()
        first, second = table.of[0], table.of[1] if len(table.of) == 2 else ""
        counts = table.counts
        none = np.full(len(shares), np.nan)
        low, high = wilson(shares, counts.effective) if counts is not None else (none, none)
        errors = standard_error(shares, counts.effective) if counts is not None else none
        respondents = counts.respondents.ravel() if counts is not None else none
        for place, levels in enumerate(product(*table.levels)):
            rows.append(
                {
                    "attribute": first,
                    "level": levels[0],
                    "second_attribute": second,
                    "second_level": levels[1] if second else "",
                    "share": shares[place],
                    "standard_error": errors[place],
                    "low": low[place],
                    "high": high[place],
                    "respondents": respondents[place],
                    "answered": counts.valid if counts is not None else np.nan,
                    "effective": counts.effective if counts is not None else np.nan,
                    "unanswered": counts.missing if counts is not None else np.nan,
                    "small": counts is not None and bool(respondents[place] < SMALL_CELL),
                    "status": table.status,
                    "source": table.source,
                }
            )
    integers = dict.fromkeys(("respondents", "answered", "unanswered"), "Int64")
    return pd.DataFrame(rows).astype(integers)


def warnings(tables: list[SurveyTable], survey: Survey, translate: Translate = UNTRANSLATED) -> list[str]:
    """Return warnings about the new district, one sentence each."""
    sentences = []
    if survey.under_age:
        sentences.append(
            translate(
                "{number} persons under 16 are excluded, because the model has no persons of this age.",
                number=f"{survey.under_age:,}",
            )
        )
    if survey.weightless:
        sentences.append(
            translate("{number} persons with a weight of 0 are excluded.", number=f"{survey.weightless:,}")
        )
    for name in survey.unused:
        if name.casefold() in _WEIGHT_NAMES and not survey.weighted:
            sentences.append(
                translate(
                    "The column {name} was not used; with --weight {name} it would be used as weight.", name=name
                )
            )
    for table in tables:
        if len(table.of) == 1 and table.of != (STREET,):
            for level, share in zip(table.levels[0], table.shares.tolist(), strict=True):
                if share == 0.0:
                    sentences.append(
                        translate(
                            "No respondent has the level {level} of {attribute}: its share is 0, so the model has no "
                            "migrants with this level. For results of this level, enter a share above 0.",
                            level=level,
                            attribute=table.of[0],
                        )
                    )
        elif table.counts is not None and table.of == (STREET,) and len(table.levels[0]) < len(survey.streets):
            omitted = sorted(set(survey.streets) - set(table.levels[0]))
            sentences.append(
                translate("Streets excluded because no respondent lives there: {names}.", names=", ".join(omitted))
            )
    return sentences


def survey_population_toml(
    tables: list[SurveyTable], survey: Survey, base: District, *, name: str, name_zh: str, persons: int
) -> str:
    """Format the new district's population.toml.

    The district is marked as invented if any table is taken over from an invented district.

    Args:
        tables: the tables, from `estimate_tables`.
        survey: the survey from which the tables were estimated.
        base: the base district.
        name, name_zh: name of the new district, and its Chinese name.
        persons: number of residents, the same in every month.
    """
    invented = base.population.invented and any(table.counts is None for table in tables)
    population = {"month": START, "persons": persons, "status": "assumed", "source": _COUNT_SOURCE}
    parts = [
        _HEAD.format(survey=toml_comment(survey.name), base=toml_comment(base.name))
        + format_toml_table({"name": name, "name_zh": name_zh, "invented": invented}),
        format_toml_table(population, "[[population]]"),
    ]
    for table in tables:
        if table.of == (STREET,):
            parts += _street_tables(table, survey, base)
        elif table.of == (STAY,):
            years = [int(start / MONTHS_A_YEAR) for start in TENURE_STARTS[1:]]
            shares = [round_share(share) for share in table.shares]
            parts.append(format_toml_table({"years": years, "shares": shares} | _evidence(table), "[tenure]"))
        elif len(table.of) == 1:
            items = {"of": table.of, **_evidence(table), "shares": shares_by_level(table.levels, table.shares)}
            parts.append(format_toml_table(items, "[[table]]"))
        else:
            parts.append(
                format_toml_table({"of": table.of, **_evidence(table)}, "[[table]]")
                + format_toml_table(shares_by_level(table.levels, table.shares), "[table.shares]")
            )
    return "\n".join(parts)


def _street_tables(table: SurveyTable, survey: Survey, base: District) -> list[str]:
    base_streets = {street.name: street for street in base.population.streets}
    errors = standard_error(table.shares, table.counts.effective).tolist() if table.counts is not None else None
    parts = []
    for place, (name, share) in enumerate(zip(table.levels[0], table.shares.tolist(), strict=True)):
        known = base_streets.get(name)
        items = {
            "name": name,
            "name_zh": known.name_zh if known is not None else survey.streets[name],
            "code": known.code if known is not None else None,
            "share": round_share(share),
            **_evidence(table, f"; standard error {errors[place]:.4f}" if errors is not None else ""),
        }
        parts.append(format_toml_table(items, "[[street]]"))
    return parts


def _evidence(table: SurveyTable, note: str = "") -> dict[str, str]:
    return {"status": table.status, "source": table.source, "rule": table.rule + note}

"""Estimates of a district's tables: from survey records, and from a base district for what the records lack."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from takeup.district.attributes import ATTRIBUTES, STREET
from takeup.district.district import District
from takeup.district.parameters import Status
from takeup.district.proportional_fitting import Margin, fit_margins, margin_of, rake
from takeup.district.survey.mapping import LEVELS, STAY
from takeup.district.survey.reader import UNITS, Survey, WeightedCounts, standard_error
from takeup.errors import InputError
from takeup.io import round_share

Pair = tuple[str, str]


@dataclass(frozen=True)
class SurveyTable:
    """A table of the new district.

    Attributes:
        of: one column, or two attributes.
        levels: the levels of each column.
        shares: one axis per column; the sum is 1.
        counts: the counts they were estimated from; None if they are taken over from the base district.
        status, source, rule: as in population.toml.
    """

    of: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    shares: NDArray[np.float64]
    counts: WeightedCounts | None
    status: Status
    source: str
    rule: str


def estimate_tables(survey: Survey, base: District, pairs: tuple[Pair, ...] | None = None) -> list[SurveyTable]:
    """Estimate all tables: every attribute, the pairs, the streets, and the stays if the records have them.

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
                "no column for it",
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
            "the two-way tables cannot be brought together: cells are empty, or different people answered them",
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
        raise InputError("the table cannot agree with those of both", key="--pairs", given=":".join(pair))
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
            "nobody answered both", key="--pairs", given=":".join(pair), allowed="pairs that somebody answered"
        )
    return WeightedCounts(respondents, weights, stored.squares, stored.missing)


def _taken_over(survey: Survey, base: District, attribute: str) -> SurveyTable:
    shares = _rounded(margin_of(base.population.joint, (attribute,)))
    rule = f"no column of {survey.name} has it"
    levels = (ATTRIBUTES[attribute],)
    return SurveyTable((attribute,), levels, shares, None, "assumed", _district_source(base, {attribute}), rule)


def _pair_taken_over(survey: Survey, base: District, pair: Pair, singles: dict[str, SurveyTable]) -> SurveyTable:
    shares = _fitted(margin_of(base.population.joint, pair), singles[pair[0]], singles[pair[1]])
    if shares is None:
        raise InputError(
            "its table cannot agree with the new shares of both",
            key="--from-district",
            given=f"{base.name}, {' and '.join(pair)}",
            allowed="a district whose tables have fewer empty cells",
        )
    rule = f"{survey.name} does not have both columns; fitted to the tables of {pair[0]} and {pair[1]}"
    levels = (ATTRIBUTES[pair[0]], ATTRIBUTES[pair[1]])
    return SurveyTable(pair, levels, shares, None, "assumed", _district_source(base, set(pair)), rule)


def _streets(survey: Survey, base: District) -> SurveyTable:
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
    """Return the source of shares taken over: that of the smallest table with all these attributes."""
    tables = [table for table in base.population.tables if attributes <= set(table.of)]
    source = min(tables, key=lambda table: len(table.of)).source
    return f"taken over from the district {base.name}: {source}"


def _estimation_note(survey: Survey, counts: WeightedCounts, columns: tuple[str, ...]) -> str:
    """Return the rule of a table estimated from the records: its respondents, and how values became levels."""
    parts = [f"shares of those who answered ({counts.missing:,} did not)" if counts.missing else "shares of all"]
    parts += [f"answers on {name} translated by {survey.mapping}" for name in columns if name in survey.translated]
    parts += [f"{UNITS[name]} of {name} cut into the model's bands" for name in columns if name in survey.cut]
    return "; ".join(parts)


def _standard_errors(levels: tuple[tuple[str, ...], ...], shares: NDArray[np.float64], counts: WeightedCounts) -> str:
    """Format the standard error of each share by its levels."""
    errors = standard_error(shares, counts.effective).ravel()
    named = zip(product(*levels), errors.tolist(), strict=True)
    return "standard errors: " + ", ".join(f"{' '.join(cell)} {error:.4f}" for cell, error in named)

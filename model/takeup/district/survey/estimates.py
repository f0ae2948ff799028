"""What a population.toml says of shares counted from survey records, or taken over: source and rule.

The tables of a district: from survey records, and from another district where these say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from takeup.district.attributes import ATTRIBUTES, STREET
from takeup.district.district import District
from takeup.district.parameters import Status
from takeup.district.proportional_fitting import Margin, check_agreement, fit_margins, margin_of
from takeup.district.survey.mapping import LEVELS, STAY
from takeup.district.survey.reader import UNITS, Survey, WeightedCounts, standard_error
from takeup.errors import InputError
from takeup.io import round_share


def survey_source(survey: Survey, tally: WeightedCounts) -> str:
    """The source of a table counted from the records."""
    return (
        f"{'weighted ' if survey.weighted else ''}survey records {survey.name}, n = {tally.answered:,}, "
        f"effective n = {tally.effective:,.0f} (Kish)"
    )


def district_source(base: District, attributes: set[str]) -> str:
    """The source of shares taken over: that of the table which says most of just these attributes."""
    tables = [table for table in base.population.tables if attributes <= set(table.of)]
    source = min(tables, key=lambda table: len(table.of)).source
    return f"taken over from the district {base.name}: {source}"


def estimation_note(survey: Survey, tally: WeightedCounts, columns: tuple[str, ...]) -> str:
    """The rule of a table counted from the records: of whom, and how answers became levels."""
    parts = [f"shares of those who answered ({tally.missing:,} did not)" if tally.missing else "shares of all"]
    parts += [f"answers on {name} translated by {survey.mapping}" for name in columns if name in survey.translated]
    parts += [f"{UNITS[name]} of {name} cut into the model's bands" for name in columns if name in survey.cut]
    return "; ".join(parts)


def standard_errors(levels: tuple[tuple[str, ...], ...], shares: NDArray[np.float64], tally: WeightedCounts) -> str:
    """The standard error of each share, by the levels it is of."""
    errors = standard_error(shares, tally.effective).ravel()
    named = zip(product(*levels), errors.tolist(), strict=True)
    return "standard errors: " + ", ".join(f"{' '.join(cell)} {error:.4f}" for cell, error in named)


Pair = tuple[str, str]


@dataclass(frozen=True)
class SurveyTable:
    """A table of the new district.

    Attributes:
        of: one column, or two attributes.
        levels: of each.
        shares: one axis a column; they sum to 1.
        tally: what they were counted from; None if they are another district's.
        status, source, rule: as they stand in its population.toml.
    """

    of: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    shares: NDArray[np.float64]
    tally: WeightedCounts | None
    status: Status
    source: str
    rule: str


def estimate_tables(survey: Survey, base: District, pairs: tuple[Pair, ...] | None = None) -> list[SurveyTable]:
    """All tables: every attribute, the pairs, the streets, and the stays if the records have them.

    An attribute without a column has the shares of the district started from. So has a pair of which a column is
    missing, but fitted to the new shares of its attributes.

    Args:
        survey: what was counted.
        base: the district started from.
        pairs: to be counted from the records; those of the district started from, as far as they can be, if None.

    Raises:
        InputError: a pair needs a column that there is not, or cannot agree with its attributes' tables.
    """
    singles = {
        name: _counted(survey, name) if (name,) in survey.tallies else _taken_over(survey, base, name)
        for name in ATTRIBUTES
    }
    of_base = [(table.of[0], table.of[1]) for table in base.population.margins if len(table.of) == 2]
    counted = [pair for pair in of_base if _has(survey, pair)] if pairs is None else list(pairs)
    for pair in counted:
        if not _has(survey, pair):
            raise InputError(
                "no column for it",
                key="--pairs",
                given=next(name for name in pair if (name,) not in survey.tallies),
                allowed=[name for name in ATTRIBUTES if (name,) in survey.tallies],
            )
    tables = [*singles.values(), *(_counted_pair(survey, pair, singles) for pair in counted)]
    tables += [_pair_taken_over(survey, base, pair, singles) for pair in of_base if not _has(survey, pair)]
    check_agreement([Margin(table.of, table.shares / table.shares.sum()) for table in tables])
    tables.append(_streets(survey, base))
    return [*tables, _counted(survey, STAY)] if (STAY,) in survey.tallies else tables


def _has(survey: Survey, pair: Pair) -> bool:
    return all((name,) in survey.tallies for name in pair)


def _counted(survey: Survey, column: str) -> SurveyTable:
    tally = survey.tallies[column,]
    shares = _written(tally.shares)
    derived = column in survey.translated | survey.cut
    rule = f"{estimation_note(survey, tally, (column,))}; {standard_errors((LEVELS[column],), shares, tally)}"
    return SurveyTable(
        (column,),
        (LEVELS[column],),
        shares,
        tally,
        "derived" if derived else "observed",
        survey_source(survey, tally),
        rule,
    )


def _counted_pair(survey: Survey, pair: Pair, singles: dict[str, SurveyTable]) -> SurveyTable:
    tally = _pair_tally(survey, pair)
    first, second = (singles[name] for name in pair)
    levels = (first.levels[0], second.levels[0])
    how = estimation_note(survey, tally, pair)
    moved = tally.missing > 0  # the tables of one attribute hold those who answered that one alone, too
    shares = _fitted(tally.shares, first, second)
    if moved:
        how += f"; fitted to the tables of {pair[0]} and {pair[1]}"
    if shares is None:
        how += ", with one respondent more, spread as if the two were independent: else empty cells leave no fit"
        independent = np.outer(first.shares, second.shares)
        shares = _fitted(tally.shares + independent / tally.answered, first, second)
    if shares is None:
        raise InputError("the table cannot agree with those of both", key="--pairs", given=":".join(pair))
    observed = first.status == second.status == "observed" and not moved
    status: Status = "observed" if observed else "derived"
    return SurveyTable(
        pair,
        levels,
        shares,
        tally,
        status,
        survey_source(survey, tally),
        f"{how}; {standard_errors(levels, shares, tally)}",
    )


def _pair_tally(survey: Survey, pair: Pair) -> WeightedCounts:
    """The tally with the pair's first attribute down, its second across."""
    names = list(ATTRIBUTES)
    in_order = pair if names.index(pair[0]) < names.index(pair[1]) else pair[::-1]
    found = survey.tallies[in_order]
    shape = [len(ATTRIBUTES[name]) for name in in_order]
    respondents, weights = found.respondents.reshape(shape), found.weights.reshape(shape)
    if pair != in_order:
        respondents, weights = respondents.T, weights.T
    if not found.answered:
        raise InputError(
            "nobody answered both", key="--pairs", given=":".join(pair), allowed="pairs that somebody answered"
        )
    return WeightedCounts(respondents, weights, found.squares, found.missing)


def _taken_over(survey: Survey, base: District, attribute: str) -> SurveyTable:
    shares = _written(margin_of(base.population.joint, (attribute,)))
    rule = f"no column of {survey.name} tells of it"
    levels = (ATTRIBUTES[attribute],)
    return SurveyTable((attribute,), levels, shares, None, "assumed", district_source(base, {attribute}), rule)


def _pair_taken_over(survey: Survey, base: District, pair: Pair, singles: dict[str, SurveyTable]) -> SurveyTable:
    shares = _fitted(margin_of(base.population.joint, pair), singles[pair[0]], singles[pair[1]])
    if shares is None:
        raise InputError(
            "its table cannot agree with the new shares of both",
            key="--from-district",
            given=f"{base.name}, {' and '.join(pair)}",
            allowed="a district whose tables have fewer empty cells",
        )
    rule = f"how the two go together is not told by {survey.name}; fitted to the tables of {pair[0]} and {pair[1]}"
    levels = (ATTRIBUTES[pair[0]], ATTRIBUTES[pair[1]])
    return SurveyTable(pair, levels, shares, None, "assumed", district_source(base, set(pair)), rule)


def _streets(survey: Survey, base: District) -> SurveyTable:
    if (STREET,) not in survey.tallies:
        source = f"taken over from the district {base.name}, whose population.toml says where it is from"
        rule = f"no column of {survey.name} tells of it"
        return SurveyTable((STREET,), (base.streets,), base.street_shares, None, "assumed", source, rule)
    found = survey.tallies[STREET,]
    names = list(survey.streets)
    in_base = all(name in base.streets for name in names)
    ordered = [name for name in base.streets if name in names] if in_base else sorted(names)
    order = [names.index(name) for name in ordered if found.weights[names.index(name)] > 0.0]
    tally = WeightedCounts(found.respondents[order], found.weights[order], found.squares, found.missing)
    levels = tuple(names[place] for place in order)
    shares = _written(tally.shares)
    status: Status = "derived" if STREET in survey.translated else "observed"
    rule = estimation_note(survey, tally, (STREET,))
    return SurveyTable((STREET,), (levels,), shares, tally, status, survey_source(survey, tally), rule)


def _fitted(cells: NDArray[np.float64], first: SurveyTable, second: SurveyTable) -> NDArray[np.float64] | None:
    found = fit_margins(cells, first.shares / first.shares.sum(), second.shares / second.shares.sum())
    return None if found is None else _written(found)


def _written(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([round_share(share) for share in shares.ravel()]).reshape(shares.shape)

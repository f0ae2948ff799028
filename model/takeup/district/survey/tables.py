"""The tables of a district: from survey records, and from another district where these say nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from takeup.district.attributes import ATTRIBUTES
from takeup.district.district import District
from takeup.district.parameters import Status
from takeup.district.raking import margin_of
from takeup.district.survey.answers import UNITS
from takeup.district.survey.counting import Survey
from takeup.district.survey.fitting import fitted
from takeup.district.survey.tally import Tally, standard_error
from takeup.district.survey.translation import LEVELS, STAY, STREET
from takeup.district.written import rounded
from takeup.errors import InputError

Pair = tuple[str, str]


@dataclass(frozen=True)
class Stated:
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
    tally: Tally | None
    status: Status
    source: str
    rule: str


def stated_tables(survey: Survey, base: District, pairs: tuple[Pair, ...] | None = None) -> list[Stated]:
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
    tables.append(_streets(survey, base))
    return [*tables, _counted(survey, STAY)] if (STAY,) in survey.tallies else tables


def _has(survey: Survey, pair: Pair) -> bool:
    return all((name,) in survey.tallies for name in pair)


def _counted(survey: Survey, column: str) -> Stated:
    tally = survey.tallies[column,]
    shares = _written(tally.shares)
    derived = column in survey.translated | survey.cut
    rule = f"{_how(survey, tally, (column,))}; {_errors((LEVELS[column],), shares, tally)}"
    return Stated(
        (column,),
        (LEVELS[column],),
        shares,
        tally,
        "derived" if derived else "observed",
        _source(survey, tally),
        rule,
    )


def _counted_pair(survey: Survey, pair: Pair, singles: dict[str, Stated]) -> Stated:
    tally = _pair_tally(survey, pair)
    first, second = (singles[name] for name in pair)
    shares = _fitted(pair, tally.shares, singles)
    levels = (first.levels[0], second.levels[0])
    moved = tally.missing > 0  # the tables of one attribute hold those who answered that one alone, too
    how = _how(survey, tally, pair) + (f"; fitted to the tables of {pair[0]} and {pair[1]}" if moved else "")
    observed = first.status == second.status == "observed" and not moved
    status: Status = "observed" if observed else "derived"
    return Stated(
        pair, levels, shares, tally, status, _source(survey, tally), f"{how}; {_errors(levels, shares, tally)}"
    )


def _pair_tally(survey: Survey, pair: Pair) -> Tally:
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
    return Tally(respondents, weights, found.squares, found.missing)


def _taken_over(survey: Survey, base: District, attribute: str) -> Stated:
    shares = _written(margin_of(base.population.joint, (attribute,)))
    rule = f"no column of {survey.name} tells of it"
    levels = (ATTRIBUTES[attribute],)
    return Stated((attribute,), levels, shares, None, "assumed", _source_of_base(base, {attribute}), rule)


def _pair_taken_over(survey: Survey, base: District, pair: Pair, singles: dict[str, Stated]) -> Stated:
    shares = _fitted(pair, margin_of(base.population.joint, pair), singles)
    rule = f"how the two go together is not told by {survey.name}; fitted to the tables of {pair[0]} and {pair[1]}"
    levels = (ATTRIBUTES[pair[0]], ATTRIBUTES[pair[1]])
    return Stated(pair, levels, shares, None, "assumed", _source_of_base(base, set(pair)), rule)


def _streets(survey: Survey, base: District) -> Stated:
    if (STREET,) not in survey.tallies:
        source = f"taken over from the district {base.name}, whose population.toml says where it is from"
        rule = f"no column of {survey.name} tells of it"
        return Stated((STREET,), (base.streets,), base.street_shares, None, "assumed", source, rule)
    found = survey.tallies[STREET,]
    names = list(survey.streets)
    in_base = all(name in base.streets for name in names)
    ordered = [name for name in base.streets if name in names] if in_base else sorted(names)
    order = [names.index(name) for name in ordered if found.weights[names.index(name)] > 0.0]
    tally = Tally(found.respondents[order], found.weights[order], found.squares, found.missing)
    levels = tuple(names[place] for place in order)
    shares = _written(tally.shares)
    status: Status = "derived" if STREET in survey.translated else "observed"
    rule = _how(survey, tally, (STREET,))
    return Stated((STREET,), (levels,), shares, tally, status, _source(survey, tally), rule)


def _fitted(pair: Pair, cells: NDArray[np.float64], singles: dict[str, Stated]) -> NDArray[np.float64]:
    rows, columns = (singles[name].shares for name in pair)
    found = fitted(cells, rows / rows.sum(), columns / columns.sum())
    if found is None:
        raise InputError(
            "the table of both has too many empty cells to agree with the tables of each",
            key="--pairs",
            given=":".join(pair),
            allowed="pairs without it",
        )
    return _written(found)


def _written(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([rounded(share) for share in shares.ravel()]).reshape(shares.shape)


def _source(survey: Survey, tally: Tally) -> str:
    return (
        f"{'weighted ' if survey.weighted else ''}survey records {survey.name}, n = {tally.answered:,}, "
        f"effective n = {tally.effective:,.0f} (Kish)"
    )


def _source_of_base(base: District, attributes: set[str]) -> str:
    """Of the table that says most of just these attributes."""
    tables = [table for table in base.population.tables if attributes <= set(table.of)]
    source = min(tables, key=lambda table: len(table.of)).source
    return f"taken over from the district {base.name}: {source}"


def _how(survey: Survey, tally: Tally, columns: tuple[str, ...]) -> str:
    parts = [f"shares of those who answered ({tally.missing:,} did not)" if tally.missing else "shares of all"]
    parts += [f"answers on {name} translated by {survey.mapping}" for name in columns if name in survey.translated]
    parts += [f"{UNITS[name]} of {name} cut into the model's bands" for name in columns if name in survey.cut]
    return "; ".join(parts)


def _errors(levels: tuple[tuple[str, ...], ...], shares: NDArray[np.float64], tally: Tally) -> str:
    errors = standard_error(shares, tally.effective).ravel()
    named = zip(product(*levels), errors.tolist(), strict=True)
    return "standard errors: " + ", ".join(f"{' '.join(cell)} {error:.4f}" for cell, error in named)

"""How scenarios are told apart: by colour, by dash and by marker, so that any one of them is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INK: Final = "#1a1a1a"
PALE_INK: Final = "#5f6368"
GRID: Final = "#e4e4e4"
PAPER: Final = "#ffffff"

Dash = tuple[int, tuple[float, ...]]


@dataclass(frozen=True)
class Look:
    """One scenario's look.

    Attributes:
        colour: of line, marker and band.
        dash: matplotlib's offset and on-off lengths, in line widths; empty for a solid line.
        marker: matplotlib's name of it.
    """

    colour: str
    dash: Dash
    marker: str


BASELINE: Final = Look(INK, (0, ()), "")

# Tol's muted scheme, his darker yellow for its palest colour: told apart under every common colour blindness.
_COLOURS: Final = (
    "#332288",
    "#cc6677",
    "#117733",
    "#ddaa33",
    "#882255",
    "#44aa99",
    "#aa4499",
    "#999933",
    "#56a5d8",
)
_DASHES: Final[tuple[Dash, ...]] = ((0, ()), (0, (5.0, 1.4)), (0, (1.6, 1.2)), (0, (6.0, 1.4, 1.4, 1.4)))
_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")


def looks(number: int) -> list[Look]:
    """The looks of so many scenarios, the baseline first; they repeat only after hundreds."""
    others = (
        Look(_COLOURS[i % len(_COLOURS)], _DASHES[i % len(_DASHES)], _MARKERS[i % len(_MARKERS)])
        for i in range(number - 1)
    )
    return [BASELINE, *others]


def level_looks(number: int) -> list[Look]:
    """The looks of an attribute's levels, each with its marker."""
    shades = ("#08306b", "#2b7bba", "#e08214", "#8c510a", "#7f7f7f", "#1a1a1a")
    return [Look(shades[i % len(shades)], (0, ()), _MARKERS[i % len(_MARKERS)]) for i in range(number)]

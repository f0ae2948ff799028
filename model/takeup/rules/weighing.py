"""What the permit is worth to someone: benefit, the example of others, and the two utilities.

Dimensionless; the standard deviation of `taste` is the unit.
"""

from __future__ import annotations

from takeup.compilation import compiled
from takeup.rules import HEARD, INFORMED


@compiled
def understanding(knowledge: int, understanding_heard: float) -> float:
    """How much of the benefit is seen: nothing by the unaware, all by the informed."""
    if knowledge == INFORMED:
        return 1.0
    if knowledge == HEARD:
        return understanding_heard
    return 0.0


@compiled
def expected(value: float, need: float, reputation: float) -> float:
    """One service's part of the benefit of applying."""
    return value * need * reputation


@compiled
def enjoyed(value: float, need: float, delivered: float, recurring: float) -> float:
    """One service's part of the benefit of keeping the permit, to one who knows what it delivers."""
    return value * need * delivered * recurring


@compiled
def example(norm: float, holders: int, lapsed: int, lapsed_says: float, contacts: int) -> float:
    """The pull of contacts who hold the permit, less that of contacts whose permit lapsed."""
    return norm * (holders - lapsed_says * lapsed) / contacts


@compiled
def utility(
    understanding: float,
    trust: float,
    stay: float,
    benefit: float,
    norm: float,
    enforcement: float,
    taste: float,
    burden: float,
) -> float:
    """What applying is worth; someone who considers it applies if this is positive."""
    return understanding * trust * stay * benefit + norm + enforcement + taste - burden


@compiled
def utility_of_keeping(
    trust: float, stay: float, kept: float, norm: float, enforcement: float, taste: float, burden: float
) -> float:
    """What endorsing is worth; someone who considers it endorses if this is positive."""
    return trust * stay * kept + norm + enforcement + taste - burden

"""Plan files written in a test, and spaces of packages without any simulation."""

from __future__ import annotations

from pathlib import Path

from takeup.analysis.optimise import Option, Options, Size
from takeup.analysis.optimise.search import SearchSpace
from takeup.district import SHIPPED, District, load_district

HEAD = """
title = "A plan"
source = "a test"
from = "2010-07"
"""


def option(name: str, lever: str, **sizes: tuple[str, float]) -> str:
    """The table of an option: interventions and fixed cost by size."""
    text = f'\n[[option]]\nname = "{name}"\ntitle = "{name}"\nsource = "a test"\nstatus = "assumed"\n'
    for size, (does, cost) in sizes.items():
        text += f'\n[[option.size]]\nname = "{size}"\n[[option.size.intervention]]\nlever = "{lever}"\n{does}\n'
        text += f'cost = {{ fixed_cny = {cost}, source = "assumed" }}\n'
    return text


SIX = HEAD + "".join(
    [
        option("letters", "publicity", all=("add = 0.05", 100)),
        option("arrivals", "heard_on_arrival", desks=("set = 0.6", 40)),
        option("papers", "documents", fewer=("multiply = 0.5", 70)),
        option("visits", "trips", one=("set = 1", 60)),
        option("attention", "attention", told=("multiply = 1.5", 50)),
        option("shame", "stigma", less=("multiply = 0.5", 30)),
    ]
)
"""Six options of one size: 64 packages, 350 yuan for all."""


def village_in(folder: Path) -> District:
    """The template with two streets only, in its own folder, from which workers read it."""
    folder.mkdir()
    text = (SHIPPED / "template" / "population.toml").read_text(encoding="utf-8")
    streets = "".join(
        f'[[street]]\nname = "{name}"\nname_zh = "{name}"\nshare = 0.5\nstatus = "assumed"\nsource = "invented"\n\n'
        for name in ("North", "South")
    )
    (folder / "population.toml").write_text(text.partition("[[street]]")[0] + streets, encoding="utf-8")
    (folder / "parameters.toml").write_text((SHIPPED / "template" / "parameters.toml").read_text(encoding="utf-8"))
    return load_district(folder)


def written(folder: Path, text: str = SIX) -> Path:
    """Write a plan file."""
    file = folder / "some.plan.toml"
    file.write_text(text)
    return file


def space(
    costs: list[list[float]],
    budget: float,
    *,
    excludes: dict[int, set[int]] | None = None,
    needs: dict[int, set[int]] | None = None,
) -> SearchSpace:
    """A search space of options o0, o1, … with these costs by size and no effects."""

    def names(of: dict[int, set[int]] | None, place: int) -> frozenset[str]:
        return frozenset(f"o{other}" for other in (of or {}).get(place, ()))

    both = {place: set(others) for place, others in (excludes or {}).items()}
    for place, others in (excludes or {}).items():
        for other in others:
            both.setdefault(other, set()).add(place)
    each = tuple(
        Option(
            f"o{place}", f"o{place}", "a test", "assumed",
            tuple(Size(f"s{size}", ()) for size in range(1, len(prices) + 1)), names(both, place),
            names(needs, place),
        )
        for place, prices in enumerate(costs)
    )  # fmt: skip
    return SearchSpace(Options(Path("a test"), "t", "", "a test", each), tuple(map(tuple, costs)), budget)

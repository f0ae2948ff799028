"""The template district with invented measures in its folder."""

from __future__ import annotations

from pathlib import Path

from takeup.district import District, load_district
from tests.district.folders import edited

HEAD = 'title = "t"\nsource = "a test"\n'
PRIOR = 'prior = {{ shape = "uniform", low = {low}, high = {high} }}\n'


def number(name: str, value: float, unit: str, low: float = 0.0, high: float = 1e9, prior: str = "") -> str:
    """A number of a measure."""
    return (
        f'[measure.{name}]\nvalue = {value}\nunit = "{unit}"\nlow = {low}\nhigh = {high}\nstatus = "assumed"\n'
        f'source = "a test"\n{prior}'
    )


def effect(lever: str, change: str, unit: str, low: float, high: float, rest: str = "") -> str:
    """An effect of a measure."""
    return (
        f'[[measure.effect]]\nlever = "{lever}"\n{change}\nunit = "{unit}"\nlow = {low}\nhigh = {high}\n'
        f'status = "assumed"\nsource = "a test"\n{rest}'
    )


def measure(
    name: str, *effects: str, where: str = "", fixed: float = 0, running: float = 0, person: float = 1,
    reachable: float = 1, prior: str = "",
) -> str:  # fmt: skip
    """A measure with these costs; `prior` is that of the cost per person."""
    return (
        f'[[measure]]\nname = "{name}"\nlabel = "{name} label"\nlabel_zh = "措施"\nsummary = "What it does."\n'
        f'summary_zh = "做什么。"\nsource = "a test"\n{where}'
        + number("fixed_cny", fixed, "CNY")
        + number("running_cny", running, "CNY per month")
        + number("person_cny", person, "CNY per person and month", prior=prior)
        + number("reachable", reachable, "share", high=1)
        + "".join(effects)
    )


VISITS = measure(
    "visits",
    effect("publicity", "add = 0.5", "probability per month", 0.1, 0.9),
    effect("register", "add = 0.2", "probability per month", 0.0, 0.5),
    where='groups = { housing = ["informal_lease"] }\n',
    fixed=1_000,
    running=100,
    person=2,
    reachable=0.8,
    prior='prior = { shape = "log-uniform", low = 1, high = 4 }\n',
)
FORMS = measure("forms", effect("documents", "multiply = 0.5", "factor", 0.2, 0.9), person=0.5)
BOTH = HEAD + VISITS + FORMS

THREE = HEAD + "".join(
    [
        measure(
            "visits",
            effect("publicity", "add = 0.6", "probability per month", 0.2, 0.9),
            where='groups = { housing = ["informal_lease"] }\n',
            person=10,
            prior='prior = { shape = "log-uniform", low = 4, high = 25 }\n',
        ),
        measure("forms", effect("documents", "multiply = 0.3", "factor", 0.1, 0.9), person=0.4, fixed=2_000),
        measure("nobody", effect("stigma", "multiply = 0.5", "factor", 0.1, 0.9), running=1e8),
    ]
)
"""Three measures of the template; the last reaches nobody."""


def measured(folder: Path, content: str = BOTH) -> District:
    """The template with a file of measures."""
    folder.mkdir(exist_ok=True)
    edited(folder, "parameters.toml", "[value]", "[value]")
    (folder / "measures.toml").write_text(content, encoding="utf-8")
    return load_district(folder)

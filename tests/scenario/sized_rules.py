"""Districts with dated rules whose size is a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from takeup.district import District, load_district
from tests.district.folders import edited

HEAD = 'title = "Law"\nsource = "invented"\n'
SIZE = '[[size]]\nname = "drive"\nvalue = 1\nlow = 0\nhigh = 2\nstatus = "assumed"\nsource = "a guess"\n'
PRIOR = 'prior = { shape = "uniform", low = 0, high = 2 }\n'
OTHER = SIZE.replace("drive", "papers").replace("value = 1", "value = 0.5")
RULES = (
    'lever = "enforcement"\nset = 0.6\nfrom = "2010-03"\nuntil = "2011-02"\nramp_months = 3\n',
    'lever = "register.owned"\nmultiply = 1.5\nfrom = "2010-06"\n',
    'lever = "permit_term_months"\nset = 7\nfrom = "2010-02"\nuntil = "2010-12"\n',
    'lever = "documents"\nadd = 0.4\nfrom = "2010-04"\ngroups = { age = ["16-24"] }\n',
)
SIZED = tuple(rule + 'size = "drive"\n' for rule in RULES)


def written(*tables: str, rules: Sequence[str] = ()) -> str:
    """The text of a rules.toml."""
    return HEAD + "".join([*tables, *(f"[[intervention]]\n{rule}" for rule in rules)])


def ruled(folder: Path, text: str | None) -> District:
    """The template in a folder, with a rules.toml if there is a text."""
    folder.mkdir(exist_ok=True)
    edited(folder, "population.toml", "Template", "Template")
    if text is not None:
        (folder / "rules.toml").write_text(text, encoding="utf-8")
    return load_district(folder)

"""Commands in a district with dated rules whose size is a parameter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from takeup.district import load_district
from takeup.errors import InputError
from takeup.scenario import BASELINE, Timeline
from tests.cli.conftest import Command
from tests.scenario.sized_rules import OTHER, PRIOR, RULES, SIZE, SIZED, ruled, written

WRONG = {
    "a size that there is not": (
        written(SIZE, rules=[*SIZED, RULES[0] + 'size = "driv"\n']),
        r'rules\.toml, intervention 5, size: unknown size; given: "driv"; allowed: drive; did you mean "drive"',
    ),
    "no sizes": (written(rules=SIZED), r"intervention 1, size: unknown size.*of which the file has none"),
    "a size that no rule has": (
        written(SIZE, OTHER, rules=SIZED),
        r'rules\.toml, size 2: no rule has this size; given: "papers"',
    ),
    "two sizes of one name": (written(SIZE, SIZE, rules=SIZED), r"rules\.toml, size 2, name: two sizes"),
    "a size below 0": (
        written(SIZE.replace("low = 0", "low = -1"), rules=SIZED),
        r"rules\.toml, size 1, low and high: the range is outside",
    ),
    "a value outside the range": (
        written(SIZE.replace("value = 1", "value = 3"), rules=SIZED),
        r"size 1, value: .*0 to 2",
    ),
    "another unit": (written(SIZE + 'unit = "percent"\n', rules=SIZED), "size 1, unit: the unit differs"),
    "no source": (
        written(SIZE.replace('source = "a guess"\n', ""), rules=SIZED),
        r'size 1: the key "source" is missing',
    ),
    "a prior outside the range": (
        written(SIZE + PRIOR.replace("high = 2", "high = 3"), rules=SIZED),
        r"size 1, prior: the prior is not within the range",
    ),
    "a name with a dot": (
        written(SIZE.replace("drive", "a.b"), rules=SIZED),
        "size 1, name: the value is not allowed",
    ),
    "a table in single brackets": (
        written(SIZE.replace("[[size]]", "[size]"), rules=SIZED),
        "size: the value is not a list",
    ),
    "the highest size": (
        written(SIZE.replace("high = 2", "high = 20"), rules=SIZED[:1]),
        r"rules\.toml, intervention 1, size: .* at the highest rule\.drive: enforcement would be 12; given: 20",
    ),
    "a highest size without an effect on the value": (
        written(SIZE.replace("high = 2", "high = 20").replace("value = 1", "value = 0"), rules=SIZED[:1]),
        r"intervention 1, size: .* at the highest rule\.drive",
    ),
    "infinity": (
        written(SIZE, rules=['lever = "supply.schooling"\nset = inf\nfrom = "2010-01"\nsize = "drive"\n']),
        "intervention 1, size: a rule with a size cannot begin or end at infinity",
    ),
    "a cost": (
        written(SIZE, rules=[SIZED[0] + 'cost = { fixed_cny = 1, source = "x" }\n']),
        "intervention 1, cost: the rule has a size and a cost",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_file_is_reported_with_its_place(command: Command, tmp_path: Path, fault: str) -> None:
    text, message = WRONG[fault]
    with pytest.raises(InputError, match=message):
        Timeline(BASELINE, ruled(tmp_path / "place", text))
    result = command("check", "place")
    assert result.status == 2
    assert re.search(message, result.err)


@pytest.mark.parametrize("text", [written(rules=SIZED), written(SIZE, rules=RULES)])
def test_a_policy_has_no_sizes(command: Command, tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    result = command("check", "mine.toml")
    assert result.status == 2
    assert "a policy has no sizes" in result.err
    assert "rules.toml" in result.err


def test_commands_know_the_sizes(command: Command, tmp_path: Path) -> None:
    ruled(tmp_path / "place", written(SIZE, rules=SIZED))
    listed = command("parameters", "--long", "--district", "place").out
    assert re.search(r"rule\.drive +1 +0 to 2 +multiple of the stated change +assumed +a guess", listed)
    folders = ("place", str(load_district("template").folder))
    place, template = (re.search(r"(\d+) assumed", command("check", folder).out) for folder in folders)
    assert place is not None
    assert template is not None
    assert int(place[1]) == int(template[1]) + 1
    explained = command("explain", "rule.drive", "--district", "place")
    assert "base + weight * size * (target - base)" in explained.out
    assert re.search(r"intervention 1 +enforcement +set to 0\.6 +2010-03 +2011-02", explained.out)
    unknown = command("explain", "rule.driv", "--district", "place")
    assert unknown.status == 2
    assert 'did you mean "rule.drive"' in unknown.err
    wrong = command("run", "baseline", "--district", "place", "--set", "rule.drive=3", "--agents", "1500")
    assert wrong.status == 2
    assert "0 to 2" in wrong.err
    run = ("run", "baseline", "--district", "place", "--agents", "1500", "--until", "2010-06", "--out", "out")
    assert command(*run, "--set", "rule.drive=0").status == 0


def test_new_districts_copy_the_sizes(command: Command, tmp_path: Path) -> None:
    ruled(tmp_path / "place", written(SIZE, rules=SIZED))
    made = command(
        "district", "synthesise", "--count", "1", "--population", "3000", "--like", "place", "--out", "many"
    )
    assert made.status == 0, made.err
    (folder,) = (tmp_path / "many").iterdir()
    size = load_district(folder).parameters["rule.drive"]
    assert (size.value, size.status) == (1, "assumed")
    assert "invented" in size.source

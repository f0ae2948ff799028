"""Dated rules whose size is a parameter of the district."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup import PermitModel
from takeup.district import District, definition_of, load_district, read_posterior
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario import BASELINE, Timeline, load_rules
from takeup.simulation import Engine
from tests.scenario.sized_rules import OTHER, PRIOR, RULES, SIZE, SIZED, ruled, written
from tests.scenario.written import policy
from tests.simulation.comparison import assert_same_state, assert_same_tables

AGENTS = 1_500


def simulated(district: District, engine: Engine, size: float | None = None) -> PermitModel:
    """The template with few migrants in the months in which the rules act."""
    values = {} if size is None else {"rule.drive": size}
    model = PermitModel(district, None, AGENTS, engine, 3, parameters=values, until="2011-06")
    model.run_until("2011-06")
    return model


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_the_sizes_0_and_1_give_the_bits_of_no_rule_and_of_the_rule_as_stated(tmp_path: Path, engine: Engine) -> None:
    sized = ruled(tmp_path / "sized", written(SIZE, rules=SIZED))
    zero, one, two = (simulated(sized, engine, size) for size in (0, 1, 2))
    without = simulated(ruled(tmp_path / "without", None), engine)
    stated = simulated(ruled(tmp_path / "stated", written(rules=RULES)), engine)
    for mine, theirs in ((zero, without), (one, stated), (simulated(sized, engine), stated)):
        assert_same_state(mine, theirs)
        assert_same_tables(mine, theirs)
    valid = [model.history()["valid"].iloc[-1] for model in (zero, one, two)]
    assert len(set(valid)) == len(valid)  # the rules have an effect


def test_the_change_is_proportional_to_the_size(tmp_path: Path) -> None:
    district = ruled(tmp_path, written(SIZE, rules=SIZED))

    def at(size: float, month: str) -> tuple[float, ...]:
        timeline = Timeline(BASELINE, district, district.parameters.override({"rule.drive": size}))
        levers = timeline.at(parse_month(month))
        return levers.enforcement[0], levers.register[3, 0], levers.documents.max()

    stated = np.array(at(1, "2010-12")) - at(0, "2010-12")
    assert stated == pytest.approx([0.6, 0.25, 0.4])
    for size in (0.25, 1.5, 2):
        assert np.array(at(size, "2010-12")) - at(0, "2010-12") == pytest.approx(size * stated)
    assert at(1.5, "2010-03")[0] == pytest.approx(1.5 * 0.6 / 3)  # in the first month of the ramp


@pytest.mark.parametrize(("size", "months"), [(0, 12), (0.1, 12), (0.3, 11), (1, 7), (1.5, 5)])
def test_whole_months_are_rounded_halves_upwards(tmp_path: Path, size: float, months: int) -> None:
    """12 + size (7 - 12) months: 11.5 and 4.5 become 12 and 5."""
    district = ruled(tmp_path, written(SIZE, rules=SIZED))
    timeline = Timeline(BASELINE, district, district.parameters.override({"rule.drive": size}))
    assert timeline.at(parse_month("2010-05")).permit_term_months.tolist() == [months]


def test_two_rules_with_one_size_and_a_policy_act_in_order(tmp_path: Path) -> None:
    rules = [f'lever = "fee_cny"\nadd = {amount}\nfrom = "2010-01"\nsize = "drive"\n' for amount in (20, 10)]
    district = ruled(tmp_path, written(SIZE.replace("value = 1", "value = 1.5"), rules=rules))
    fee = policy({"lever": "fee_cny", "multiply": 2, "from": "2010-02"})
    assert [Timeline(fee, district).at(parse_month(month)).fee_cny[0] for month in ("2010-01", "2010-02")] == [45, 90]


def test_results_of_other_values_are_clipped_to_the_range_of_the_lever(tmp_path: Path) -> None:
    """At size 2 the rule removes twice the enforcement, which is too much only if there is any."""
    rule = 'lever = "enforcement"\nset = 0\nfrom = "2010-01"\nsize = "drive"\n'
    district = ruled(tmp_path, written(SIZE, rules=[rule]))
    parameters = district.parameters.override({"enforcement": 0.5, "rule.drive": 2})
    assert Timeline(BASELINE, district, parameters).at(parse_month("2010-01")).enforcement.tolist() == [0]


def test_a_size_is_a_parameter_of_its_district_alone(tmp_path: Path, template: District) -> None:
    district = ruled(tmp_path, written(SIZE + PRIOR, OTHER, rules=[*SIZED, SIZED[0].replace("drive", "papers")]))
    assert [entry.name for entry in district.parameters][-2:] == ["rule.drive", "rule.papers"]
    assert list(district.parameters)[:-2] == list(template.parameters)
    size = district.parameters["rule.drive"]
    assert (size.value, size.low, size.high, size.status, size.source) == (1, 0, 2, "assumed", "a guess")
    assert size.unit == definition_of("rule.drive").unit == "multiple of the stated change"
    assert size.prior is not None
    assert district.digest not in {template.digest, ruled(tmp_path, written(SIZE, rules=SIZED)).digest}
    with pytest.raises(InputError, match=r'did you mean "rule\.drive"'):
        district.parameters.override({"rule.driv": 0})
    with pytest.raises(InputError, match="0 to 2"):
        PermitModel(district, None, AGENTS, parameters={"rule.drive": 2.5})
    with pytest.raises(InputError, match="unknown parameter"):
        template.parameters.override({"rule.drive": 0})


def test_extended_files_come_first_and_have_no_sizes(tmp_path: Path) -> None:
    district = ruled(tmp_path, 'extends = "older"\n' + written(SIZE, rules=SIZED[:1]))
    (tmp_path / "older.toml").write_text(written(rules=RULES[2:]), encoding="utf-8")
    assert [each.intervention.lever for each in load_rules(district)] == [
        "permit_term_months",
        "documents",
        "enforcement",
    ]
    (tmp_path / "older.toml").write_text(written(rules=SIZED), encoding="utf-8")
    with pytest.raises(InputError, match=r"older\.toml, intervention 1: a policy has no sizes"):
        Timeline(BASELINE, load_district(tmp_path))


def test_calibrated_values_and_draws_contain_sizes(tmp_path: Path) -> None:
    ruled(tmp_path, written(SIZE, OTHER, rules=[*SIZED, SIZED[0].replace("drive", "papers")]))
    (tmp_path / "calibrated.toml").write_text('source = "a fit"\n[values]\n"rule.drive" = 1.75\n', encoding="utf-8")
    parameters = load_district(tmp_path).parameters
    assert (parameters["rule.drive"].value, parameters["rule.drive"].status) == (1.75, "calibrated")
    assert load_district(tmp_path, calibrated=False).parameters.number("rule.drive") == 1
    file = tmp_path / "posterior.parquet"
    pd.DataFrame({"rule.drive": [0.0, 2.0], "documents": [1.0, 2.0]}).to_parquet(file)
    assert read_posterior(file, parameters).draws[1] == {"rule.drive": 2.0, "documents": 2.0}
    drawn = PermitModel(load_district(tmp_path), None, AGENTS, parameters=read_posterior(file, parameters).draws[0])
    assert drawn.parameters.number("rule.drive") == 0
    assert drawn.parameters.number("rule.papers") == 0.5  # not in the draws: the district's value
    pd.DataFrame({"rule.drives": [0.0], "documents": [1.0]}).to_parquet(file)
    with pytest.raises(
        InputError,
        match=r'the district has no dated rules with this size; given: "rule\.drives".* did you mean "rule\.drive"',
    ):
        read_posterior(file, parameters)


def test_rules_are_clipped_with_calibrated_values_and_checked_without(tmp_path: Path) -> None:
    """The rule multiplies 0.5, or the calibrated 0.9, by 1.5, and by 2 at the highest size."""
    ruled(tmp_path, written(SIZE, rules=SIZED[1:2]))
    (tmp_path / "calibrated.toml").write_text(
        'source = "a fit"\n[values]\n"register.owned" = 0.9\n', encoding="utf-8"
    )
    register = Timeline(BASELINE, load_district(tmp_path)).at(parse_month("2010-06")).register
    assert (register[3] == 1).all()
    (tmp_path / "rules.toml").write_text(written(SIZE.replace("high = 2", "high = 3"), rules=SIZED[1:2]))
    Timeline(BASELINE, load_district(tmp_path))
    with pytest.raises(InputError, match=r"at the highest rule\.drive: register\.owned would be 1\.25"):
        Timeline(BASELINE, load_district(tmp_path, calibrated=False))

"""A district's population from survey records: shares, standard errors and file."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from takeup.district import ATTRIBUTES, District, load_district, margin_of
from takeup.district.population import read_population
from takeup.district.proportional_fitting import fit_margins
from takeup.district.survey import (
    estimate_tables,
    margins_frame,
    standard_error,
    survey_population_toml,
    warnings,
    wilson,
)
from takeup.errors import InputError
from tests.district.surveys import EIGHT, shares, stated, survey_of


def test_weighted_margins_are_recovered_exactly(tmp_path: Path, template: District) -> None:
    tables = estimate_tables(survey_of(tmp_path, EIGHT, template, weight="w"), template)
    known = {
        "age": {"16-24": 4, "25-34": 8, "35-44": 1, "45+": 7},
        "work": {"contract": 7, "informal": 6, "self_employed": 5, "none": 2},
        "housing": {"registered_lease": 5, "informal_lease": 4, "dormitory": 6, "owned": 5},
    }
    for attribute, weights in known.items():
        assert shares(tables, attribute) == {level: weight / 20 for level, weight in weights.items()}
    both = stated(tables, "work", "housing").shares * 20
    assert both.tolist() == [[1, 0, 6, 0], [4, 2, 0, 0], [0, 0, 0, 5], [0, 2, 0, 0]]


def test_a_pair_may_be_asked_for_either_way_round(tmp_path: Path, template: District) -> None:
    survey = survey_of(tmp_path, EIGHT, template, weight="w")
    one = stated(estimate_tables(survey, template, (("housing", "age"),)), "housing", "age")
    other = stated(estimate_tables(survey, template, (("age", "housing"),)), "age", "housing")
    assert one.shares.tolist() == other.shares.T.tolist()
    assert one.shares.shape == (4, 4)


def test_every_share_has_its_source_its_number_of_respondents_and_its_error(
    tmp_path: Path, template: District
) -> None:
    """Kish: (sum of weights)² / sum of squares is 20² / 64."""
    survey = survey_of(tmp_path, EIGHT, template, weight="w")
    tables = estimate_tables(survey, template)
    age = stated(tables, "age")
    assert age.counts is not None
    assert Fraction(age.counts.effective) == Fraction(400, 64)
    assert (age.status, age.source) == (
        "observed",
        "weighted survey records survey.csv, n = 8, effective n = 6 (Kish)",
    )
    assert f"25-34 {np.sqrt(0.4 * 0.6 / 6.25):.4f}" in age.rule
    origin = stated(tables, "origin")
    assert (origin.status, origin.counts) == ("assumed", None)
    assert origin.source.startswith("taken over from the district template: ")
    assert "no column of survey.csv" in origin.rule


def test_wilsons_interval_is_the_published_one() -> None:
    """Wilson 1927: 10 of 20, 0 of 10; to four places."""
    low, high = wilson(np.array([0.5]), 20.0)
    assert (round(low[0], 4), round(high[0], 4)) == (0.2993, 0.7007)
    low, high = wilson(np.array([0.0]), 10.0)
    assert (low[0], round(high[0], 4)) == (0.0, 0.2775)


def test_the_intervals_hold_what_they_promise_with_unequal_weights() -> None:
    """4,000 samples of 500 with weights that differ by e^±0.7: the effective number is about 300.

    Coverage of 95 % is measured to ±0.34 points. The bounds are 4.5 such errors away, and one point for Wilson's and
    Kish's approximations: a right model fails in fewer than 1 in 100,000. Without Kish's correction it is 88 %.
    """
    rng = np.random.default_rng(5)
    weights = rng.lognormal(0.0, 0.7, (4_000, 500))
    responses = rng.random((4_000, 500)) < 0.2
    estimates = (weights * responses).sum(axis=1) / weights.sum(axis=1)
    effective = weights.sum(axis=1) ** 2 / np.square(weights).sum(axis=1)
    ends = np.array([wilson(np.array([share]), n) for share, n in zip(estimates, effective, strict=True)])
    covered = np.mean((ends[:, 0, 0] <= 0.2) & (ends[:, 1, 0] >= 0.2))
    assert 0.925 <= covered <= 0.975
    errors = np.array(
        [standard_error(np.array([share]), n)[0] for share, n in zip(estimates, effective, strict=True)]
    )
    assert estimates.std() == pytest.approx(errors.mean(), rel=0.05)


def test_numbers_are_cut_into_bands_at_their_beginnings(tmp_path: Path, template: District) -> None:
    ages = {"16": 0, "24": 0, "24.9": 0, "25": 1, "34.0": 1, "35": 2, "44": 2, "45": 3, "120": 3}
    months = {"0": 0, "11": 0, "12": 1, "35": 1, "36": 2, "59": 2, "60": 3, "1440": 3}
    for column, cases in {"age": ages, "tenure": months, "residence_months": months}.items():
        for given, band in cases.items():
            tables = estimate_tables(survey_of(tmp_path, f"{column}\n{given}\n", template), template)
            table = stated(tables, "age" if column == "age" else "stay")
            assert table.shares.tolist() == [float(place == band) for place in range(4)], (column, given)
            assert table.status == "derived"
            assert "cut into the model's bands" in table.rule


def test_a_person_under_16_counts_nowhere(tmp_path: Path, template: District) -> None:
    survey = survey_of(tmp_path, "age,work\n15,none\n0,none\n30,contract\n", template)
    assert shares(estimate_tables(survey, template), "work") == {
        "contract": 1.0, "informal": 0.0, "self_employed": 0.0, "none": 0.0,
    }  # fmt: skip
    assert (survey.respondents, survey.under_age) == (1, 2)
    assert any(
        message.startswith("2 persons under 16") for message in warnings(estimate_tables(survey, template), survey)
    )


MAPPING = """\
ignore = ["wage"]
[columns]
"文化程度" = "education"
edad = "age"
[levels.education]
"小学" = "primary"
"大专" = "college"
[missing]
age = ["99"]
education = ["不详"]
"""


def test_a_mapping_renames_columns_translates_answers_and_names_what_is_none(
    tmp_path: Path, template: District
) -> None:
    table = "\ufeff文化程度,edad,wage\n小学,20,5\n大专,99,6\nsenior,30, \n不详,40,\n小学, 50 ,\n"
    survey = survey_of(tmp_path, table, template, mapping=MAPPING)
    tables = estimate_tables(survey, template)
    assert shares(tables, "education") == {"primary": 0.5, "junior": 0.0, "senior": 0.25, "college": 0.25}
    assert shares(tables, "age") == dict.fromkeys(ATTRIBUTES["age"], 0.25)
    education = stated(tables, "education")
    assert education.status == "derived"
    assert "answers on education translated by mapping.toml" in education.rule
    assert survey.unused == ("wage",)


def test_missing_answers_are_dropped_by_attribute_and_counted(tmp_path: Path, template: District) -> None:
    table = EIGHT.replace("1,16-24,contract", "1,,contract").replace("7,45+,self_employed", "7,45+,NA")
    survey = survey_of(tmp_path, table + "9,16-24,none,owned,0.5\n", template, weight="w")
    tables = estimate_tables(survey, template, (("age", "work"),))
    assert shares(tables, "age")["16-24"] == pytest.approx(3.5 / 19.5, abs=1e-12)
    assert shares(tables, "work")["contract"] == pytest.approx(7 / 15.5, abs=1e-12)
    assert "shares of those who answered (1 did not)" in stated(tables, "age").rule
    both = stated(tables, "age", "work")
    assert both.counts is not None
    assert (both.counts.valid, both.counts.missing) == (7, 2)
    assert both.shares.sum(axis=1) == pytest.approx(stated(tables, "age").shares, abs=1e-10)
    assert both.shares.sum(axis=0) == pytest.approx(stated(tables, "work").shares, abs=1e-10)
    assert both.status == "derived"


def test_respondents_who_answered_one_question_alone_never_leave_a_pair_without_a_fit(
    tmp_path: Path, template: District
) -> None:
    """Among respondents with both values, informal work and the age 25 to 34 always occur together."""
    rows = "20,contract\n" * 40 + "30,informal\n" * 60
    pair = (("age", "work"),)
    whole = stated(estimate_tables(survey_of(tmp_path, f"age,work\n{rows}", template), template, pair), *pair[0])
    assert whole.shares.max() == 0.6
    assert "respondent added" not in whole.rule
    table = stated(estimate_tables(survey_of(tmp_path, f"age,work\n{rows}20,\n", template), template, pair), *pair[0])
    assert "one respondent added" in table.rule
    assert table.shares.sum(axis=1)[0] == pytest.approx(41 / 101, abs=1e-10)
    assert table.shares.sum(axis=0)[0] == pytest.approx(0.4, abs=1e-10)
    assert table.shares == pytest.approx(whole.shares, abs=0.02)


def test_pairs_that_tell_of_people_who_cannot_be_are_refused(tmp_path: Path, template: District) -> None:
    """Guangdong goes with children, children with dormitories, and dormitories with elsewhere."""
    names = "origin,schoolchild,housing\n"
    rows = (
        "guangdong,yes,",
        "elsewhere,no,",
        ",yes,dormitory",
        ",no,owned",
        "elsewhere,,dormitory",
        "guangdong,,owned",
    )
    survey = survey_of(tmp_path, names + "".join(f"{row}\n" * 200 for row in rows), template)
    pairs = (("origin", "schoolchild"), ("housing", "schoolchild"), ("housing", "origin"))
    with pytest.raises(InputError, match=r"--pairs: the two-way tables contradict each other.*fewer pairs"):
        estimate_tables(survey, template, pairs)
    estimate_tables(survey, template, pairs[:2])


def test_fitting_keeps_the_odds_ratios_and_meets_both_margins() -> None:
    rng = np.random.default_rng(2)
    cells, rows, columns = rng.random((3, 4)), rng.dirichlet([2, 2, 2]), rng.dirichlet([2, 2, 2, 2])
    fitted = fit_margins(cells, rows, columns)
    assert fitted is not None
    assert fitted.sum(axis=1) == pytest.approx(rows, abs=1e-10)
    assert fitted.sum(axis=0) == pytest.approx(columns, abs=1e-10)
    ratios = [table[:-1, :-1] * table[1:, 1:] / (table[:-1, 1:] * table[1:, :-1]) for table in (cells, fitted)]
    assert ratios[1] == pytest.approx(ratios[0], rel=1e-9)


def test_a_row_without_anybody_is_fitted_as_independent_and_what_cannot_agree_is_refused() -> None:
    halves = np.array([0.5, 0.5])
    fitted = fit_margins(np.array([[0.0, 0.0], [0.3, 0.7]]), halves, halves)
    assert fitted is not None
    assert fitted.sum(axis=1) == pytest.approx(halves, abs=1e-10)
    assert fitted[0].min() > 0.0
    assert fit_margins(np.diag([0.5, 0.5]), np.array([0.4, 0.6]), halves) is None


def test_what_the_table_does_not_tell_has_the_other_districts_margins_and_association(
    tmp_path: Path, liwan: District
) -> None:
    tables = estimate_tables(survey_of(tmp_path, "age\n" + "20\n" * 3 + "30\n40\n50\n", liwan), liwan)
    assert shares(tables, "age")["16-24"] == 0.5
    for attribute in ATTRIBUTES:
        if attribute != "age":
            assert stated(tables, attribute).shares == pytest.approx(
                margin_of(liwan.population.joint, (attribute,)), abs=1e-10
            )
    ours, theirs = (
        table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0])
        for table in (
            stated(tables, "age", "education").shares,
            margin_of(liwan.population.joint, ("age", "education")),
        )
    )
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert stated(tables, "age", "education").status == "assumed"
    assert stated(tables, "street").levels[0] == liwan.streets


def test_pairs_that_are_asked_for_replace_those_that_could_be_counted_and_no_others(
    tmp_path: Path, template: District
) -> None:
    survey = survey_of(tmp_path, EIGHT, template)

    def pairs(requested: tuple[tuple[str, str], ...] | None) -> dict[tuple[str, ...], bool]:
        tables = estimate_tables(survey, template, requested)
        return {table.of: table.counts is not None for table in tables if len(table.of) == 2}

    theirs = {("age", "schoolchild"): False, ("age", "education"): False, ("housing", "origin"): False}
    assert pairs(None) == {**theirs, ("work", "housing"): True}
    assert pairs((("age", "work"),)) == {**theirs, ("age", "work"): True}
    assert pairs(()) == theirs
    with pytest.raises(
        InputError,
        match=r'--pairs: the survey has no column with this attribute; given: "origin"; allowed: age, work, housing',
    ):
        pairs((("age", "origin"),))


def test_streets_of_the_other_district_keep_its_order_and_chinese_names(tmp_path: Path, liwan: District) -> None:
    survey = survey_of(tmp_path, "street,w\nHailong,1\n沙面街道,2\nHailong,5\n,9\nLingnan,0\n", liwan, weight="w")
    tables = estimate_tables(survey, liwan)
    assert shares(tables, "street") == {"Shamian": 0.25, "Hailong": 0.75}
    assert any("Lingnan" in message for message in warnings(tables, survey))
    text = survey_population_toml(tables, survey, liwan, name="x", name_zh="某区", persons=1_000)
    assert 'name_zh = "沙面街道"\ncode = "440103001"\nshare = 0.25\n' in text


def test_other_streets_are_named_as_the_table_names_them_in_any_order(tmp_path: Path, template: District) -> None:
    mapping = '[levels.street]\n"北街" = "North"\n"南街" = "South"\n'
    for rows in ("北街\n南街\n南街\nSouth\n", "南街\nSouth\n南街\n北街\n"):
        survey = survey_of(tmp_path, f"street\n{rows}", template, mapping=mapping)
        tables = estimate_tables(survey, template)
        assert shares(tables, "street") == {"North": 0.25, "South": 0.75}
        assert 'name = "South"\nname_zh = "南街"' in survey_population_toml(
            tables, survey, template, name="x", name_zh="x", persons=100
        )
    survey = survey_of(tmp_path, 'street\nB\n"A ""[1]"""\n', template)
    assert list(shares(estimate_tables(survey, template), "street")) == ['A "[1]"', "B"]


def test_the_file_reads_back_as_the_shares_that_were_counted(tmp_path: Path, template: District) -> None:
    table = EIGHT.replace("\n", ",30,A\n").replace("w,30,A", "w,stay,street")
    survey = survey_of(tmp_path, table, template, weight="w")
    tables = estimate_tables(survey, template)
    file = tmp_path / "population.toml"
    text = survey_population_toml(tables, survey, template, name='A "new"\x7f one', name_zh="新区", persons=123_456)
    file.write_text(text, encoding="utf-8")
    population = read_population(file)
    assert (population.name, population.name_zh, population.most) == ('A "new"\x7f one', "新区", 123_456)
    for attribute in ATTRIBUTES:
        assert margin_of(population.joint, (attribute,)) == pytest.approx(stated(tables, attribute).shares, abs=1e-9)
    assert population.tenure is not None
    assert (population.tenure.years, population.tenure.shares) == ([1, 3, 5], [0, 1, 0, 0])
    assert population.invented, "the origins are still the invented district's"


def test_nothing_invented_is_left_where_the_table_tells_all(tmp_path: Path, template: District) -> None:
    rows = "".join(
        f"{age},{education},{origin},{work},{housing},{child},A\n"
        for age, education in zip(ATTRIBUTES["age"], ATTRIBUTES["education"], strict=True)
        for work, housing in zip(ATTRIBUTES["work"], ATTRIBUTES["housing"], strict=True)
        for origin, child in zip(ATTRIBUTES["origin"], ATTRIBUTES["schoolchild"], strict=True)
    )
    survey = survey_of(tmp_path, "age,education,origin,work,housing,schoolchild,street\n" + rows, template)
    text = survey_population_toml(
        estimate_tables(survey, template), survey, template, name="x", name_zh="x", persons=100
    )
    assert "invented = false" in text
    assert "assumed" not in text.split("[[table]]", 1)[1]


def test_a_level_with_nobody_has_the_share_0_and_is_reported(tmp_path: Path, template: District) -> None:
    survey = survey_of(tmp_path, "housing\ndormitory\nowned\n", template)
    tables = estimate_tables(survey, template)
    assert shares(tables, "housing")["registered_lease"] == 0.0
    messages = [each for each in warnings(tables, survey) if "No respondent has" in each]
    assert [re.findall(r"No respondent has the level (\w+) of housing", each)[0] for each in messages] == [
        "registered_lease", "informal_lease",
    ]  # fmt: skip


def test_the_frame_flags_cells_of_fewer_than_30_respondents(tmp_path: Path, template: District) -> None:
    survey = survey_of(tmp_path, "origin\n" + "guangdong\n" * 30 + "elsewhere\n" * 29, template)
    frame = margins_frame(estimate_tables(survey, template))
    origin = frame[(frame["attribute"] == "origin") & (frame["second_attribute"] == "")].set_index("level")
    assert origin["small"].to_dict() == {"guangdong": False, "elsewhere": True}
    assert origin["respondents"].to_dict() == {"guangdong": 30, "elsewhere": 29}
    assert not frame[frame["attribute"] == "age"]["small"].any(), "what is taken over has no cells"


def test_empty_rows_of_a_spreadsheet_are_nobody(tmp_path: Path, template: District) -> None:
    survey = survey_of(tmp_path, "age,w\r\n\r\n20,1\r\n,\r\n30,1\r\n,\r\n,\r\n", template, weight="w")
    assert survey.respondents == 2
    assert survey.counts["age",].missing == 0


def test_a_column_named_weight_is_not_passed_over_in_silence(tmp_path: Path, template: District) -> None:
    survey = survey_of(tmp_path, "age,Weight\n20,3\n", template)
    assert any("--weight Weight" in message for message in warnings(estimate_tables(survey, template), survey))


@pytest.mark.slow
def test_a_long_table_is_counted_whole_and_its_rows_are_numbered(tmp_path: Path, template: District) -> None:
    """The reader works in chunks of 50,000 rows."""
    body = "20,1\n30,1\n40,2\n" * 40_000
    survey = survey_of(tmp_path, f"age,w\n{body}", template, weight="w")
    assert shares(estimate_tables(survey, template), "age") == {
        "16-24": 0.25,
        "25-34": 0.25,
        "35-44": 0.5,
        "45+": 0.0,
    }
    with pytest.raises(InputError, match="row 120003, column age: unknown level"):
        survey_of(tmp_path, f"age,w\n{body}\n20 to 30,1\n", template, weight="w")


def test_tables_with_empty_cells_can_still_be_raked(tmp_path: Path, template: District) -> None:
    """Eight respondents leave most cells of every pair empty, and yet the tables agree."""
    rows = EIGHT.replace("\n", ",junior,guangdong,no\n").replace(
        "w,junior,guangdong,no", "w,education,origin,schoolchild"
    )
    survey = survey_of(tmp_path, rows, template, weight="w")
    every = tuple(survey_pair for survey_pair in survey.counts if len(survey_pair) == 2)
    assert len(every) == 15
    tables = estimate_tables(survey, template, tuple((first, second) for first, second in every))
    file = tmp_path / "population.toml"
    file.write_text(
        survey_population_toml(tables, survey, template, name="x", name_zh="x", persons=100), encoding="utf-8"
    )
    (tmp_path / "parameters.toml").write_bytes((template.folder / "parameters.toml").read_bytes())
    assert load_district(tmp_path).population.joint.sum() == pytest.approx(1.0)

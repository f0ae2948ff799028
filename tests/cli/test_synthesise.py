"""`takeup district synthesise`: valid, reproducible districts that are marked as invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeup.district import load_district
from tests.cli.conftest import Command


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.mark.parametrize("like", ["template", "liwan"])
def test_every_folder_passes_check_and_is_marked(command: Command, tmp_path: Path, like: str) -> None:
    result = command(
        "district", "synthesise", "--count", "4", "--population", "90001", "--like", like, "--out", "made"
    )
    assert result.status == 0, result.err
    folders = sorted((tmp_path / "made").iterdir())
    assert [folder.name for folder in folders] == [f"invented-00{number}" for number in range(1, 5)]
    result = command("check", *(str(folder) for folder in folders))
    assert result.status == 0, result.err
    assert result.out.count(", invented)") == 4
    base = load_district(like, calibrated=False)
    persons = 0
    for folder in folders:
        district = load_district(folder)
        persons += district.population.most
        population = district.population
        assert population.invented
        assert len(population.counts) == len(base.population.counts)
        for each in (*population.counts, *population.tables, *population.streets):
            assert each.status == "assumed"
            assert each.source.startswith("invented: takeup district synthesise --count 4 --population 90001")
        for parameter in district.parameters:
            assert parameter.value == base.parameters[parameter.name].value
            assert (parameter.status, parameter.source[:9]) == ("assumed", "invented:")
    assert persons == 90_001


def test_the_same_seed_writes_the_same_bytes(command: Command, tmp_path: Path) -> None:
    for name, seed in (("one", "5"), ("two", "5"), ("other", "6")):
        options = ("--count", "3", "--population", "9000", "--seed", seed, "--out", name, "--quiet")
        assert command("district", "synthesise", *options).status == 0
    one, two, other = (files(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert one.keys() == other.keys()
    assert one != other
    assert sum(len(content) for content in one.values()) < 3 * 60_000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--count", "0"), "--count"),
        (("--population", "59000"), "at least 60,000"),
        (("--seed", "-1"), "--seed"),
        (("--like", "liwann"), 'did you mean "liwan"'),
        (("--out", "there"), "the folder already exists"),
    ],
)
def test_an_error_is_reported_and_nothing_is_written(
    command: Command, tmp_path: Path, options: tuple[str, str], message: str
) -> None:
    (tmp_path / "there").mkdir()
    result = command("district", "synthesise", *(() if "--out" in options else ("--out", "made")), *options)
    assert result.status == 2
    assert message in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["there"]

"""Models in files: what comes back is what was saved, and what is no saved model is said to be none."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from takeup import PermitModel
from takeup.district import PROFILES, District, load_district
from takeup.errors import InputError
from takeup.scenario import Cost, Scenario
from takeup.simulation import Assignment, restore_model, save_model
from tests.scenario.written import policy
from tests.simulation.comparison import assert_same_state, assert_same_tables
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS

AGENTS = 1_600


@pytest.fixture(scope="module")
def model(template: District) -> PermitModel:
    """A model that has lived half a year."""
    model = PermitModel(
        template, agents=AGENTS, rng=3, parameters={"supply.employment": float("inf"), "settle": 0.01}
    )
    model.run_until("2010-06")
    return model


@pytest.fixture
def file(model: PermitModel, tmp_path: Path) -> Path:
    """The model's file."""
    save_model(model, tmp_path / "half-a-year")
    return tmp_path / "half-a-year"


def assert_refused(file: Path) -> None:
    with pytest.raises(InputError) as caught:
        restore_model(file)
    assert "the file is not a saved model, or it is damaged" in str(caught.value)
    assert str(file) in str(caught.value)


def test_what_is_restored_is_what_was_saved(model: PermitModel, file: Path) -> None:
    restored = restore_model(file)
    assert_same_state(model, restored)
    assert_same_tables(model, restored)
    assert restored.overrides == model.overrides
    assert (restored.seed, restored.engine, restored.start, restored.until) == (
        model.seed, model.engine, model.start, model.until,
    )  # fmt: skip
    assert restored.steps == model.steps


def test_nothing_but_the_file_is_left_behind(file: Path) -> None:
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_saving_again_replaces_the_file(model: PermitModel, file: Path) -> None:
    later = model.branch(None)
    later.step()
    save_model(later, file)
    assert restore_model(file).state.month == model.state.month + 1


def test_a_policy_is_saved_with_all_that_it_says(village: District, tmp_path: Path) -> None:
    cost = {"fixed_cny": 10.5, "per_month_cny": 3, "per_person_cny": 0.25, "source": "invented"}
    scenario = policy(
        {"lever": "supply", "set": float("inf"), "from": "2010-02", "cost": cost},
        {
            "lever": "trips",
            "add": -0.5,
            "from": "2010-03",
            "until": "2011-02",
            "ramp_months": 4,
            "streets": ["North"],
        },
        {"lever": "online", "multiply": 1.5, "from": "2010-09", "groups": {"age": ["45+"], "work": ["none"]}},
    )
    model = PermitModel(village, scenario, 100, rng=3)
    model.run_until("2010-06")
    save_model(model, tmp_path / "model")
    restored = restore_model(tmp_path / "model", district=village)
    assert [stated.intervention for stated in restored.policy.stated] == [
        stated.intervention for stated in scenario.stated
    ]
    assert restored.policy.stated[0].intervention.cost == Cost(**cost)  # type: ignore[arg-type]
    for run_model in (model, restored):
        run_model.run_until("2011-06")
    assert_same_tables(model, restored)


def test_a_model_can_be_restored_under_another_scenario(model: PermitModel, file: Path) -> None:
    later = policy({"lever": "publicity", "set": 0.5, "from": "2010-07"})
    restored, branched = restore_model(file, later), model.branch(later)
    for each in (restored, branched):
        each.run_until("2011-06")
    assert_same_state(restored, branched)
    assert_same_tables(restored, branched)
    assert restored.policy.name == "tried"
    unchanged = restore_model(file)
    unchanged.run_until("2011-06")
    assert not unchanged.history().equals(restored.history())


def test_a_scenario_that_acts_in_months_already_simulated_is_refused(model: PermitModel, file: Path) -> None:
    too_early = policy({"lever": "publicity", "set": 0.5, "from": "2010-06"}, name="early")
    for attempt in (lambda: model.branch(too_early), lambda: restore_model(file, too_early)):
        with pytest.raises(InputError) as caught:
            attempt()
        for part in (
            "the scenario early differs from ",
            " in months already simulated",
            "2010-06",
            "from 2010-07 on",
        ):
            assert part in str(caught.value)


def test_the_error_of_a_branch_names_the_scenario_that_acted(village: District) -> None:
    """A branch without a policy that acted already is not refused because of the baseline, which does nothing."""
    early = policy({"lever": "publicity", "set": 0.5, "from": "2010-03"}, name="early")
    otherwise = policy({"lever": "publicity", "set": 0.4, "from": "2010-02"}, name="otherwise")
    model = PermitModel(village, early, 100, rng=1)
    model.run_until("2010-06")
    expected: list[tuple[Scenario | None, tuple[str, ...]]] = [
        (None, ("the scenario baseline differs from early in months already simulated", "2010-03")),
        (otherwise, ("the scenario otherwise differs from early in months already simulated", "2010-02")),
    ]
    for scenario, parts in expected:
        with pytest.raises(InputError) as caught:
            model.branch(scenario)
        message = str(caught.value)
        assert "the scenario baseline acts" not in message
        for part in (*parts, "from 2010-07 on"):
            assert part in message


def test_leaving_out_what_has_acted_already_is_refused_too(village: District) -> None:
    model = PermitModel(village, EVERYTHING, 100, rng=1, parameters=PARAMETERS)
    model.run_until("2010-03")
    changed = replace(EVERYTHING, stated=EVERYTHING.stated[1:])
    with pytest.raises(InputError, match=r"differs from .* in months already simulated"):
        model.branch(changed)
    with pytest.raises(InputError, match=r"differs from .* in months already simulated"):
        model.branch(None)
    model.branch(replace(EVERYTHING, name="the same by another name"))


def test_a_trial_is_not_saved_as_if_there_were_none(model: PermitModel, tmp_path: Path) -> None:
    slots, centres = np.ones(model.world.slots, dtype=bool), np.zeros(model.world.streets, dtype=bool)
    persons, profiles = model.state.migrants.person.copy(), np.ones(PROFILES, dtype=bool)
    assignment = Assignment(np.uint64(1), 0.5, persons, slots, slots, profiles, centres)
    with pytest.raises(InputError, match=r"trial\.npz: a model in a trial cannot be saved"):
        save_model(model.start_trial(policy(), assignment), tmp_path / "trial.npz")
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such file"):
        restore_model(tmp_path / "nowhere")


def test_a_district_that_has_changed_since_is_noticed(model: PermitModel, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    folder.mkdir()
    for name in ("population.toml", "parameters.toml"):
        content = (model.district.folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(content, encoding="utf-8")
    assert_same_state(restore_model(file, district=folder), model)
    counted = (folder / "population.toml").read_text(encoding="utf-8")
    (folder / "population.toml").write_text(counted.replace("360_000", "360_001"), encoding="utf-8")
    with pytest.raises(InputError, match="the district's files have changed since the model was saved"):
        restore_model(file, district=load_district(folder))


def test_a_district_made_in_code_is_not_taken_for_that_of_its_folder(template: District, tmp_path: Path) -> None:
    """It is either brought back as it was, or asked for; never silently another population."""
    place = with_counts(template, {"2010-01": 360_000, "2010-12": 250_000})
    model = PermitModel(place, agents=2_400, rng=1)
    model.run_until("2010-03")
    save_model(model, tmp_path / "model")
    try:
        restored = restore_model(tmp_path / "model")
    except InputError:
        return
    for each in (model, restored):
        each.run_until("2010-09")
    assert_same_tables(model, restored)


def test_a_model_can_be_saved_before_its_first_month(village: District, tmp_path: Path) -> None:
    model = PermitModel(village, agents=100, rng=1)
    save_model(model, tmp_path / "model")
    restored = restore_model(tmp_path / "model", district=village)
    for each in (model, restored):
        each.run_until("2010-06")
    assert_same_tables(model, restored)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert_refused(tmp_path / "empty")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not a file.*a folder"):
        restore_model(tmp_path)


def test_a_file_cut_short_anywhere_is_refused(file: Path) -> None:
    content = file.read_bytes()
    for end in (1, 3, 30, 100, 1_000, len(content) // 2, len(content) - 500, len(content) - 22, len(content) - 1):
        file.write_bytes(content[:end])
        assert_refused(file)


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "foreign"
    for content in (b"valid,queued\n1,2\n", b"\x00" * 500, b"PK\x03\x04" + b"x" * 100, b"\x93NUMPY\x01\x00"):
        file.write_bytes(content)
        assert_refused(file)
    with file.open("wb") as stream:
        np.save(stream, np.arange(5))
    assert_refused(file)
    with file.open("wb") as stream:
        np.savez(stream, migrants=np.arange(5))
    assert_refused(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "not an array")
    assert_refused(file)


class Trap:
    """What, unpickled, would call a function of the file's choosing."""

    sprung = False

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return (spring, ())


def spring() -> None:
    Trap.sprung = True


def test_a_pickled_object_is_refused_and_never_brought_to_life(tmp_path: Path) -> None:
    file = tmp_path / "pickled"
    file.write_bytes(pickle.dumps(Trap()))
    assert_refused(file)
    trapped = np.array([Trap()], dtype=object)
    with file.open("wb") as stream:
        np.save(stream, trapped, allow_pickle=True)
    assert_refused(file)
    for name in ("header", "status", "checksum"):
        with file.open("wb") as stream:
            np.savez(stream, allow_pickle=True, **{name: trapped})
        assert_refused(file)
    assert not Trap.sprung


def rewritten(file: Path, changed: dict[str, bytes]) -> None:
    """The archive with some members' contents replaced, its own checks in order."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (members | changed).items():
            archive.writestr(name, content)


@pytest.mark.parametrize("name", ["status", "line", "length", "credit", "wait", "reputation", "delivered", "header"])
def test_an_array_that_was_tampered_with_is_noticed(file: Path, name: str) -> None:
    """Though the archive itself is sound."""
    with zipfile.ZipFile(file) as archive:
        content = bytearray(archive.read(f"{name}.npy"))
    content[-2] ^= 1
    rewritten(file, {f"{name}.npy": bytes(content)})
    assert_refused(file)


def test_a_file_of_another_format_is_refused(file: Path) -> None:
    with np.load(file) as archive:
        header = archive["header"].tobytes().replace(b'"format": 3', b'"format": 2')
    stream = io.BytesIO()
    np.save(stream, np.frombuffer(header, dtype=np.uint8))
    rewritten(file, {"header.npy": stream.getvalue()})
    assert_refused(file)


def bits_to_flip(content: bytes) -> Iterator[int]:
    """Every bit of the first array's header, of the archive's entry for it, and of the archive's end."""
    for mark, length in ((b"\x93NUMPY", 128), (b"PK\x01\x02", 58), (b"PK\x05\x06", 22)):
        at = content.find(mark)
        yield from range(8 * at, 8 * (at + length))


@pytest.mark.slow
def test_a_single_flipped_bit_is_noticed_or_harmless(village: District, tmp_path: Path) -> None:
    """Some bits of an archive say nothing that is read (times, permissions): then the model is whole."""
    model = PermitModel(village, agents=60, rng=1)
    model.step()
    file = tmp_path / "model"
    save_model(model, file)
    content = file.read_bytes()
    for bit in bits_to_flip(content):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        try:
            restored = restore_model(file, district=village)
        except InputError:
            continue
        assert_same_state(model, restored)

"""A model in a file: saved at a month, restored to live on, bit for bit as if it had never stopped.

The file is a NumPy archive of plain arrays (nothing in it is ever executed) and a header in JSON, under a checksum.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.months import month_name
from takeup.reading import validated
from takeup.scenario import Intervention, Scenario, Stated, load_scenario
from takeup.simulation.model import Moment, PermitModel
from takeup.simulation.record import COLUMNS
from takeup.simulation.state import MIGRANT, Migrants, State

FORMAT: Final = 2
_ARRAYS: Final = ("line", "length", "credit", "wait", "reputation", "delivered")


def save_model(model: PermitModel, file: Path) -> None:
    """Write the model to a file, whole or not at all."""
    arrays: dict[str, NDArray[Any]] = {name: getattr(model.state, name) for name in _ARRAYS}
    arrays |= model.state.columns
    arrays["group_counts"] = np.array(model.group_counts, dtype=np.int64)
    header = json.dumps(_header(model)).encode()
    arrays["header"] = np.frombuffer(header, dtype=np.uint8)
    arrays["checksum"] = np.frombuffer(_checksum(arrays), dtype=np.uint8)
    aside = file.with_name(f".{file.name}.part")
    try:
        with aside.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def restore_model(
    file: Path, scenario: str | Path | Scenario | None = None, district: str | Path | District | None = None
) -> PermitModel:
    """The model of a file.

    Args:
        file: as `save_model` wrote it.
        scenario: another policy to live on under; None: the one it was saved under.
        district: where the district's folder lies now; None: where it lay when it was saved.

    Raises:
        InputError: the file is damaged, or of another version of the district.
    """
    arrays = _read(file)
    header: dict[str, Any] = json.loads(arrays["header"].tobytes())
    place = load_district(district if district is not None else header["district"])
    if place.digest != header["digest"]:
        raise InputError("saved with another state of the district", file=file, given=str(place.folder))
    model = PermitModel(
        place,
        _policy(header["policy"]),
        header["agents"],
        header["engine"],
        header["seed"],
        parameters=header["parameters"],
        start=header["start"],
        until=header["until"],
        moment=_moment(arrays, header),
    )
    return model if scenario is None else model.branch(load_scenario(scenario))


def _header(model: PermitModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "district": str(model.district.folder),
        "digest": model.district.digest,
        "policy": {
            "name": model.policy.name,
            "title": model.policy.title,
            "question": model.policy.question,
            "source": model.policy.source,
            "interventions": [
                stated.intervention.model_dump(by_alias=True, exclude_none=True) for stated in model.policy.stated
            ],
        },
        "agents": model.agents_at_most,
        "engine": model.engine,
        "seed": model.seed,
        "parameters": model.overrides,
        "start": month_name(model.start),
        "until": month_name(model.until),
        "month": model.state.month,
        "population": model.state.population,
        "red_tape": model.state.red_tape,
        "rows": [list(row.values()) for row in model.rows],
    }


def _policy(saved: dict[str, Any]) -> Scenario:
    stated = tuple(
        Stated(validated(Intervention, each), None, number) for number, each in enumerate(saved["interventions"], 1)
    )
    return Scenario(saved["name"], saved["title"], saved["question"], saved["source"], stated)


def _moment(arrays: dict[str, NDArray[Any]], header: dict[str, Any]) -> Moment:
    state = State(
        month=header["month"],
        population=header["population"],
        red_tape=header["red_tape"],
        migrants=Migrants(*(arrays[name] for name in MIGRANT.names or ())),
        **{name: arrays[name] for name in _ARRAYS},
    )
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in header["rows"]]
    return Moment(state, rows, list(arrays["group_counts"]) if rows else [], None)


def _read(file: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        whole = arrays.pop("checksum").tobytes() == _checksum(arrays)
        known = whole and json.loads(arrays["header"].tobytes())["format"] == FORMAT
        known = known and all(arrays[name].dtype == MIGRANT[name] for name in MIGRANT.names or ())
    except FileNotFoundError:
        raise InputError("no such file", file=file) from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, RuntimeError):
        whole = known = False
    if not whole or not known:
        raise InputError("not a saved model, or damaged", file=file, allowed="a file written by saving a model")
    return arrays


def _checksum(arrays: dict[str, NDArray[Any]]) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.digest()

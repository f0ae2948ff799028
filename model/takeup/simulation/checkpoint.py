"""Save a model to a file, and restore it exactly to the bit.

The file is a NumPy archive of plain arrays, with a header in JSON and a checksum. No code in the file is executed. A
checksum detects damage, not manipulation: the restored state is also checked, because compiled code relies on it.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.io import StrictModel, as_path, open_whole, parse_model, require_regular_file
from takeup.limits import MAX_SEED
from takeup.message import Message
from takeup.months import format_month, parse_month
from takeup.scenario import (
    Intervention,
    Purchase,
    Scenario,
    SourcedIntervention,
    SourcedPurchase,
    load_scenario,
)
from takeup.simulation.agents import Migrant
from takeup.simulation.district_model import Checkpoint, Engine
from takeup.simulation.model import PermitModel
from takeup.simulation.output import COLUMNS, GROUP_COUNTS, Row, group_names
from takeup.simulation.state import MIGRANT, Migrants, State, check_state, find_violations
from takeup.simulation.world import build_world

FORMAT: Final = 3
_ARRAYS: Final = ("line", "length", "credit", "wait", "reputation", "delivered")
_NAMES: Final = {*_ARRAYS, *(MIGRANT.names or ()), "group_counts", "header", "checksum"}
_MOST_INTERVENTIONS: Final = 10_000


class _Policy(StrictModel):
    name: str
    title: str
    question: str
    source: str
    interventions: list[dict[str, Any]] = Field(max_length=_MOST_INTERVENTIONS)
    measures: list[dict[str, Any]] = Field(max_length=_MOST_INTERVENTIONS)


class _Header(StrictModel):
    format: Literal[3]
    model_class: str = "takeup.simulation.model.PermitModel"
    migrant_class: str = "takeup.simulation.agents.Migrant"
    district: str
    digest: str
    policy: _Policy
    agents: int
    engine: Engine
    seed: int
    parameters: dict[str, float]
    start: str
    until: str
    month: int
    population: int
    red_tape: float
    rows: list[list[str | int | float]]


def save_model(model: PermitModel, file: str | PathLike[str]) -> None:
    """Write a model to a file, completely or not at all.

    Raises:
        InputError: the model has a trial in progress, which a file cannot represent, or its state is not valid.
        OutputError: the file cannot be written.
    """
    file = as_path(file, "file")
    if model.arms is not None:
        raise InputError("a model in a trial cannot be saved", file=file, allowed="a model without a trial")
    check_state(model.state, model.world)
    arrays: dict[str, NDArray[Any]] = {name: getattr(model.state, name) for name in _ARRAYS}
    arrays |= model.state.columns
    arrays["group_counts"] = np.array(model.group_counts, dtype=np.int64)
    header = json.dumps(_header(model)).encode()
    arrays["header"] = np.frombuffer(header, dtype=np.uint8)
    arrays["checksum"] = np.frombuffer(_checksum(arrays), dtype=np.uint8)
    with open_whole(file) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def restore_model(
    file: str | PathLike[str],
    scenario: str | Path | Scenario | None = None,
    district: str | Path | District | None = None,
    *,
    model_class: type[PermitModel] = PermitModel,
    migrant_class: type[Migrant] = Migrant,
) -> PermitModel:
    """Restore a model from a file.

    Args:
        file: file written by `save_model`.
        scenario: another policy under which the model continues; None: the policy of the saved model.
        district: current folder of the district; None: the folder when the model was saved.
        model_class: class of the saved model.
        migrant_class: class of its migrants.

    Raises:
        InputError: the file is damaged, or belongs to another version of the district.
    """
    file = as_path(file, "file")
    arrays = _read(file)
    header = _header_of(arrays, file)
    _check_classes(header, model_class, migrant_class, file)
    place = load_district(district if district is not None else header.district)
    if place.digest != header.digest:
        raise InputError(
            "the district's files have changed since the model was saved",
            file=file,
            key="district",
            given=str(place.folder),
            allowed="a folder with the files that the district had when the model was saved",
        )
    _check_consistency(arrays, header, place, file)
    try:
        parameters = place.parameters.override(header.parameters)
        world = build_world(place, parameters, header.agents, header.seed)
        state = _state(arrays, header)
        reason = find_violations(state, world)
        if reason is not None:
            raise _refusal(file, reason)
        model = model_class(
            place,
            _policy(header.policy),
            header.agents,
            header.engine,
            header.seed,
            parameters=header.parameters,
            start=header.start,
            until=header.until,
            migrant_class=migrant_class,
            checkpoint=Checkpoint(state, _rows(header), list(arrays["group_counts"]) if header.rows else [], world),
        )
    except InputError as error:
        raise error.within(file=file) from None
    return model if scenario is None else model.branch(load_scenario(scenario))


def _check_classes(header: _Header, model: type, migrant: type, file: Path) -> None:
    for key, saved, given in (
        ("model_class", header.model_class, model),
        ("migrant_class", header.migrant_class, migrant),
    ):
        if saved != _class_name(given):
            raise InputError(
                Message("the model was saved with another {key}", key=key),
                file=file,
                key=key,
                given=_class_name(given),
                allowed=saved,
            )


def _class_name(each: type) -> str:
    return f"{each.__module__}.{each.__qualname__}"


def _header(model: PermitModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model_class": _class_name(type(model)),
        "migrant_class": _class_name(model.migrant_class),
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
            "measures": [
                stated.purchase.model_dump(by_alias=True, exclude_none=True) for stated in model.policy.purchases
            ],
        },
        "agents": model.agents_at_most,
        "engine": model.engine,
        "seed": model.seed,
        "parameters": model.overrides,
        "start": format_month(model.start),
        "until": format_month(model.until),
        "month": model.state.month,
        "population": model.state.population,
        "red_tape": model.state.red_tape,
        "rows": [list(row.values()) for row in model.rows],
    }


def _header_of(arrays: dict[str, NDArray[Any]], file: Path) -> _Header:
    try:
        return parse_model(_Header, json.loads(arrays["header"].tobytes()))
    except (InputError, ValueError, RecursionError) as error:
        raise _refusal(file, Message("the header is invalid: {error}", error=error)) from None


def _check_consistency(arrays: dict[str, NDArray[Any]], header: _Header, place: District, file: Path) -> None:
    """Compare the header of a file with its arrays and the district.

    This check comes before arrays of the size given in the header are allocated.
    """
    if arrays["person"].shape != (header.agents,) or not 0 <= header.seed <= MAX_SEED:
        raise _refusal(file, Message("the header does not match the arrays"))
    first = parse_month(header.start)
    names = [format_month(first + number) for number in range(len(header.rows))]
    months = [row[0] if len(row) == len(COLUMNS) else None for row in header.rows]
    if months != names or header.month != first + len(names) - 1 or header.month > parse_month(header.until):
        raise _refusal(file, Message("the rows of the monthly table do not match the period in the header"))
    if any(isinstance(value, str) for row in header.rows for value in row[1:]):
        raise _refusal(file, Message("the monthly table contains values that are not numbers"))
    counts, groups = arrays["group_counts"], len(group_names(place.streets))
    if header.rows and (counts.dtype != np.int64 or counts.shape != (len(names), groups, len(GROUP_COUNTS))):
        raise _refusal(file, Message("the counts by group do not match the period in the header"))


def _policy(saved: _Policy) -> Scenario:
    stated = tuple(
        SourcedIntervention(parse_model(Intervention, each), None, number)
        for number, each in enumerate(saved.interventions, 1)
    )
    purchases = tuple(
        SourcedPurchase(parse_model(Purchase, each), None, number) for number, each in enumerate(saved.measures, 1)
    )
    return Scenario(saved.name, saved.title, saved.question, saved.source, stated, purchases)


def _state(arrays: dict[str, NDArray[Any]], header: _Header) -> State:
    return State(
        month=header.month,
        population=header.population,
        red_tape=header.red_tape,
        migrants=Migrants(*(arrays[name] for name in MIGRANT.names or ())),
        **{name: arrays[name] for name in _ARRAYS},
    )


def _rows(header: _Header) -> list[Row]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in header.rows]


def _read(file: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of a file.

    Compressed arrays are refused, so that the arrays need no more memory than the file.
    """
    require_regular_file(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            plain = all(member.compress_type == zipfile.ZIP_STORED for member in members)
            named = sorted(member.filename for member in members) == sorted(f"{name}.npy" for name in _NAMES)
        if not plain or not named:
            raise _refusal(file)
        with np.load(file, allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
        if arrays.pop("checksum").tobytes() != _checksum(arrays):
            raise _refusal(file)
    except FileNotFoundError:
        raise InputError("no such file", file=file, allowed="an existing file") from None
    except InputError:
        raise
    except Exception as error:  # NumPy documents no list of the errors that its reader may raise
        raise _refusal(file, type(error).__name__) from None
    return arrays


def _refusal(file: Path, reason: str | None = None) -> InputError:
    return InputError(
        Message("the file is not a saved model, or it is damaged ({reason})", reason=reason)
        if reason
        else "the file is not a saved model, or it is damaged",
        file=file,
        allowed="a file written by saving a model",
    )


def _checksum(arrays: dict[str, NDArray[Any]]) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.digest()

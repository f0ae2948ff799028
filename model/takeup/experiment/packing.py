"""What a task left behind as text that a journal can hold, and back again to the bit."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import Any

import numpy as np
import pandas as pd

from takeup.experiment.code import code_digest
from takeup.experiment.tasks import Lived, Task


def journal_key(task: Task) -> str:
    """A hash of all that decides what a task leaves behind."""
    decides = json.dumps([task.key, task.people, code_digest()])
    return hashlib.sha256(decides.encode()).hexdigest()[:24]


def packed(lived: list[Lived]) -> list[dict[str, Any]]:
    """Runs as JSON can hold them; tables are Parquet in base 64, which keeps types and bits."""
    return [
        {
            "scenario": run.scenario,
            "seed": run.seed,
            "monthly": _text(run.monthly),
            "groups": _text(run.groups),
            "fates": run.fates.tolist(),
            "people": None if run.people is None else _text(run.people),
        }
        for run in lived
    ]


def unpacked(runs: list[dict[str, Any]]) -> list[Lived]:
    """What `packed` was made of."""
    return [
        Lived(
            run["scenario"], run["seed"], _table(run["monthly"]), _table(run["groups"]),
            np.array(run["fates"], dtype=np.int64), None if run["people"] is None else _table(run["people"]),
        )
        for run in runs
    ]  # fmt: skip


def _text(table: pd.DataFrame) -> str:
    return base64.b64encode(table.to_parquet(index=False)).decode()


def _table(text: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(base64.b64decode(text)))

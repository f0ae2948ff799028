"""Published field experiments as observations of a calibration.

The quantity of an experiment is computed by its replication inside the model, see `takeup.analysis.validation`. The
total error of its estimate is the standard error of the study and the transfer error: how far the effects of such
treatments differ between programmes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Literal, NamedTuple

from pydantic import Field

from takeup.analysis.validation.studies import STUDIES, SetUp, Study, read_studies
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.limits import check_names
from takeup.message import DataText, Message
from takeup_calibration.observations import Observation
from takeup_calibration.targets import read_targets

EXPERIMENTS: Final = Path(__file__).resolve().with_name("experiments.toml")
"""The shipped experiments, for all districts."""

Scale = Literal["points", "log ratio"]
_UNITS: Final[dict[Scale, tuple[str, ...]]] = {"points": ("points",), "log ratio": ("ratio", "per 100 persons")}
"""Units of a study's quantity that can be analysed on each scale."""


class TransferError(StrictModel):
    """Standard deviation of the effects of one class of treatments between programmes, on one scale."""

    sd: float = Field(gt=0, allow_inf_nan=False)
    status: Status
    source: str = Field(min_length=1)


class _Entry(StrictModel):
    """A table `[[experiment]]` of the file; `class` is the class of the treatment."""

    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    study: str
    scale: Scale
    estimate: float = Field(allow_inf_nan=False)
    standard_error: float = Field(gt=0, allow_inf_nan=False)
    treatment: str = Field(alias="class")
    status: Status
    source: str = Field(min_length=1)
    fit: bool = True


class _File(StrictModel):
    transfer: dict[str, dict[Scale, TransferError]] = Field(min_length=1)
    experiment: list[_Entry] = Field(min_length=1, max_length=200)


class Experiment(Observation):
    """A published experiment, on the scale on which it is analysed.

    Attributes:
        study: finding of the study, with the quantity that its replication computes.
        scale: "points": percentage points; "log ratio": natural logarithm of the quantity.
        estimate: estimate of the study on this scale, equal to `low` and `high`.
        standard_error: standard error of the estimate.
        treatment: class of the treatment, which determines the transfer error.
        transfer: transfer error on this scale.
        source: origin of the estimate and its standard error.
    """

    kind: ClassVar[str] = "experiment"
    remedy: ClassVar[Message] = Message("remove it from the file of experiments")

    study: Study
    scale: Scale
    standard_error: float
    treatment: str
    transfer: TransferError
    source: str

    @property
    def estimate(self) -> float:
        """Estimate of the study on the scale of analysis."""
        return self.low

    def on_scale(self, value: float) -> float:
        """Convert a value of the quantity to the scale of analysis; NaN if it has no logarithm."""
        if self.scale == "points":
            return value
        return math.log(value) if value > 0.0 else math.nan

    def predict_from(self, output: Mapping[str, Mapping[str, float]]) -> float:
        """Return the prediction of an evaluation's output on the scale of analysis; NaN if undefined."""
        return self.on_scale(output.get("experiments", {}).get(self.study.quantity, math.nan))


class ReplicationPlan(NamedTuple):
    """The replications that an evaluation simulates.

    Attributes:
        quantities: names of the quantities to compute, in alphabetical order.
        set_up: numbers used in the set-ups.
    """

    quantities: tuple[str, ...]
    set_up: SetUp

    @property
    def content(self) -> list[object]:
        """Everything that determines the results."""
        return [list(self.quantities), self.set_up.content]


def plan_replications(experiments: Sequence[Experiment]) -> ReplicationPlan | None:
    """Return the plan of the replications that some experiments need; None without experiments."""
    if not experiments:
        return None
    return ReplicationPlan(tuple(sorted({each.study.quantity for each in experiments})), read_studies().set_up)


def read_experiments(file: Path = EXPERIMENTS) -> list[Experiment]:
    """Read a file of experiments.

    Raises:
        InputError: the file is invalid, for example if an experiment names an unknown study or a class without a
            transfer error on its scale.
    """
    content = parse_model(_File, read_toml(file), file=file)
    check_names([each.name for each in content.experiment], "experiment", file=file)
    studies = {study.name: study for study in read_studies().each}
    return [
        _experiment(entry, studies, content.transfer, file, f"experiment {number}")
        for number, entry in enumerate(content.experiment, 1)
    ]


def read_observations(targets: Path, experiments: Path | None) -> list[Observation]:
    """Read the targets of a file, and after them the experiments of another file.

    Args:
        targets: file of targets.
        experiments: file of experiments; None for no experiments.

    Raises:
        InputError: a file is invalid, or an experiment has the name of a target.
    """
    observed: list[Observation] = [*read_targets(targets)]
    names = [target.name for target in observed]
    for number, experiment in enumerate([] if experiments is None else read_experiments(experiments), 1):
        if experiment.name in names:
            raise InputError(
                "the experiment has the name of a target",
                file=experiments,
                key=f"experiment {number}, name",
                given=experiment.name,
                allowed=Message("another name than those of the targets in {file}", file=targets),
            )
        observed.append(experiment)
    return observed


def _experiment(
    entry: _Entry,
    studies: Mapping[str, Study],
    transfers: Mapping[str, Mapping[Scale, TransferError]],
    file: Path,
    table: str,
) -> Experiment:
    """Combine an entry of a file with its study and its transfer error."""
    study = studies.get(entry.study)
    if study is None:
        raise InputError(
            Message("unknown study; the studies are the findings of {file}", file=STUDIES.name),
            file=file, key=f"{table}, study", given=entry.study, allowed=list(studies),
        )  # fmt: skip
    if study.unit not in _UNITS[entry.scale]:
        raise InputError(
            Message(
                'the quantity of the study "{study}" is in the unit "{unit}"',
                study=study.name,
                unit=DataText(study.unit),
            ),
            file=file,
            key=f"{table}, scale",
            given=entry.scale,
            allowed=[scale for scale, units in _UNITS.items() if study.unit in units],
        )
    if entry.treatment not in transfers:
        raise InputError(
            "the class has no transfer error",
            file=file, key=f"{table}, class", given=entry.treatment, allowed=list(transfers),
        )  # fmt: skip
    transfer = transfers[entry.treatment].get(entry.scale)
    if transfer is None:
        raise InputError(
            Message('the class "{name}" has no transfer error on this scale', name=entry.treatment),
            file=file,
            key=f"{table}, scale",
            given=entry.scale,
            allowed=Message(
                'a table [transfer.{name}."{scale}"], or one of the scales {scales}',
                name=entry.treatment,
                scale=entry.scale,
                scales=tuple(transfers[entry.treatment]),
            ),
        )
    return Experiment(
        name=entry.name,
        low=entry.estimate,
        high=entry.estimate,
        tolerance=math.hypot(entry.standard_error, transfer.sd),
        local=False,
        fit=entry.fit,
        study=study,
        scale=entry.scale,
        standard_error=entry.standard_error,
        treatment=entry.treatment,
        transfer=transfer,
        source=entry.source,
    )

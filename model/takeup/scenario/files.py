"""Scenario files: format, JSON Schema, search by name, and reading.

`timeline` computes what they change.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import AliasChoices, Field, model_validator

from takeup.district import ATTRIBUTES, lever_names
from takeup.district.attributes import AREA
from takeup.district.operations import OPERATIONS
from takeup.errors import InputError
from takeup.io import StrictModel, as_path, is_file, parse_model, read_toml, require_regular_file
from takeup.message import Message
from takeup.months import format_month, parse_month
from takeup.scenario.interventions import Intervention, SourcedIntervention, refuse_size
from takeup.scenario.purchases import Purchase, SourcedPurchase

MOST_INTERVENTIONS: Final = 200
MOST_PURCHASES: Final = 40
_PACKAGED = Path(__file__).resolve().parents[1] / "scenarios"
_SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).resolve().parents[3] / "scenarios"
"""The shipped scenarios: package data of an installed wheel; the repository's folder with an editable install."""
_MAX_DEPTH = 20


AnyIntervention = TypeVar("AnyIntervention", bound=Intervention)


class InterventionsFile(StrictModel, Generic[AnyIntervention]):
    """A file of interventions: differences from the file that it extends, with their source."""

    schema_: str | None = Field(
        default=None,
        validation_alias=AliasChoices("$schema"),
        alias="$schema",
        description="Address of the JSON Schema, for editors; the model ignores it.",
    )
    title: str = Field(min_length=1, max_length=200, description="Title of a few words, which labels the charts.")
    question: str = Field(default="", max_length=2000, description="Question that the scenario is to answer.")
    source: str = Field(
        min_length=1, max_length=2000, description="Author of the proposal, or place where it was carried out."
    )
    extends: str | None = Field(
        default=None,
        description="Scenario file in the same folder or in a folder below; its interventions come first.",
    )
    intervention: list[AnyIntervention] = Field(
        default=[],
        max_length=MOST_INTERVENTIONS,
        description="Interventions in the order in which they are applied, one lever each.",
    )

    @model_validator(mode="before")
    @classmethod
    def _has_no_size(cls, content: Any) -> Any:
        return refuse_size(cls, content)


class ScenarioFile(InterventionsFile[Intervention]):
    """A scenario file: differences from the file that it extends, with their source."""

    measure: list[Purchase] = Field(
        default=[],
        max_length=MOST_PURCHASES,
        description="Measures of the district that are bought; they act after all interventions.",
    )


@dataclass(frozen=True)
class Scenario:
    """A policy, including the files that it extends.

    Attributes:
        name: name of the file without its suffix; `baseline` for no intervention.
        title, question, source: title, question and source of the file.
        stated: interventions in order, those of extended files first.
        purchases: measures that are bought, in order, those of extended files first.
    """

    name: str
    title: str
    question: str
    source: str
    stated: tuple[SourcedIntervention, ...]
    purchases: tuple[SourcedPurchase, ...] = ()

    def __post_init__(self) -> None:
        """Accept interventions and purchases without a file, and any sequence."""
        stated = [
            SourcedIntervention(each, None, number) if isinstance(each, Intervention) else each
            for number, each in enumerate(self.stated, 1)
        ]
        purchases = [
            SourcedPurchase(each, None, number) if isinstance(each, Purchase) else each
            for number, each in enumerate(self.purchases, 1)
        ]
        object.__setattr__(self, "stated", tuple(stated))
        object.__setattr__(self, "purchases", tuple(purchases))

    @property
    def first(self) -> int | None:
        """Number of the first month that differs from the baseline; None if none does."""
        return min(
            (
                *(stated.intervention.first for stated in self.stated),
                *(stated.purchase.first for stated in self.purchases),
            ),
            default=None,
        )

    @property
    def is_empty(self) -> bool:
        """Whether the scenario changes nothing."""
        return not (self.stated or self.purchases)

    def check_period(self, first: int, last: int) -> None:
        """Check that every intervention and every purchase begins in a simulated month.

        An intervention that begins before the run would act without its fixed cost and its ramp. An intervention that
        begins after the run would do nothing. An intervention that ends after the run is allowed.

        Args:
            first: number of the first simulated month.
            last: number of the last one.

        Raises:
            InputError: An intervention or a purchase begins outside the simulated months.
        """
        every = [
            *(
                (each.file, each.key, Message("the intervention"), each.intervention.from_month)
                for each in self.stated
            ),
            *((each.file, each.key, Message("the measure"), each.purchase.from_month) for each in self.purchases),
        ]
        for file, key, what, month in every:
            if not first <= parse_month(month) <= last:
                raise InputError(
                    Message("{what} begins outside the simulated months", what=what),
                    file=file,
                    key=f"{key}, from",
                    given=month,
                    allowed=Message(
                        "{first} to {last}, the months of the run (see --until)",
                        first=format_month(first),
                        last=format_month(last),
                    ),
                )

    @property
    def content(self) -> list[str]:
        """The name, each intervention and each purchase as JSON, for hashes of what a run depends on."""
        purchases = (stated.purchase.model_dump_json() for stated in self.purchases)
        return [self.name, *(stated.content for stated in self.stated), *purchases]


BASELINE = Scenario("baseline", "Baseline", "What happens if nothing is changed?", "no intervention", ())


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, with names of levers and groups."""
    schema = ScenarioFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "takeup scenario"
    intervention = schema["$defs"]["Intervention"]
    intervention["properties"]["lever"]["enum"] = lever_names()
    intervention["properties"]["groups"] = {
        "type": "object",
        "description": intervention["properties"]["groups"]["description"],
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            **{
                attribute: {"type": "array", "items": {"enum": list(levels)}}
                for attribute, levels in ATTRIBUTES.items()
            },
            AREA: {"type": "array", "items": {"type": "string"}},
        },
    }
    costs = schema["$defs"]["Cost"]["properties"]
    amounts = [costs[name] for name in costs if name.endswith("_cny")]
    for amount in (*amounts, schema["$defs"]["Purchase"]["properties"]["yuan_per_year"]):
        amount["type"] = ["number", "string"]  # a text such as "300万", see `Yuan`
    intervention["oneOf"] = [{"required": [operation]} for operation in OPERATIONS]
    return schema


def load_scenario(named: str | Path | Scenario | None = None) -> Scenario:
    """Load the scenario of a path or a name.

    A name is searched as ./NAME.toml, then as ./scenarios/NAME.toml, then among the shipped scenarios; `baseline`
    needs no file.

    Args:
        named: a path, a name, or a scenario, which is only checked; None: the baseline.

    Raises:
        InputError: there is no such scenario; its file, or one that it extends, is wrong; or it is called `baseline`
            and changes something.
    """
    if isinstance(named, Scenario):
        return _check_name(named, None)
    file = None if named is None else _locate(named)
    return BASELINE if file is None else read_scenario(file)


def known_scenarios() -> dict[str, Path]:
    """Return the scenario files that can be given by their bare name, by name."""
    files: dict[str, Path] = {}
    for folder in _folders():
        for file in sorted(folder.glob("*.toml")):
            files.setdefault(file.stem, file)
    return files


def _folders() -> list[Path]:
    return [Path("scenarios"), _SHIPPED]


def _locate(named: str | Path) -> Path | None:
    """Return the file of a name or path; None for the baseline without a file."""
    path = as_path(named, "scenario")
    if is_file(path):
        return path
    if path.suffix == ".toml" or len(path.parts) > 1:
        require_regular_file(path)
        raise InputError(
            "no such scenario file",
            key="scenario",
            given=str(named),
            allowed="an existing file, or a name that `takeup list` prints",
            nearest=[*_beside(path), *(str(file) for file in known_scenarios().values())],
        )
    for folder in (Path(), *_folders()):
        file = folder / f"{named}.toml"
        if is_file(file):
            return file
    if str(named) == BASELINE.name:
        return None
    names = [BASELINE.name, *known_scenarios()]
    raise InputError(
        "no such scenario",
        key="scenario",
        given=str(named),
        allowed=Message("a file, or {names}", names=tuple(dict.fromkeys(names))),
        nearest=[*names, *(file.stem for file in Path().glob("*.toml"))],
    )


def _beside(path: Path) -> list[str]:
    """Suggest the scenario files in the same folder as a file that does not exist."""
    try:
        return sorted(str(path.with_name(file.name)) for file in path.parent.glob("*.toml"))
    except (OSError, ValueError):
        return []


def read_scenario(
    file: Path, model: type[InterventionsFile[Any]] = ScenarioFile, *, extended_by: tuple[Path, ...] = ()
) -> Scenario:
    """Read a scenario file and the files that it extends.

    Args:
        file: the file.
        model: class of the file's content; the files that it extends are scenario files.
        extended_by: files that extend this one, directly or indirectly, the first one read first.

    Raises:
        InputError: the file, or one that it extends, is wrong.
    """
    if file.resolve() in extended_by:
        chain = " -> ".join(path.stem for path in (*extended_by, file))
        raise InputError(
            "the file extends itself",
            file=file,
            key="extends",
            given=chain,
            allowed="files that do not extend this one",
        )
    if len(extended_by) >= _MAX_DEPTH:
        allowed = Message("at most {number} files that extend one another", number=_MAX_DEPTH)
        raise InputError("the chain of extended files is too long", file=file, key="extends", allowed=allowed)
    written = parse_model(model, read_toml(file), file=file)
    inherited = BASELINE
    if written.extends is not None:
        inherited = _read_extended(file, written.extends, (*extended_by, file.resolve()))
    own = tuple(SourcedIntervention(each, file, number) for number, each in enumerate(written.intervention, 1))
    measures = written.measure if isinstance(written, ScenarioFile) else ()
    purchases = tuple(SourcedPurchase(each, file, number) for number, each in enumerate(measures, 1))
    scenario = Scenario(
        file.stem,
        written.title,
        written.question,
        written.source,
        inherited.stated + own,
        inherited.purchases + purchases,
    )
    return _check_name(scenario, file)


def _check_name(scenario: Scenario, file: Path | None) -> Scenario:
    """Return the scenario; refuse one that is called `baseline` but has interventions."""
    number = len(scenario.stated) + len(scenario.purchases)
    if scenario.name == BASELINE.name and number:
        raise InputError(
            'a scenario named "baseline" has interventions',
            file=file,
            key="intervention" if scenario.stated else "measure",
            given=Message("1 intervention") if number == 1 else Message("{number} interventions", number=number),
            allowed="no interventions, or another name for the file",
        )
    return scenario


def _read_extended(file: Path, extended: str, extended_by: tuple[Path, ...]) -> Scenario:
    """Return the scenario of an extended file of the same folder or below."""
    folder = file.resolve().parent
    try:
        target = (folder / (extended if extended.endswith(".toml") else f"{extended}.toml")).resolve()
    except (OSError, ValueError):
        raise InputError(
            "the value is not the name of a scenario file",
            file=file,
            key="extends",
            given=extended,
            allowed=Message("a file in {name}/", name=folder.name),
        ) from None
    if not target.is_relative_to(folder):
        raise InputError(
            "the extended file is outside the scenario's folder",
            file=file,
            key="extends",
            given=extended,
            allowed=Message("a file in {name}/", name=folder.name),
        )
    if not is_file(target):
        if extended == BASELINE.name:
            return BASELINE
        near = [path.stem for path in folder.glob("*.toml")]
        raise InputError("no such scenario", file=file, key="extends", given=extended, allowed=sorted(near))
    return read_scenario(target, extended_by=extended_by)

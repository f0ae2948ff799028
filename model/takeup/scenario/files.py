"""Scenario files: format, JSON Schema, search by name, and reading.

`timeline` computes what they change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, get_args

from pydantic import AliasChoices, Field, field_validator, model_validator

from takeup.district import ATTRIBUTES, lever_names
from takeup.district.attributes import AREA
from takeup.errors import InputError
from takeup.io import StrictModel, as_path, is_file, parse_model, read_toml, require_regular_file
from takeup.limits import Yuan
from takeup.months import format_month, parse_month

Operation = Literal["set", "add", "multiply"]
OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)
LONGEST_RAMP_MONTHS: Final = 1_200
MOST_INTERVENTIONS: Final = 200
_PACKAGED = Path(__file__).resolve().parents[1] / "scenarios"
_SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).resolve().parents[3] / "scenarios"
"""The shipped scenarios: package data of an installed wheel; the repository's folder with an editable install."""
_MAX_DEPTH = 20


class Cost(StrictModel):
    """The cost of an intervention in yuan, with its source."""

    fixed_cny: Yuan = Field(default=0, description="Amount spent once, in the month `from`, whatever the amount.")
    investment_cny: Yuan = Field(
        default=0,
        description="Amount spent once, in the month `from`, which follows the amount if `for_amount` is given.",
    )
    per_month_cny: Yuan = Field(
        default=0, description="Amount spent in every month of the intervention, also during its ramp."
    )
    per_person_cny: Yuan = Field(
        default=0,
        description="Amount spent per resident of its streets and groups in every month of the intervention.",
    )
    for_amount: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Amount of `set`, `add` or `multiply` for which the cost is stated. With another amount, all but "
        "`fixed_cny` change in proportion to the change of the lever (default: the cost does not follow the amount).",
    )
    source: str = Field(min_length=1, description='Source of the amounts; "assumed" if there is none.')


class Intervention(StrictModel):
    """A change of one lever from a month on, for all or some streets and groups."""

    lever: str = Field(
        description="Name of a lever, as `takeup list` prints it; without a member it means all members."
    )
    set_to: float | None = Field(
        default=None, alias="set", description="New value of the lever; `inf` where the lever allows it."
    )
    add: float | None = Field(
        default=None, allow_inf_nan=False, description="Number that is added to the lever's value."
    )
    multiply: float | None = Field(
        default=None, allow_inf_nan=False, description="Factor by which the lever's value is multiplied."
    )
    from_month: str = Field(alias="from", description='First month of the intervention, "YYYY-MM".')
    until: str | None = Field(
        default=None, description='Last month of the intervention, "YYYY-MM" (default: the last month of the run).'
    )
    ramp_months: int = Field(
        default=1,
        ge=1,
        le=LONGEST_RAMP_MONTHS,
        description="Number of months until the intervention is fully in force, in even steps (default: 1, at once).",
    )
    streets: list[str] | None = Field(
        default=None, min_length=1, description="Names of the streets in which the intervention acts (default: all)."
    )
    groups: dict[str, Annotated[list[str], Field(min_length=1)]] | None = Field(
        default=None,
        min_length=1,
        description="Groups for which the intervention acts, as levels by attribute, or areas of the district as "
        "`area` (default: all).",
    )
    cost: Cost | None = Field(default=None, description="Cost of the intervention (default: none).")

    @model_validator(mode="before")
    @classmethod
    def _has_no_size(cls, content: Any) -> Any:
        return _refuse_size(cls, content)

    @field_validator("from_month", "until")
    @classmethod
    def _is_month(cls, month: str | None) -> str | None:
        if month is not None:
            parse_month(month)
        return month

    @model_validator(mode="after")
    def _is_consistent(self) -> Intervention:
        given = [name for name in OPERATIONS if self._amount(name) is not None]
        if len(given) != 1:
            raise InputError(
                "the intervention has more than one operation" if given else "the intervention has no operation",
                given=" and ".join(given) or None,
                allowed="one of set, add, multiply",
            )
        if math.isnan(self.amount):
            raise InputError("the value is not a number", key=given[0], given="nan", allowed="a number")
        if self.until is not None and parse_month(self.until) < self.first:
            raise InputError(
                '"until" is before "from"', key="until", given=self.until, allowed=f"{self.from_month} or later"
            )
        return self

    def _amount(self, operation: str) -> float | None:
        return self.set_to if operation == "set" else self.add if operation == "add" else self.multiply

    @property
    def operation(self) -> Operation:
        """Operation of the intervention: set, add or multiply."""
        return "set" if self.set_to is not None else "add" if self.add is not None else "multiply"

    @property
    def amount(self) -> float:
        """Amount of the operation: new value, summand or factor."""
        amount = self._amount(self.operation)
        return math.nan if amount is None else float(amount)

    @property
    def first(self) -> int:
        """Number of the first month in which the intervention acts."""
        return parse_month(self.from_month)

    def weight(self, month: int) -> float:
        """Return the share of the change that is in force in a month, from 0 to 1.

        The share is min(1, (i + 1) / ramp_months) in month `from` + i, and 0 before `from` and after `until`.
        """
        if month < self.first or (self.until is not None and month > parse_month(self.until)):
            return 0.0
        return min(1.0, (month - self.first + 1) / self.ramp_months)


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
        return _refuse_size(cls, content)


class ScenarioFile(InterventionsFile[Intervention]):
    """A scenario file: differences from the file that it extends, with their source."""


def _refuse_size(model: type[StrictModel], content: Any) -> Any:
    """Return the content of a table; raise an error if it has a size, which only dated rules may have."""
    if isinstance(content, dict) and "size" in content and "size" not in model.model_fields:
        raise InputError(
            "a policy has no sizes",
            given="size",
            allowed="the amount itself in `set`, `add` or `multiply`; only a district's rules.toml may have sizes",
        )
    return content


@dataclass(frozen=True)
class SourcedIntervention:
    """An intervention with its file and position, which error messages state."""

    intervention: Intervention
    file: Path | None
    number: int

    @property
    def key(self) -> str:
        """Place of the intervention in its file, for error messages."""
        return f"intervention {self.number}"

    @property
    def content(self) -> str:
        """The intervention as JSON, for hashes of what a run depends on."""
        return self.intervention.model_dump_json()


@dataclass(frozen=True)
class Scenario:
    """A policy, including the files that it extends.

    Attributes:
        name: name of the file without its suffix; `baseline` for no intervention.
        title, question, source: title, question and source of the file.
        stated: interventions in order, those of extended files first.
    """

    name: str
    title: str
    question: str
    source: str
    stated: tuple[SourcedIntervention, ...]

    def __post_init__(self) -> None:
        """Accept interventions without a file, and any sequence."""
        stated = [
            SourcedIntervention(each, None, number) if isinstance(each, Intervention) else each
            for number, each in enumerate(self.stated, 1)
        ]
        object.__setattr__(self, "stated", tuple(stated))

    @property
    def first(self) -> int | None:
        """Number of the first month that differs from the baseline; None if none does."""
        return min((stated.intervention.first for stated in self.stated), default=None)

    def check_period(self, first: int, last: int) -> None:
        """Check that every intervention begins in a simulated month.

        An intervention that begins before the run would act without its fixed cost and its ramp. An intervention that
        begins after the run would do nothing. An intervention that ends after the run is allowed.

        Args:
            first, last: numbers of the first and last simulated month.

        Raises:
            InputError: An intervention begins outside the simulated months.
        """
        for stated in self.stated:
            if not first <= stated.intervention.first <= last:
                raise InputError(
                    "the intervention begins outside the simulated months",
                    file=stated.file,
                    key=f"{stated.key}, from",
                    given=stated.intervention.from_month,
                    allowed=f"{format_month(first)} to {format_month(last)}, the months of the run (see --until)",
                )

    @property
    def content(self) -> list[str]:
        """The name and each intervention as JSON, for hashes of what a run depends on."""
        return [self.name, *(stated.content for stated in self.stated)]


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
    for name, amount in schema["$defs"]["Cost"]["properties"].items():
        if name.endswith("_cny"):
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
        allowed=f"a file, or {', '.join(dict.fromkeys(names))}",
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
        allowed = f"at most {_MAX_DEPTH} files that extend one another"
        raise InputError("the chain of extended files is too long", file=file, key="extends", allowed=allowed)
    written = parse_model(model, read_toml(file), file=file)
    inherited: tuple[SourcedIntervention, ...] = ()
    if written.extends is not None:
        inherited = _read_extended(file, written.extends, (*extended_by, file.resolve()))
    own = tuple(SourcedIntervention(each, file, number) for number, each in enumerate(written.intervention, 1))
    return _check_name(Scenario(file.stem, written.title, written.question, written.source, inherited + own), file)


def _check_name(scenario: Scenario, file: Path | None) -> Scenario:
    """Return the scenario; refuse one that is called `baseline` but has interventions."""
    if scenario.name == BASELINE.name and scenario.stated:
        raise InputError(
            'a scenario named "baseline" has interventions',
            file=file,
            key="intervention",
            given=f"{len(scenario.stated)} intervention{'s' if len(scenario.stated) > 1 else ''}",
            allowed="no interventions, or another name for the file",
        )
    return scenario


def _read_extended(file: Path, extended: str, extended_by: tuple[Path, ...]) -> tuple[SourcedIntervention, ...]:
    """Return the interventions of an extended file of the same folder or below."""
    folder = file.resolve().parent
    try:
        target = (folder / (extended if extended.endswith(".toml") else f"{extended}.toml")).resolve()
    except (OSError, ValueError):
        raise InputError(
            "the value is not the name of a scenario file",
            file=file,
            key="extends",
            given=extended,
            allowed=f"a file in {folder.name}/",
        ) from None
    if not target.is_relative_to(folder):
        raise InputError(
            "the extended file is outside the scenario's folder",
            file=file,
            key="extends",
            given=extended,
            allowed=f"a file in {folder.name}/",
        )
    if not is_file(target):
        if extended == BASELINE.name:
            return ()
        near = [path.stem for path in folder.glob("*.toml")]
        raise InputError("no such scenario", file=file, key="extends", given=extended, allowed=sorted(near))
    return read_scenario(target, extended_by=extended_by).stated

"""Dated rules of a district: interventions under every policy, whose size may be uncertain."""

from __future__ import annotations

from functools import lru_cache

from pydantic import Field, model_validator

from takeup.district import RULE, District, RuleSize
from takeup.errors import InputError
from takeup.message import Message
from takeup.scenario.files import InterventionsFile, read_scenario
from takeup.scenario.interventions import Intervention, SourcedIntervention


class DatedRule(Intervention):
    """An intervention of rules.toml, which may have a size."""

    size: str | None = Field(
        default=None,
        description="Name of the size by which the change is multiplied (default: the change is as stated).",
    )

    @property
    def size_parameter(self) -> str | None:
        """Dotted name of the size among the parameters of the district; None if the rule acts as stated."""
        return None if self.size is None else f"{RULE}.{self.size}"

    @model_validator(mode="after")
    def _has_size_or_cost(self) -> DatedRule:
        if self.size is not None and self.cost is not None:
            raise InputError(
                "the rule has a size and a cost",
                key="cost",
                allowed="a cost of rules that act as stated, without size",
            )
        return self


class RulesFile(InterventionsFile[DatedRule]):
    """A rules.toml: dated rules, and the sizes to which they refer."""

    size: list[RuleSize] = Field(
        default=[], description="Sizes of rules, which are parameters of the district named `rule.NAME`."
    )

    @model_validator(mode="after")
    def _uses_its_sizes(self) -> RulesFile:
        names = [size.name for size in self.size]
        used = [rule.size for rule in self.intervention]
        for number, name in enumerate(used, 1):
            if name is not None and name not in names:
                raise InputError(
                    "unknown size",
                    key=f"intervention {number}, size",
                    given=name,
                    allowed=names or "names of tables [[size]], of which the file has none",
                )
        for number, name in enumerate(names, 1):
            if name not in used:
                raise InputError(
                    "no rule has this size",
                    key=f"size {number}",
                    given=name,
                    allowed=Message('sizes that a rule refers to, with size = "{name}"', name=name),
                )
        return self


@lru_cache(maxsize=16)
def load_rules(district: District) -> tuple[SourcedIntervention, ...]:
    """Read the dated rules of a district, those of extended files first.

    The files are read once for each loaded district.

    Raises:
        InputError: rules.toml, or a file that it extends, is wrong.
    """
    return () if district.rules is None else read_scenario(district.rules, RulesFile).stated

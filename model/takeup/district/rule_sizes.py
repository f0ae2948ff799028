"""Sizes of dated rules, whose values are uncertain as those of parameters are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from takeup.district.parameter_definitions import RULE, definition_of
from takeup.district.parameters import Parameter, ParameterTable, parameter_entries
from takeup.errors import InputError
from takeup.io import parse_model, read_toml


class RuleSize(ParameterTable):
    """A table `[[size]]` in rules.toml: a parameter with a name, and with the unit of all sizes."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    unit: str = definition_of(RULE).unit

    @property
    def parameter(self) -> str:
        """Dotted name of the size among the parameters of the district."""
        return f"{RULE}.{self.name}"


def read_rule_sizes(file: Path) -> dict[str, Parameter]:
    """Read the sizes in a district's rules.toml, by dotted name such as "rule.drive".

    Raises:
        InputError: the file is not TOML, a size is not valid as a parameter, or two sizes have the same name.
    """
    tables = read_toml(file).get("size", [])
    if not isinstance(tables, list):
        raise InputError("the value is not a list of tables", file=file, key="size", allowed="tables [[size]]")
    sizes: dict[str, Parameter] = {}
    for number, table in enumerate(tables, 1):
        try:
            size = parse_model(RuleSize, table)
            if size.parameter in sizes:
                raise InputError("two sizes have the same name", key="name", given=size.name, allowed="one of each")
            sizes.update(parameter_entries(definition_of(size.parameter), size))
        except InputError as error:
            raise error.within(file=file, key=f"size {number}") from None
    return sizes

"""The JSON Schema of scenario files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from takeup.district import ATTRIBUTES, levers
from takeup.scenario.grammar import ScenarioFile


def json_schema() -> dict[str, Any]:
    """The schema, with the names of levers, attributes and levels filled in."""
    schema = ScenarioFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "takeup scenario"
    names = [name for lever in levers().values() for name in dict.fromkeys((lever.name, *lever.names))]
    intervention = schema["$defs"]["Intervention"]
    intervention["properties"]["lever"]["enum"] = names
    intervention["properties"]["groups"] = {
        "type": "object",
        "description": intervention["properties"]["groups"]["description"],
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            attribute: {"type": "array", "items": {"enum": list(levels)}} for attribute, levels in ATTRIBUTES.items()
        },
    }
    intervention["oneOf"] = [{"required": [operation]} for operation in ("set", "add", "multiply")]
    return schema

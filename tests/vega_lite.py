"""The schema of Vega-Lite, which Altair ships."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import altair
from jsonschema import Draft7Validator


@cache
def _validator() -> Draft7Validator:
    schema = files(altair.vegalite).joinpath(altair.SCHEMA_VERSION.split(".")[0], "schema", "vega-lite-schema.json")
    return Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))


def problems(specification: dict[str, Any]) -> list[str]:
    """Return the violations of the schema in a specification."""
    return [error.message[:200] for error in _validator().iter_errors(specification)]

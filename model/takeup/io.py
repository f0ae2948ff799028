"""Texts and numbers as they stand in a TOML file.

Reading files that people write: TOML of a sane size, validated, every fault told as an InputError.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from takeup.errors import InputError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DELETE = "\x7f"
_SHARE_DIGITS = 12


def quote_toml(text: str) -> str:
    """The text as a basic string of TOML; what is no character becomes a question mark."""
    plain = text.encode("utf-8", "replace").decode("utf-8").replace(_DELETE, "?")
    return json.dumps(plain, ensure_ascii=False)


def toml_key(name: str) -> str:
    """The name as a key of TOML, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else quote_toml(name)


def round_share(share: float) -> float:
    """A share to as many digits as are written: few enough to read, more than tables need to agree."""
    return round(float(share), _SHARE_DIGITS)


LARGEST_FILE_BYTES = 1_000_000
_LARGEST_WHOLE = 2**63
_LONGEST_KEY = 64
_COMMAS = re.compile(r"=\s*(\d{1,3}(?:,\d{3})+)\b")
_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){64}""")
"""A key of more parts; to read it takes the square of their number."""
_BYTES_A_MEGABYTE = 1_000_000
_PLAIN = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "a number greater than or equal to {ge}",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "invalid_key": "keys that are text",
    "less_than": "a number less than {lt}",
    "less_than_equal": "a number less than or equal to {le}",
    "list_type": "a list",
    "model_type": "a table",
    "string_pattern_mismatch": "text of the pattern {pattern}",
    "string_too_long": "a text (string) of at most {max_length} characters",
    "string_too_short": "a text (string) of at least {min_length} character(s)",
    "string_type": "a text (string) in quotes",
    "too_long": "at most {max_length} of them",
    "too_short": "at least {min_length} of them",
}
"""What is allowed, by pydantic's name of the fault; literals tell of themselves."""

Written = TypeVar("Written", bound=BaseModel)


class StrictModel(BaseModel):
    """A table in a file: no unknown keys, no silent conversions, never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=True, str_strip_whitespace=True)


def is_file(path: Path) -> bool:
    """Whether there is such a file; no, too, of a name that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def require_regular_file(path: Path) -> None:
    """Refuse what is there but is no file to be read to its end, before it is opened: a pipe would wait for a writer.

    Raises:
        InputError: it is a folder, a pipe or a device.
    """
    try:
        known = path.exists() and not path.is_file()
    except (OSError, ValueError):
        return
    if known:
        what = "a folder" if path.is_dir() else "a pipe or a device"
        raise InputError("not a file", file=path, given=what, allowed="a regular file")


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        InputError: the file is missing, no regular file, too large, not UTF-8, or not TOML.
    """
    require_regular_file(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read ({getattr(error, 'strerror', None) or error})", file=path) from None
    if len(content) > LARGEST_FILE_BYTES:
        raise InputError(
            "the file is too large",
            file=path,
            given=f"{path.stat().st_size / _BYTES_A_MEGABYTE:.1f} MB",
            allowed=f"at most {LARGEST_FILE_BYTES / _BYTES_A_MEGABYTE:.0f} MB",
        )
    try:
        text = content.decode("utf-8")
        if _LONG_KEY.search(text):
            raise InputError("nested too deeply", file=path, allowed=f"keys of at most {_LONGEST_KEY} parts")
        stated = tomllib.loads(text)
        _check_whole_numbers(stated, path)
        return stated
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start})", file=path, allowed="UTF-8") from None
    except ValueError as error:  # a number of thousands of digits among them
        raise InputError(f"not TOML: {error}", file=path, allowed=_hint(error, text)) from None
    except RecursionError:
        raise InputError("nested too deeply", file=path) from None


def _hint(error: ValueError, text: str) -> str | None:
    """What is right where a line that is wrong has a number with commas, as people write them."""
    place = re.search(r"at line (\d+)", str(error))
    lines = text.splitlines()[int(place[1]) - 1 :][:1] if place else []
    written = next((found[1] for line in lines if (found := _COMMAS.search(line))), None)
    return None if written is None else f"{written.replace(',', '_')} for {written}"


def _check_whole_numbers(stated: Any, path: Path) -> None:
    """TOML's have 64 bits; Python reads longer ones, which are no numbers to anyone else."""
    waiting = [stated]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
        elif isinstance(here, int) and not -_LARGEST_WHOLE <= here < _LARGEST_WHOLE:
            raise InputError("too large a whole number", file=path, given=here, allowed="64 bits")


def parse_model(kind: type[Written], content: Mapping[str, Any], *, file: Path | None = None) -> Written:
    """The content as an object of the given kind.

    Raises:
        InputError: the first fault found, with the key as the user wrote it.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise _told(error.errors()[0], kind, file) from None


def _told(fault: ErrorDetails, kind: type[BaseModel], file: Path | None) -> InputError:
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.within(file=file, key=_key(fault["loc"]))
    *where, last = fault["loc"] or ("",)
    if fault["type"] == "extra_forbidden":
        keys = sorted(_keys_at(kind, where))
        return InputError("unknown key", file=file, key=_key(where), given=str(last), allowed=keys)
    if fault["type"] == "missing":
        return InputError(f'the key "{last}" is missing', file=file, key=_key(where))
    return InputError(
        "not allowed here", file=file, key=_key(fault["loc"]), given=fault["input"], allowed=_expected(fault)
    )


def _key(location: Iterable[str | int]) -> str | None:
    """("intervention", 1, "cost") as the user counts: "intervention 2, cost"."""
    parts: list[str] = []
    for part in location:
        if isinstance(part, int) and parts:
            parts[-1] += f" {part + 1}"
        elif str(part) not in {"float", "int", "str", "function-before", "function-after"} and "[" not in str(part):
            parts.append(str(part))
    return ", ".join(parts) or None


def _expected(fault: ErrorDetails) -> str:
    """What would be right, in words that need no Python."""
    told = _PLAIN.get(fault["type"])
    if told is None:
        return fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return told.format(**fault.get("ctx", {}))


def _keys_at(kind: type[BaseModel], location: Iterable[str | int]) -> set[str]:
    """The keys of the table a fault lies in, found by walking the field annotations."""
    here: type[BaseModel] = kind
    for part in location:
        field = here.model_fields.get(part) if isinstance(part, str) else None
        if isinstance(part, str) and field is None:
            field = next((f for f in here.model_fields.values() if f.alias == part), None)
        if field is not None:
            here = _model_inside(field.annotation) or here
    return {field.alias or name for name, field in here.model_fields.items()}


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_inside(inner)
        if found is not None:
            return found
    return None

"""Input and output of files: reading and formatting TOML, and atomic writing.

An error in a user's file raises InputError; a failure to write a result raises OutputError.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import secrets
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from takeup.errors import InputError, RunError
from takeup.message import Message, find_message
from takeup.text import suggest_number
from takeup.toml_faults import describe_fault

JOURNAL: Final = "journal.sqlite"
"""Name of the file in a results folder that stores finished runs."""
LARGEST_FILE_BYTES: Final = 1_000_000
_BYTES_PER_MEGABYTE: Final = 1_000_000
_INT_LIMIT: Final = 2**63
_MAX_KEY_PARTS: Final = 64
_LONG_KEY: Final = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){64}""")
"""Pattern of a key with more parts, which is rejected because the time to parse it grows with their square."""
_ALLOWED: Final[dict[str, Message]] = {
    "bool_type": Message("true or false"),
    "dict_type": Message("a table"),
    "finite_number": Message("a finite number"),
    "float_type": Message("a number"),
    "greater_than": Message("a number greater than {gt}"),
    "greater_than_equal": Message("a number greater than or equal to {ge}"),
    "int_from_float": Message("a whole number"),
    "int_type": Message("a whole number"),
    "invalid_key": Message("keys that are text"),
    "less_than": Message("a number less than {lt}"),
    "less_than_equal": Message("a number less than or equal to {le}"),
    "list_type": Message("a list"),
    "model_type": Message("a table"),
    "string_pattern_mismatch": Message("text of the pattern {pattern}"),
    "string_too_long": Message("a text (string) of at most {max_length} characters"),
    "string_too_short": Message("a text (string) of at least {min_length} character(s)"),
    "string_type": Message("a text (string) in quotes"),
    "too_long": Message("at most {max_length} of them"),
    "too_short": Message("at least {min_length} of them"),
}
"""Descriptions of allowed values, by the type of pydantic's error. Errors of literals list the allowed literals."""

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_DELETE: Final = "\x7f"
_SHARE_DIGITS: Final = 12

_TOKEN_BYTES: Final = 8
_REASONS: Final = {
    errno.ENOSPC: Message("the disk is full"),
    errno.EDQUOT: Message("your disk quota is used up"),
    errno.EROFS: Message("the disk is read-only"),
    errno.EACCES: Message("you do not have permission to write to it"),
    errno.EPERM: Message("you do not have permission to write to it"),
    errno.ENOTDIR: Message("a part of the path is a file, not a folder"),
    errno.EEXIST: Message("a part of the path is a file, not a folder"),
    errno.EISDIR: Message("a folder with this name exists"),
    errno.ENAMETOOLONG: Message("the name is too long"),
}
"""Reasons why a file cannot be written, by the number of the system's error."""
_SYSTEM_REASONS: Final = (
    Message("Permission denied"),
    Message("No such file or directory"),
    Message("Is a directory"),
    Message("Not a directory"),
    Message("File name too long"),
    Message("Too many levels of symbolic links"),
    Message("Input/output error"),
    Message("Address already in use"),
    Message("Cannot assign requested address"),
    Message("embedded null byte"),
)
"""Frequent texts of the system's errors."""

_recorders: list[list[Path]] = []
"""The lists to which `open_whole` adds the path of every file that it has written."""

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """A table of a file: immutable, without unknown keys or silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=True, str_strip_whitespace=True)


class OutputError(RunError):
    """A result cannot be written; the message states the file and the reason.

    Args:
        path: file that could not be written.
        error: error of the operating system.
    """

    def __init__(self, path: Path, error: OSError) -> None:
        self.path = path
        reason = _REASONS.get(error.errno or 0) or describe_reason(error)
        super().__init__(Message("{path}: the file cannot be written: {reason}", path=path, reason=reason))


def describe_reason(error: Exception) -> str:
    """Describe the reason of a system's error in a form that can be translated, if it is one of the frequent ones."""
    return find_message(getattr(error, "strerror", None) or str(error), _SYSTEM_REASONS)


# Paths


def as_path(given: object, key: str | None = None) -> Path:
    """Convert the path of a file or folder, given as text or as an object with a path, to a Path.

    "~" at the beginning means the user's home folder, as in a shell.

    Args:
        given: text or `os.PathLike` of text.
        key: name of the argument or option, for the message.

    Raises:
        InputError: the value is not a path.
    """
    try:
        text = os.fspath(given)  # type: ignore[call-overload]
    except TypeError:
        text = given
    if not isinstance(text, str):
        raise InputError("the value is not a path", key=key, given=given, allowed="a text (string) or a pathlib.Path")
    path = Path(text)
    with suppress(RuntimeError):  # no home folder: "~" stays as it is
        return path.expanduser()
    return path


# Reading


def is_file(path: Path) -> bool:
    """Return whether the path is a file; False for paths that the system rejects."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def require_regular_file(path: Path) -> None:
    """Raise InputError if the path is a folder, a pipe or a device.

    Opening a pipe would block until another process writes to it.
    """
    try:
        irregular = path.exists() and not path.is_file()
    except (OSError, ValueError):
        return
    if irregular:
        given = Message("a folder") if path.is_dir() else Message("a pipe or a device")
        raise InputError("the path is not a file", file=path, given=given, allowed="a regular file")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        InputError: the file is missing, not a regular file, too large, not UTF-8, or not TOML.
    """
    require_regular_file(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InputError("no such file", file=path, allowed="an existing file") from None
    except (OSError, ValueError) as error:
        raise InputError(
            Message("the file cannot be read ({reason})", reason=describe_reason(error)), file=path
        ) from None
    if len(content) > LARGEST_FILE_BYTES:
        raise InputError(
            "the file is too large",
            file=path,
            given=f"{path.stat().st_size / _BYTES_PER_MEGABYTE:.1f} MB",
            allowed=Message("at most {number:.0f} MB", number=LARGEST_FILE_BYTES / _BYTES_PER_MEGABYTE),
        )
    if b"\0" in content:
        raise InputError(
            "the file is not UTF-8 text (it contains null characters)",
            file=path,
            given=guess_encoding(content),
            allowed="UTF-8",
        )
    try:
        text = content.decode("utf-8-sig")  # editors of Windows write a byte-order mark
        if _LONG_KEY.search(text):
            raise InputError(
                "a key of the file has too many parts",
                file=path,
                allowed=Message("keys of at most {number} parts", number=_MAX_KEY_PARTS),
            )
        tables = tomllib.loads(text)
        _check_int_range(tables, path)
        return tables
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(
            Message("the file is not UTF-8 text (byte {number})", number=error.start),
            file=path,
            given=guess_encoding(content),
            allowed="UTF-8",
        ) from None
    except tomllib.TOMLDecodeError as error:
        problem, allowed = describe_fault(error, text)
        raise InputError(problem, file=path, allowed=allowed) from None
    except ValueError:  # Python converts no text of thousands of digits to an integer
        raise _too_large_integer(path) from None
    except RecursionError:
        raise InputError(
            "the file is nested too deeply", file=path, allowed="fewer tables and lists within each other"
        ) from None


def parse_model(model: type[Model], content: Mapping[str, Any], *, file: Path | None = None) -> Model:
    """Convert the content of a TOML table to an object, and validate it.

    Args:
        model: class of the result.
        content: content of the table.
        file: file that contains the table, for error messages.

    Raises:
        InputError: the table is not valid; the message describes the first error, with its key in the file.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _input_error(_first_fault(error.errors()), model, file) from None


def guess_encoding(content: bytes) -> Message | None:
    """Name the encoding of text that is not UTF-8, if it is one of the frequent ones.

    A workbook of a spreadsheet is named, too.
    """
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return Message("a workbook of a spreadsheet")
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # the first begins like that of UTF-16
        return Message("UTF-32")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Message("UTF-16")
    if b"\0" in content:
        return Message("probably UTF-16") if 4 * content.count(b"\0") > len(content) else None
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return Message("probably GBK (GB 18030)")


def _check_int_range(tables: dict[str, Any], path: Path) -> None:
    """Raise InputError for integers of more than 64 bits, which TOML forbids."""
    pending: list[Any] = [tables]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, int) and not -_INT_LIMIT <= value < _INT_LIMIT:
            raise _too_large_integer(path, value)


def _too_large_integer(path: Path, value: int | None = None) -> InputError:
    """Return the error for an integer of more than 64 bits; None: its value is unknown."""
    return InputError("the integer does not fit into 64 bits", file=path, given=value, allowed="-2^63 to 2^63 - 1")


def _first_fault(faults: list[ErrorDetails]) -> ErrorDetails:
    """Return the first fault; instead of a missing key, an unknown key of the same table if there is one."""
    first = faults[0]
    if first["type"] != "missing":
        return first
    unknown = (each for each in faults if each["type"] == "extra_forbidden" and each["loc"][:-1] == first["loc"][:-1])
    return next(unknown, first)


def _input_error(fault: ErrorDetails, model: type[BaseModel], file: Path | None) -> InputError:
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.within(file=file, key=_key(fault["loc"]))
    *table, last = fault["loc"] or ("",)
    if fault["type"] == "extra_forbidden":
        keys = sorted(_keys_at(model, table))
        return InputError("unknown key", file=file, key=_key(table), given=str(last), allowed=keys)
    holds_tables = _keys_at(model, fault["loc"]) != _keys_at(model, table)  # or names, or numbers
    if fault["type"] == "list_type" and isinstance(fault["input"], Mapping) and holds_tables:
        return InputError(
            "the table is in single brackets, but may occur several times",
            file=file,
            key=_key(table),
            given=f"[{last}]",
            allowed=Message("[[{name}]]", name=last),
        )
    if fault["type"] == "missing":
        return InputError(Message('the key "{name}" is missing', name=last), file=file, key=_key(table))
    return InputError(
        "the value is not allowed here",
        file=file,
        key=_key(fault["loc"]),
        given=fault["input"],
        allowed=_expected(fault),
    )


def _key(location: Iterable[str | int]) -> str | None:
    """Format a key: ("intervention", 1, "cost") becomes "intervention 2, cost"."""
    parts: list[str] = []
    for part in location:
        if isinstance(part, int) and parts:
            parts[-1] += f" {part + 1}"
        elif str(part) not in {"float", "int", "str", "function-before", "function-after"} and "[" not in str(part):
            parts.append(str(part))
    return ", ".join(parts) or None


def _expected(fault: ErrorDetails) -> str:
    """Describe the allowed values without Python's terms, with the one that is probably meant."""
    if fault["type"] == "literal_error":
        *others, last = re.findall(r"'[^']*'", fault["ctx"]["expected"])
        return Message("{first} or {last}", first=tuple(others), last=last) if others else str(last)
    if fault["type"] not in _ALLOWED:
        return fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    allowed = _ALLOWED[fault["type"]].fill(**fault.get("ctx", {}))
    example = _example(fault["type"], fault["input"])
    return allowed if example is None else Message("{allowed}, as in {example}", allowed=allowed, example=example)


def _example(kind: str, given: object) -> str | None:
    """Return the value that is probably meant, in the form of the file; None if it is not obvious."""
    if isinstance(given, date) and kind == "string_type":
        return f'"{given:%Y-%m}"'
    if isinstance(given, str) and kind == "list_type":
        return f"[{quote_toml(given)}]"
    if isinstance(given, str) and kind in {"float_type", "int_type"}:
        number = suggest_number(f"{given} ")  # the space: also a correct number in quotes
        return None if number is None else Message("{number} without quotes", number=number)
    return None


def _keys_at(model: type[BaseModel], location: Iterable[str | int]) -> set[str]:
    """Return the keys that are allowed in the table at a location."""
    current: type[BaseModel] = model
    for part in location:
        field = current.model_fields.get(part) if isinstance(part, str) else None
        if isinstance(part, str) and field is None:
            field = next((f for f in current.model_fields.values() if f.alias == part), None)
        if field is not None:
            current = _model_inside(field.annotation) or current
    return {field.alias or name for name, field in current.model_fields.items()}


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_inside, getattr(annotation, "__args__", ()))), None)


# Formatting TOML. A library (tomlkit, tomli-w) would not choose inline tables or place comments by itself, so the
# callers would be longer with one.


def format_toml_table(items: Mapping[str, Any], header: str = "") -> str:
    """Format a table as TOML, one line per item, with a line end after the last.

    Args:
        items: values by key; nested tables are written inline, and items whose value is None are omitted.
        header: header line of the table, such as "[values]" or "[[street]]"; empty for the top level of a file.
    """
    lines = [f"{toml_key(key)} = {format_toml_value(value)}" for key, value in items.items() if value is not None]
    return "\n".join([header, *lines] if header else lines) + "\n"


def format_toml_value(value: Any) -> str:
    """Format a value as TOML; reading the result gives the same value.

    Args:
        value: text, truth value, number, sequence of values, or mapping of values by key.
    """
    if isinstance(value, str):
        return quote_toml(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, Mapping):
        items = (f"{toml_key(key)} = {format_toml_value(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(items)} }}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(format_toml_value, value))}]"
    return str(int(value))


def whole_as_int(value: Any) -> Any:
    """Convert whole floats in nested values to integers, to write 5 and not 5.0."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: whole_as_int(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [whole_as_int(inner) for inner in value]
    return value


def toml_comment(text: str) -> str:
    """Escape a text so that it stays on one line of a comment."""
    return quote_toml(text)[1:-1]


def quote_toml(text: str) -> str:
    """Quote a text as a basic string of TOML: a JSON string with DEL escaped, too.

    Surrogates, which UTF-8 cannot encode, become question marks.
    """
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(encodable, ensure_ascii=False).replace(_DELETE, "\\u007f")


def toml_key(name: str) -> str:
    """Format a key of TOML, in quotes if it needs them."""
    return name if _BARE_KEY.fullmatch(name) else quote_toml(name)


def round_share(share: float) -> float:
    """Round a share to 12 digits, which is precise enough for sums of shares."""
    return round(float(share), _SHARE_DIGITS)


# Writing


def check_writable(folder: Path) -> None:
    """Check before a long run that a folder can be written to, with a test file.

    Raises:
        OutputError: the folder cannot be written to.
    """
    made: list[Path] = []
    trial = folder / f".{secrets.token_hex(_TOKEN_BYTES)}.part"
    try:
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(bytes(1))
    except OSError as error:
        raise OutputError(folder, error) from error
    finally:
        with suppress(OSError):
            trial.unlink(missing_ok=True)
            for path in made:
                path.rmdir()


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file atomically; missing folders are created.

    Args:
        path: path of the file; an existing file is replaced.
        content: bytes, or text, which is written as UTF-8.

    Raises:
        OutputError: the file cannot be written; no temporary file remains.
    """
    with open_whole(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_exclusive(file: Path, text: str) -> None:
    """Write a file that does not exist yet.

    Raises:
        InputError: the file already exists, or it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            created = file.open("x", encoding="utf-8", newline="\n")
        except FileExistsError:
            raise InputError("the file already exists", file=file, allowed="a name that does not exist yet") from None
        with created:
            created.write(text)
    except OSError as error:
        raise InputError(
            Message("the file cannot be written ({reason})", reason=describe_reason(error)), file=file
        ) from None


@contextmanager
def record_written() -> Iterator[list[Path]]:
    """Yield a list to which the path of every file written with `open_whole` is added."""
    recorded: list[Path] = []
    _recorders.append(recorded)
    try:
        yield recorded
    finally:
        _recorders[:] = [each for each in _recorders if each is not recorded]


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces the file at a path on success.

    Missing folders are created.

    A reader sees either the old file or the complete new one, even if the machine stops in between.

    Raises:
        OutputError: the file cannot be written; no temporary file remains.
    """
    if "\0" in str(path):
        raise OutputError(path, OSError(errno.EINVAL, "the path contains a null character"))
    if not path.name:  # "." or "/"
        raise OutputError(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    temporary = path.with_name(f".{secrets.token_hex(_TOKEN_BYTES)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            for recorded in _recorders:
                recorded.append(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(path, error) from error


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Provide a temporary folder that is renamed to a new path on success.

    Raises:
        OutputError: the folder cannot be created, or the path exists by then; no temporary folder remains.
    """
    check_writable(path)
    above = next(folder for folder in path.absolute().parents if folder.exists())
    temporary = above / f".{path.name}-{secrets.token_hex(_TOKEN_BYTES)}.part"
    try:
        yield temporary
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.rename(temporary, path)  # noqa: PTH104  (the same as Path.rename, which fails if the folder has files)
        except OSError as error:
            raise OutputError(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

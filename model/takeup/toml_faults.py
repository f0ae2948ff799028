"""Faults in the syntax of TOML files: what is wrong, and the line that is probably meant."""

from __future__ import annotations

import re
from typing import Final

from takeup.message import Message, find_message
from takeup.text import describe_confusable, suggest_number

_STATEMENT: Final = re.compile(
    r"""\s*(?P<key>[A-Za-z_][\w.-]*)\s*(?P<sign>[=:\uff1d]|(?<=\s)(?=\S))\s*(?P<value>[^,;#\[\]{}]+?(?:,[0-9]+)?)\s*;?\s*(?:\#.*)?"""
)
"""Line with a key and a value."""
_LONGEST_LINE: Final = 200
"""Length of a line from which on no correction is suggested; the time of the search grows with its square."""
_FORM: Final = Message('lines of the form key = value, tables as [name], comments after "#"')
_CURLY_QUOTES: Final = re.compile('[\u201c\u201d]([^"\\\\]*)[\u201c\u201d]')
_THOUSANDS_COMMAS: Final = re.compile(r"=\s*(\d{1,3}(?:,\d{3})+)\b")
_PLACE: Final = (
    Message("{fault} (at line {line}, column {column})"),
    Message("{fault} (at end of document)"),
)
_FAULTS: Final = (
    Message("Cannot declare {key} twice"),
    Message("Cannot mutate immutable namespace {key}"),
    Message("Cannot overwrite a value"),
    Message("Cannot redefine namespace {key}"),
    Message("Duplicate inline table key {key}"),
    Message("Escaped character is not a Unicode scalar value"),
    Message("Expected ']' at the end of a table declaration"),
    Message("Expected ']]' at the end of an array declaration"),
    Message("Expected '=' after a key in a key/value pair"),
    Message("Expected newline or end of document after a statement"),
    Message("Expected {text}"),
    Message("Found invalid character {character}"),
    Message("Illegal character {character}"),
    Message("Invalid date or datetime"),
    Message("Invalid hex value"),
    Message("Invalid initial character for a key part"),
    Message("Invalid statement"),
    Message("Invalid value"),
    Message("Unclosed array"),
    Message("Unclosed inline table"),
    Message("Unescaped '\\' in a string"),
    Message("Unterminated string"),
)
"""Texts of the errors of `tomllib`."""


def describe_fault(error: ValueError, text: str) -> tuple[Message, str | None]:
    """Describe an error of `tomllib`.

    Args:
        error: error that `tomllib` raised.
        text: content of the file.

    Returns:
        The problem, and what is probably meant; None if that is not obvious.
    """
    line = _line_of_error(error, text)
    fault = find_message(str(error), _PLACE)
    if isinstance(fault, Message):
        fault = fault.fill(fault=find_message(fault.values["fault"], _FAULTS))
    note = describe_confusable(_without_strings(line))
    if note is not None:
        return Message("the file is not TOML: {fault}: {note}", fault=fault, note=note), _hint(line, error)
    return Message("the file is not TOML: {fault}", fault=fault), _hint(line, error)


def _line_of_error(error: ValueError, text: str) -> str:
    """Return the line of a TOML text in which parsing failed; "" if it is unknown."""
    place = re.search(r"at line (\d+)", str(error))
    return "".join(text.split("\n")[int(place[1]) - 1 :][:1]) if place else ""


def _without_strings(line: str) -> str:
    """Remove strings and a comment, which may contain any character, from a line."""
    return re.sub(r""""[^"]*"|'[^']*'|#.*""", "", line)


def _hint(line: str, error: ValueError) -> str | None:
    """Describe what is probably meant by the line in which parsing failed; None if that is not obvious."""
    if "Cannot overwrite a value" in str(error):
        return Message("each key once in a table")
    if "\r" in line:
        return Message("line ends of Windows or Unix; this file has those of old Macintosh computers")
    if "hex value" in str(error) or "Unescaped" in str(error):
        return Message("paths in single quotes, or with / instead of each backslash")
    if number := _THOUSANDS_COMMAS.search(line):
        return Message("{number} for {written}", number=number[1].replace(",", "_"), written=number[1])
    ends_wrongly = line.rstrip().endswith(";")
    return Message("lines without a semicolon at the end") if ends_wrongly else _corrected_line(line, error)


def _corrected_line(line: str, error: ValueError) -> str | None:
    """Return the line of TOML that is probably meant, or the form of lines; None if neither is likely to help."""
    if len(line) > _LONGEST_LINE:
        return None
    statement = _STATEMENT.fullmatch(line)
    if statement is None:
        is_statement = "statement" in str(error) or "Expected '='" in str(error)
        return _FORM if is_statement and not describe_confusable(line) else None
    corrected = _corrected_value(statement["value"].strip())
    is_correct = statement["sign"] == "=" and corrected == statement["value"].strip()
    return None if is_correct else f"{statement['key']} = {corrected}"


def _corrected_value(written: str) -> str:
    """Return the value in TOML that is probably meant by a value; itself if that is not obvious."""
    if written.casefold() in {"true", "false", "yes", "no"}:
        return "true" if written.casefold() in {"true", "yes"} else "false"
    if written.startswith((".", "-.", "+.")):
        return written.replace(".", "0.", 1)
    if quoted := _CURLY_QUOTES.fullmatch(written):
        return f'"{quoted[1]}"'
    number = suggest_number(written)
    if number is not None:
        return number
    if re.fullmatch(r"[^\W\d][\w -]*|[0-9]{4}-[0-9]{2}", written):
        return f'"{written}"'
    return re.sub("^([+-]?)0+(?=[0-9])", r"\1", written)

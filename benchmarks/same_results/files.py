"""Comparison of the result files of two trees."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow.parquet as pq


class Rename(NamedTuple):
    """A name that was changed on purpose.

    Attributes:
        case: pattern of the names of cases.
        file: pattern of the names of files; ignored if the file itself is renamed.
        old, new: names in the other revision and in this tree; a final * stands for the rest of a name.
    """

    case: str
    file: str
    old: str
    new: str


class Intended(NamedTuple):
    """A difference that was made on purpose, with its reason.

    Attributes:
        case, file: patterns of the cases' and files' names.
        place: pattern of the column, JSON key (`a.b`) or TOML key; "" for a file that only one of the two has.
        reason: reason, which is printed with the difference.
    """

    case: str
    file: str
    place: str
    reason: str


class Difference(NamedTuple):
    """A difference between the two versions of a file.

    Attributes:
        file: its path in the result folder.
        place: the column or key; "" if the whole file is meant.
        text: what differs.
        reason: why it was intended; None if it was not.
    """

    file: str
    place: str
    text: str
    reason: str | None = None

    def __str__(self) -> str:
        """One line."""
        intended = f" (intended: {self.reason})" if self.reason is not None else ""
        return f"{self.file}: {self.text}{intended}"


FILES: Final[tuple[Rename, ...]] = ()
"""Files that were renamed on purpose."""

COLUMNS: Final[tuple[Rename, ...]] = (
    Rename("why*", "summary.json", "mean", "center"),
    Rename("calibrate*", "rows.*", "figure *", "target *"),
    Rename("calibrate*", "calibration.json", "figures", "targets"),
)
"""Columns of tables, and keys of JSON and TOML files at any level, that were renamed on purpose."""

_WORDING: Final = "the text is reworded"
_CENTRAL: Final = "the representative values are central in parameters and outcomes, and their percentiles are stored"
_MEDIAN: Final = "effects over draws are medians, not means"
_QUANTILES: Final = "quantiles 0.05 and 0.95 are exact: the last digit of an interval over draws"
_ONE_T_INTERVAL: Final = "t intervals of trials are computed by `statistics.t_interval`, whose last digit may differ"
_ATTENTIVENESS: Final = "people have an attentiveness, whose spread is a new parameter with the value 0"
_ONE_SPEED: Final = "`trust_gain`, which a calibration draws, is also the speed of the reputation"
_REPRESENTATIVE: Final = "draws are taken in an order in which any number of them represents the posterior"
_ONE_NUMBER: Final = "one number is stated for all services"
_CONTENTS: Final = "results state what their intervals contain"
_PERIOD: Final = "the budget is stored with its period, in total and per year"
_TARGETS: Final = "the effects of limited policies on their targets are stored"
_SMALL_GROUPS: Final = (
    "groups with few simulated persons have no percentages, and a column tells whether groups differ"
)
_FOR_AMOUNT: Final = "a cost may state its amount and an investment"

INTENDED: Final[tuple[Intended, ...]] = (
    Intended("compare*draws", "comparison.*", "*", _MEDIAN),
    Intended("compare*draws", "gains.*", "*", _MEDIAN),
    Intended("compare*draws", "ensemble.*", "*", _QUANTILES),
    Intended("compare*", "targets.*", "", _TARGETS),
    Intended("compare*", "gains.*", "differs", _SMALL_GROUPS),
    Intended("compare*", "gains.*", "*_percent", _SMALL_GROUPS),
    Intended("compare*", "gains.*", "low", _SMALL_GROUPS),
    Intended("compare*", "gains.*", "high", _SMALL_GROUPS),
    Intended("*", "*manifest.json", "*cost*", _FOR_AMOUNT),
    Intended("plan_worst_off", "packages.*", "*", _MEDIAN),
    Intended("plan_worst_off", "summary.json", "*", _MEDIAN),
    Intended("plan*", "*.json", "budget", _PERIOD),
    Intended("plan*", "*.json", "budget.*", _PERIOD),
    Intended("trial_draws", "*", "*", _QUANTILES),
    Intended("trial_*", "summary.*", "*low", _ONE_T_INTERVAL),
    Intended("trial_*", "summary.*", "*high", _ONE_T_INTERVAL),
    Intended("calibrate*", "calibration.json", "diagnostics*.name", "names of the checks are reworded"),
    Intended("calibrate*", "calibration.json", "targets.*.source", _WORDING),
    Intended("calibrate*", "calibration.json", "targets.*.undefined_rows", "targets that divide by 0 are counted"),
    Intended("calibrate*", "*manifest.json", "", "calibrations have a manifest, too"),
    Intended("synthesise", "*parameters.toml", "*.unit", _WORDING),
    Intended("synthesise", "*parameters.toml", "*.source", _WORDING),
    Intended("validate", "validation.*", "found", _WORDING),
    Intended("validate", "validation.*", "*because", _WORDING),
    Intended("validate", "validation.*", "*reason", _WORDING),
    Intended("validate", "validation.*", "quantity", _WORDING),
    Intended("validate", "validation.*", "source", _WORDING),
    Intended("why", "manifest.json", "obstacles*", _WORDING),
    Intended("why*", "summary.json", "parameter_uncertainty", _CONTENTS),
    Intended("trial*", "summary.json", "parameter_uncertainty", _CONTENTS),
    Intended("trial*", "summary.json", "said*", _CONTENTS),
    Intended("plan*", "summary.json", "said*", _CONTENTS),
    Intended("saved_*", "*.npz", "model_class", "a saved model names its class"),
    Intended("saved_*", "*.npz", "attentiveness", _ATTENTIVENESS),
    Intended("saved_*", "*.npz", "format", _ATTENTIVENESS),
    Intended("saved_*", "*.npz", "digest", _ATTENTIVENESS),
    Intended("*", "*people.*", "attentiveness", _ATTENTIVENESS),
    Intended("*", "*manifest.json", "district*.sha256", _ATTENTIVENESS),
    Intended("synthesise", "*parameters.toml", "attention_spread", _ATTENTIVENESS),
    Intended("calibrate*", "*", "*", _ONE_SPEED),
    Intended("synthesise", "*parameters.toml", "reputation_speed*", _ONE_SPEED),
    Intended("synthesise", "*parameters.toml", "quality.value", _ONE_NUMBER),
    Intended("calibrate*", "calibrated.toml", "source", "the sentence on the representative draw is reworded"),
    Intended("calibrate*", "calibrated.toml", "values*", _CENTRAL),
    Intended("calibrate*", "calibration.json", "representative*", _CENTRAL),
    Intended("calibrate*", "calibration.json", "predictions*", "observations are predicted from each other"),
    Intended("calibrate*", "predictions.*", "*", "observations are predicted from each other"),
    Intended("calibrate*", "posterior.parquet", "reason *", _CENTRAL),
    Intended("calibrate*", "calibration.json", "diagnostics*", "the representative values are checked"),
    Intended("*_draws", "*", "*", _REPRESENTATIVE),
    Intended("plan_worst_off", "*", "*", _REPRESENTATIVE),
    Intended("validate", "*", "*", _REPRESENTATIVE),
    Intended("voi", "*", "*", _REPRESENTATIVE),
)
"""Differences in results that were made on purpose; they are reported and do not count."""

IGNORED_KEYS: Final = {
    "manifest.json": {
        "command": "options may be renamed; what the command gave is compared anyway",
        "code": "a hash of the code",
        "key": "a hash of the code, among others",
        "versions": "the package's own version, and the libraries', which are the same in both trees",
        "files": "hashes of the files, which are compared themselves",
    },
    "calibration.json": {"command": "as in manifest.json", "versions": "as in manifest.json"},
}
"""Keys that legitimately differ, by file name, with the reason; at the top level of the file."""

PROSE: Final = (
    "said",
    "meant",
    "how",
    "interval",
    "intervals",
    "in_the_trial",
    "measured",
    "wanted",
    "words",
    "sentences",
    "first_error",
)
"""Keys of JSON files that hold sentences: they may be reworded, but the numbers in them must stay."""

IGNORED_ARRAYS: Final = {
    "header": "compared as JSON, without IGNORED_HEADER",
    "checksum": "of all arrays, the header's among them",
}
"""Arrays of a saved model that are not compared as they are."""

IGNORED_HEADER: Final = {"district": "the path of the district's folder, which lies in the tree"}

SKIPPED: Final = {
    ".png": "figures are not drawn",
    ".svg": "figures are not drawn",
    ".pdf": "figures are not drawn",
    ".html": "pages hold prose and figures, the tables beside them are compared",
    ".sqlite": "a journal's keys are hashes of the code",
    ".lock": "empty",
}
"""Kinds of files that are not compared."""

_NUMBER: Final = re.compile(r"\d(?:[\d.,]*\d)?")


def compare_folders(case: str, other: Path, here: Path) -> list[Difference]:
    """Return the differences between two result folders by file and column, in the order of the files.

    Args:
        case: the case's name.
        other: the folder of the other revision.
        here: the folder of this tree.
    """
    theirs, ours = _files(other), _files(here)
    for rename in _applying(FILES, case):
        if rename.old in theirs and rename.old not in ours and rename.new not in theirs:
            theirs[rename.new] = theirs.pop(rename.old)
    differences = []
    for name in sorted(theirs.keys() | ours.keys()):
        if name not in ours:
            differences.append(Difference(name, "", "missing in this tree"))
        elif name not in theirs:
            differences.append(Difference(name, "", "missing in the other revision"))
        else:
            differences += compare_files(case, name, theirs[name], ours[name])
    return [_with_reason(case, each) for each in differences]


def compare_files(case: str, name: str, other: Path, here: Path) -> list[Difference]:
    """Return the differences of one file, with the first row of each column that differs.

    Args:
        case: the case's name.
        name: the file's path in the result folder.
        other: the file of the other revision.
        here: the file of this tree.
    """
    if other.read_bytes() == here.read_bytes():
        return []
    renames = {each.old: each.new for each in _applying(COLUMNS, case) if fnmatchcase(Path(name).name, each.file)}
    ending = here.suffix
    if ending == ".csv":
        differing = list(_compare_tables(_csv_columns(other), _csv_columns(here), renames))
    elif ending == ".parquet":
        differing = list(_compare_tables(_parquet_columns(other), _parquet_columns(here), renames))
    elif ending == ".json":
        ignored = IGNORED_KEYS.get(Path(name).name, {})
        theirs, ours = (json.loads(file.read_text(encoding="utf-8")) for file in (other, here))
        differing = list(_compare_values(_without(theirs, ignored), _without(ours, ignored), renames))
        if not differing:
            return []  # ignored keys, or the order of keys
    elif ending == ".toml":
        theirs, ours = (tomllib.loads(file.read_text(encoding="utf-8")) for file in (other, here))
        differing = list(_compare_values(theirs, ours, renames))
        if not differing:
            return []  # layout and comments
    elif ending == ".npz":
        differing = list(_compare_archives(other, here))
        if not differing:
            return []  # the header
    else:
        differing = list(_compare_lines(other.read_bytes(), here.read_bytes()))
    if not differing and not renames:
        differing = [("", "the same values, but other bytes")]
    return [Difference(name, place, text) for place, text in differing]


def _files(folder: Path) -> dict[str, Path]:
    """Return the files to compare by their path in the folder; hidden files are not results."""
    return {
        str(file.relative_to(folder)): file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix not in SKIPPED and not file.name.startswith(".")
    }


def _applying(renames: tuple[Rename, ...], case: str) -> list[Rename]:
    return [each for each in renames if fnmatchcase(case, each.case)]


def _with_reason(case: str, difference: Difference) -> Difference:
    for each in INTENDED:
        places = (difference.file, each.file), (difference.place, each.place)
        if fnmatchcase(case, each.case) and all(fnmatchcase(given, pattern) for given, pattern in places):
            return difference._replace(reason=each.reason)
    return difference


def _csv_columns(file: Path) -> dict[str, list[str]]:
    """Return the type of every column and its values as written."""
    with file.open(encoding="utf-8", newline="") as stream:
        head, *rows = list(csv.reader(stream)) or [[]]
    return {
        name: ["text", *(row[place] if place < len(row) else "" for row in rows)] for place, name in enumerate(head)
    }


def _parquet_columns(file: Path) -> dict[str, list[str]]:
    """Return the type of every column and its values as exact text."""
    table = pq.read_table(file)
    return {
        name: [str(table.schema.field(name).type), *map(repr, table.column(name).to_pylist())]
        for name in table.column_names
    }


def _compare_tables(
    theirs: dict[str, list[str]], ours: dict[str, list[str]], renames: dict[str, str]
) -> Iterator[tuple[str, str]]:
    theirs = {_renamed(name, theirs, ours, renames): column for name, column in theirs.items()}
    for name in theirs:
        if name not in ours:
            yield name, f'column "{name}" is missing in this tree'
    for name, column in ours.items():
        if name not in theirs:
            yield name, f'column "{name}" is missing in the other revision'
            continue
        for row, (before, now) in enumerate(zip_longest(theirs[name], column)):
            if before != now:
                where = f"row {row}" if row else "type"
                yield name, f'column "{name}", {where}: {_shown(before)} -> {_shown(now)}'
                break
    if list(theirs) != list(ours) and theirs.keys() == ours.keys():
        yield "", "the columns have another order"


def _compare_values(theirs: Any, ours: Any, renames: dict[str, str], above: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        theirs = {_renamed(key, theirs, ours, renames): value for key, value in theirs.items()}
        for key in (*theirs, *(key for key in ours if key not in theirs)):
            place = f"{above}.{key}" if above else key
            if key not in ours:
                yield place, f'key "{place}" is missing in this tree'
            elif key not in theirs:
                yield place, f'key "{place}" is missing in the other revision'
            else:
                yield from _compare_values(theirs[key], ours[key], renames, place)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for place, (before, now) in enumerate(zip(theirs, ours, strict=True)):
            yield from _compare_values(before, now, renames, f"{above}[{place}]")
    elif repr(theirs) != repr(ours) and not _is_reworded(theirs, ours, above):
        yield above, f'key "{above}": {_shown(repr(theirs))} -> {_shown(repr(ours))}'


def _is_reworded(theirs: Any, ours: Any, place: str) -> bool:
    """Return whether two values are sentences with the same numbers."""
    key = re.sub(r"\[\d+\]$", "", place).rpartition(".")[2]
    if key not in PROSE or not isinstance(theirs, str) or not isinstance(ours, str):
        return False
    return sorted(_NUMBER.findall(theirs)) == sorted(_NUMBER.findall(ours))


def _compare_archives(there: Path, here: Path) -> Iterator[tuple[str, str]]:
    with np.load(there, allow_pickle=False) as theirs, np.load(here, allow_pickle=False) as ours:
        for name in sorted({*theirs.files, *ours.files}):
            if name not in ours.files or name not in theirs.files:
                yield name, f'array "{name}" is in one of the two alone'
            elif name == "header":
                before, now = (json.loads(each["header"].tobytes()) for each in (theirs, ours))
                yield from _compare_values(_without(before, IGNORED_HEADER), _without(now, IGNORED_HEADER), {})
            elif name not in IGNORED_ARRAYS:
                before, now = theirs[name], ours[name]
                if (before.dtype, before.shape) != (now.dtype, now.shape):
                    kinds = f"{before.dtype} {before.shape} -> {now.dtype} {now.shape}"
                    yield name, f'array "{name}": {kinds}'
                elif before.tobytes() != now.tobytes():
                    pairs = enumerate(zip(before.reshape(-1), now.reshape(-1), strict=True))
                    place, values = next(pair for pair in pairs if pair[1][0].tobytes() != pair[1][1].tobytes())
                    where = ", ".join(map(str, np.unravel_index(place, before.shape)))
                    yield name, f'array "{name}", at [{where}]: {values[0]} -> {values[1]}'


def _compare_lines(other: bytes, here: bytes) -> Iterator[tuple[str, str]]:
    lines = zip_longest(other.splitlines(), here.splitlines())
    for number, (before, now) in enumerate(lines, 1):
        if before != now:
            yield "", f"line {number}: {_shown(repr(before))} -> {_shown(repr(now))}"
            return
    yield "", "other ends of lines"


def _renamed(name: str, theirs: dict[str, Any], ours: dict[str, Any], renames: dict[str, str]) -> str:
    """Return the name in this tree; the same name if it is renamed in both revisions or in neither."""
    new = renames.get(name, name)
    for old_start, new_start in ((old[:-1], new[:-1]) for old, new in renames.items() if old.endswith("*")):
        if name.startswith(old_start):
            new = new_start + name.removeprefix(old_start)
    return new if name not in ours and new not in theirs else name


def _without(content: Any, ignored: dict[str, str]) -> Any:
    if not isinstance(content, dict):
        return content
    return {key: value for key, value in content.items() if key not in ignored}


def _shown(text: str | None) -> str:
    if text is None:
        return "no row"
    return text if len(text) <= 60 else f"{text[:57]}..."

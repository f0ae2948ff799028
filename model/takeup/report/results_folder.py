"""Results folders: tables, figures and a manifest, each written atomically."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec
from warnings import catch_warnings, filterwarnings

import numpy as np

import takeup
from takeup.district import District
from takeup.errors import InputError
from takeup.io import JOURNAL, OutputError, is_file, record_written, write_whole
from takeup.message import Message
from takeup.scenario import Scenario, SourcedIntervention

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

Arguments = ParamSpec("Arguments")

FIGURE_DPI: Final = 150
_METADATA: Final = {"Software": None}
"""Metadata of PNG files: without the version of Matplotlib."""
MANIFEST: Final = "manifest.json"
_RESULT_SUFFIXES: Final = frozenset({".csv", ".parquet", ".png", ".svg", ".html", ".json", ".md", ".xlsx", ".docx"})
"""Suffixes of the files that commands write to a folder of results."""
_LIBRARIES: Final = ("numpy", "numba", "pandas", "scipy", "mesa")


def results_writer(
    write: Callable[Concatenate[Path, Arguments], Mapping[str, Any]],
) -> Callable[Concatenate[Path, Arguments], None]:
    """Decorate a function that writes results to a folder and returns their record.

    The decorated function locks the folder against other commands, removes the old manifest, and writes the results.
    It then removes the files that only the old manifest lists, unless a user has changed them, and writes the new
    manifest: the record, and the SHA-256 of every file. If both manifests have the same key, the inputs are the same:
    files that only the old one lists, such as a page in another language, are kept and listed. All files that a
    manifest lists are therefore there and are from the same inputs.
    """

    @wraps(write)
    def alone(folder: Path, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        with _locked(folder):
            earlier, earlier_key = _unchanged_files(folder), _manifest_key(folder)
            try:
                (folder / MANIFEST).unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(folder / MANIFEST, error) from error
            with record_written() as written:
                record = write(folder, *arguments, **named)
            files = {path.relative_to(folder).as_posix(): path for path in written if folder in path.parents}
            if earlier_key is not None and earlier_key == record.get("key"):
                files |= {name: folder / name for name in earlier}
            for name in earlier - files.keys():
                with suppress(OSError):
                    (folder / name).unlink()
                    (folder / name).parent.rmdir()  # fails unless the folder is empty
            hashes = {name: _sha256(files[name]) for name in sorted(files)}
            write_json({**record, "files": hashes}, folder / MANIFEST)

    return alone


def verify_results(folder: Path) -> int:
    """Compare a results folder with its manifest, and return the number of files.

    Raises:
        InputError: the manifest cannot be read, or a file is missing or was changed.
    """
    files = _listed_files(folder)
    if files is None:
        raise InputError(
            "the file is missing, or it is not a manifest with a list of files",
            file=folder / MANIFEST,
            allowed="a folder of results",
        )
    outside = set(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]) - files.keys()
    if outside:
        raise InputError(
            "the manifest lists a file outside its folder",
            file=folder / MANIFEST,
            given=min(outside),
            allowed="files in the folder",
        )
    for name, expected in files.items():
        file = folder / name
        if not is_file(file):
            raise InputError("the file is missing, although the manifest lists it", file=file)
        if (actual := _sha256(file)) != expected:
            raise InputError(
                "the file was changed",
                file=file,
                given=f"SHA-256 {actual}",
                allowed=Message("SHA-256 {expected}", expected=expected),
            )
    return len(files)


def check_owner(folder: Path) -> None:
    """Check that a folder has no files of others that results could replace.

    A folder that a command has written to has a manifest or a journal. In another folder, files of the kinds that
    commands write belong to somebody else.

    Raises:
        InputError: the folder has such a file.
    """
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError:  # no folder yet
        return
    others = [name for name in names if Path(name).suffix.lower() in _RESULT_SUFFIXES]
    if others and not {MANIFEST, JOURNAL}.intersection(names):
        raise InputError(
            "the folder has files that are not results of a command",
            key="--out",
            file=folder,
            given=", ".join(others),
            allowed="a new or empty folder, or one with results",
        )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Create a folder if it is missing, and lock it against other commands."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = os.open(folder, os.O_RDONLY) if fcntl is not None else None
    except OSError as error:
        raise OutputError(folder, error) from error
    try:
        if fcntl is not None and place is not None:
            with suppress(OSError):  # on a file system without locks
                fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        if place is not None:
            os.close(place)


def _listed_files(folder: Path) -> dict[str, str] | None:
    """Return the SHA-256 of each file in a folder's manifest; None if there is none."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        safe = {name: str(value) for name, value in files.items() if folder in (folder / name).parents}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return {name: value for name, value in safe.items() if ".." not in Path(name).parts}


def _unchanged_files(folder: Path) -> set[str]:
    """Return the names of the files that are as an earlier command wrote them."""
    listed = _listed_files(folder) or {}
    return {name for name, value in listed.items() if is_file(folder / name) and _sha256(folder / name) == value}


def _manifest_key(folder: Path) -> str | None:
    """Return the hash of the inputs in a folder's manifest; None if there is none."""
    try:
        key = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return key if isinstance(key, str) else None


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def figure_png(figure: Figure, box: Bbox | None = None) -> bytes:
    """Draw a figure as PNG; the same figure gives the same bytes.

    Characters that no installed font has are drawn as boxes.

    Args:
        figure: the figure.
        box: part of the figure to draw, in inches; None for the whole figure.
    """
    buffer = io.BytesIO()
    with catch_warnings():
        filterwarnings("ignore", message="Glyph .* missing")
        if box is not None:
            figure.savefig(buffer, format="png", dpi=FIGURE_DPI, bbox_inches=box, metadata=_METADATA)
        else:  # `savefig` draws twice, first for a layout that these figures do not have
            _draw_once(figure, buffer)
    return buffer.getvalue()


def _draw_once(figure: Figure, buffer: io.BytesIO) -> None:
    """Draw a whole figure as PNG with one pass."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (not every command draws)

    dpi, canvas = figure.dpi, figure.canvas
    try:
        figure.set_dpi(FIGURE_DPI)
        canvas_of_file: Any = FigureCanvasAgg(figure)
        canvas_of_file.print_png(buffer, metadata=_METADATA)
    finally:
        figure.set_dpi(dpi)
        figure.set_canvas(canvas)


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, see `figure_png`.

    Raises:
        OutputError: the file cannot be written.
    """
    write_whole(path, figure_png(figure))


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table without its index as CSV or Parquet (zstd), by the path's suffix.

    Raises:
        OutputError: the file cannot be written.
        ValueError: the path has another suffix.
    """
    buffer = io.BytesIO()
    if path.suffix == ".csv":
        frame.to_csv(buffer, index=False, lineterminator="\n", encoding="utf-8")
    elif path.suffix == ".parquet":
        frame.to_parquet(buffer, engine="pyarrow", compression="zstd", index=False, write_page_checksum=True)
    else:
        raise ValueError(f"{path}: the suffix of a table's file must be .csv or .parquet")
    write_whole(path, buffer.getvalue())


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write each table as a CSV and as a Parquet file with the table's name.

    Raises:
        OutputError: a file cannot be written.
    """
    for name, table in tables.items():
        for ending in ("csv", "parquet"):
            write_frame(table, folder / f"{name}.{ending}")


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write a mapping as standard JSON; numbers that are not finite become null.

    Args:
        content: nested mappings, sequences, texts and numbers, including those of NumPy.
        path: path of the file.

    Raises:
        OutputError: the file cannot be written.
        TypeError: a value cannot be represented in JSON.
    """
    text = json.dumps(_plain(content), ensure_ascii=False, indent=2, allow_nan=False)
    write_whole(path, text + "\n")


def _plain(value: Any) -> Any:
    """Return the value in built-in types, with None for numbers that are not finite."""
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def command_line() -> str:
    """Return the command line of this process."""
    return f"takeup {shlex.join(sys.argv[1:])}"


def library_versions(*others: str) -> dict[str, str]:
    """Return the versions of this package, of Python and of libraries.

    Args:
        others: names of libraries in addition to those that all results depend on.
    """
    return {
        "takeup": takeup.__version__,
        "python": platform.python_version(),
        **{library: version(library) for library in (*_LIBRARIES, *others)},
    }


def key_of_results(results: Mapping[str, Any]) -> str:
    """Return a key of a manifest from the results in numbers, which do not depend on the language.

    Args:
        results: the content of a JSON file, as for `write_json`.
    """
    return hashlib.sha256(json.dumps(_plain(results), sort_keys=True).encode()).hexdigest()


def run_record(district: District, key: str) -> dict[str, Any]:
    """Return the common entries of manifests: command, key, versions, district."""
    return {
        "command": command_line(),
        "key": key,
        "versions": library_versions(),
        "district": district_record(district),
    }


def district_record(district: District) -> dict[str, str]:
    """Return the record of a district for a manifest, with a hash of its data."""
    return {"name": district.name, "sha256": district.digest}


def scenario_record(scenario: Scenario) -> dict[str, Any]:
    """Return the record of a scenario for a manifest, with a hash of its content."""
    stated = intervention_records(scenario.stated)
    purchases = [each.purchase.model_dump(by_alias=True, exclude_none=True) for each in scenario.purchases]
    content = [*stated, *purchases]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    record = {"name": scenario.name, "title": scenario.title, "sha256": digest, "interventions": stated}
    return {**record, "measures": purchases} if purchases else record


def intervention_records(stated: Iterable[SourcedIntervention]) -> list[dict[str, Any]]:
    """Return interventions as records, with the keys of scenario files."""
    return [each.intervention.model_dump(by_alias=True, exclude_none=True) for each in stated]

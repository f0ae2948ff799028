"""Scenario files: search by name, and reading with the files they extend."""

from __future__ import annotations

from pathlib import Path

from takeup.errors import InputError
from takeup.io import is_file, parse_model, read_toml, require_regular_file
from takeup.scenario.schema import BASELINE, Scenario, ScenarioFile, SourcedIntervention

_PACKAGED = Path(__file__).resolve().parents[1] / "scenarios"
_SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).resolve().parents[3] / "scenarios"
"""The shipped scenarios: package data of an installed wheel; the repository's folder with an editable install."""
_MAX_DEPTH = 20


def load_scenario(named: str | Path | Scenario | None = None) -> Scenario:
    """Load the scenario of a path or a name.

    A name is searched as ./NAME.toml, then as ./scenarios/NAME.toml, then among the shipped scenarios; `baseline`
    needs no file.

    Args:
        named: A path, a name, or a scenario, which is only checked; None means the baseline.

    Raises:
        InputError: There is no such scenario; its file, or one that it extends, is wrong; or it is called `baseline`
            and changes something.
    """
    if isinstance(named, Scenario):
        return _check_name(named, None)
    file = None if named is None else _locate(named)
    return BASELINE if file is None else _read(file, ())


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
    """Return the file of a name or path; None for the baseline, unless there is a file of this name."""
    path = Path(named)
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
    """Return the scenario files in the folder of a missing one, as paths of the same form."""
    try:
        return sorted(str(path.with_name(file.name)) for file in path.parent.glob("*.toml"))
    except (OSError, ValueError):
        return []


def _read(file: Path, above: tuple[Path, ...]) -> Scenario:
    if file.resolve() in above:
        chain = " -> ".join(path.stem for path in (*above, file))
        raise InputError("extends itself in a circle", file=file, key="extends", given=chain)
    if len(above) >= _MAX_DEPTH:
        allowed = f"at most {_MAX_DEPTH} files in a row"
        raise InputError("extends too deeply", file=file, key="extends", allowed=allowed)
    written = parse_model(ScenarioFile, read_toml(file), file=file)
    inherited: tuple[SourcedIntervention, ...] = ()
    if written.extends is not None:
        inherited = _read_extended(file, written.extends, (*above, file.resolve()))
    own = tuple(SourcedIntervention(each, file, number) for number, each in enumerate(written.intervention, 1))
    return _check_name(Scenario(file.stem, written.title, written.question, written.source, inherited + own), file)


def _check_name(scenario: Scenario, file: Path | None) -> Scenario:
    """Return the scenario; refuse one that is called `baseline` but has interventions."""
    if scenario.name == BASELINE.name and scenario.stated:
        raise InputError(
            "a scenario called baseline must not change anything",
            file=file,
            key="intervention",
            given=f"{len(scenario.stated)} of them",
            allowed="none, or another name for the file",
        )
    return scenario


def _read_extended(file: Path, extended: str, above: tuple[Path, ...]) -> tuple[SourcedIntervention, ...]:
    """Return the interventions of an extended file, which must lie in the same folder or below it."""
    folder = file.resolve().parent
    try:
        target = (folder / (extended if extended.endswith(".toml") else f"{extended}.toml")).resolve()
    except (OSError, ValueError):
        raise InputError("not a file's name", file=file, key="extends", given=extended) from None
    if not target.is_relative_to(folder):
        raise InputError(
            "outside the scenario's folder",
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
    return _read(target, above).stated

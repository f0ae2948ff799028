"""Finding and reading scenario files."""

from __future__ import annotations

from pathlib import Path

from takeup.errors import InputError
from takeup.io import is_file, parse_model, read_toml, require_regular_file
from takeup.scenario.schema import BASELINE, Scenario, ScenarioFile, SourcedIntervention

_REPOSITORY = Path(__file__).resolve().parents[3]
_DEEPEST = 20


def load_scenario(named: str | Path | Scenario | None = None) -> Scenario:
    """The scenario of a path or a name.

    A name is looked up as ./NAME.toml, ./scenarios/NAME.toml, then in the repository that an editable install
    points to; `baseline` needs no file.

    Raises:
        InputError: there is no such scenario, its file or one it extends is wrong, or it is called `baseline` and
            changes something.
    """
    if isinstance(named, Scenario):
        return _unmistakable(named, None)
    file = None if named is None else _found(named)
    return BASELINE if file is None else _read(file, ())


def known_scenarios() -> dict[str, Path]:
    """The scenario files that a bare name would find, by name."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for file in sorted(folder.glob("*.toml")):
            found.setdefault(file.stem, file)
    return found


def _folders() -> list[Path]:
    return [Path("scenarios"), _REPOSITORY / "scenarios"]


def _found(named: str | Path) -> Path | None:
    """The file of a name or path; None for the baseline where no file says otherwise."""
    path = Path(named)
    if is_file(path):
        return path
    if path.suffix == ".toml" or len(path.parts) > 1:
        require_regular_file(path)
        raise InputError(
            "no such scenario file",
            key="scenario",
            given=str(named),
            allowed="a file that there is, or a name that `takeup list` prints",
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
    """The files that lie where one was looked for, written as it was."""
    try:
        return sorted(str(path.with_name(file.name)) for file in path.parent.glob("*.toml"))
    except (OSError, ValueError):
        return []


def _read(file: Path, above: tuple[Path, ...]) -> Scenario:
    if file.resolve() in above:
        chain = " -> ".join(path.stem for path in (*above, file))
        raise InputError("extends itself in a circle", file=file, key="extends", given=chain)
    if len(above) >= _DEEPEST:
        raise InputError("extends too deeply", file=file, key="extends", allowed=f"at most {_DEEPEST} files in a row")
    written = parse_model(ScenarioFile, read_toml(file), file=file)
    inherited: tuple[SourcedIntervention, ...] = ()
    if written.extends is not None:
        inherited = _read_extended(file, written.extends, (*above, file.resolve()))
    own = tuple(SourcedIntervention(each, file, number) for number, each in enumerate(written.intervention, 1))
    return _unmistakable(Scenario(file.stem, written.title, written.question, written.source, inherited + own), file)


def _unmistakable(scenario: Scenario, file: Path | None) -> Scenario:
    """The scenario, unless it would pass for the baseline in every command that is run beside its file."""
    if scenario.name == BASELINE.name and scenario.stated:
        raise InputError(
            "a scenario called baseline changes nothing",
            file=file,
            key="intervention",
            given=f"{len(scenario.stated)} of them",
            allowed="none, or another name for the file",
        )
    return scenario


def _read_extended(file: Path, extended: str, above: tuple[Path, ...]) -> tuple[SourcedIntervention, ...]:
    """The interventions of an extended file, which must lie in the same folder or below it."""
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

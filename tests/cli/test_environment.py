"""Where the program runs: other encodings, no home directory, folders of other users, disabled compilation."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DISTRICT = str(REPOSITORY / "model" / "takeup" / "districts" / "template")
COMMANDS = """
import sys
from takeup.cli import main
for arguments in (["--help"], ["list"], *(["check", given] for given in sys.argv[1:])):
    try:
        main(arguments)
    except SystemExit as end:
        assert not end.code, (arguments, end.code)
"""
SCENARIO = """\
title = "A campaign — 宣传月 «活动»"
source = "某某 Müller, 2019"

[[intervention]]
lever = "publicity"
set = 0.5
from = "2019-01"
"""
CACHE = """
from takeup.rules.utility import hassle_factor
assert hassle_factor(0.5, 1.2) > 0.0
assert hassle_factor.nopython_signatures
print(hassle_factor.stats.cache_path)
"""
INSTALLED_READ_ONLY = """
import os
access = os.access
os.access = lambda path, mode, **how: "__pycache__" not in str(path) and access(path, mode, **how)
"""
OTHER_USER = """
import os
os.getuid = lambda: 54321
"""


def run(
    program: str, *arguments: str, unset: tuple[str, ...] = (), user: int | None = None, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a program in an environment that differs in some variables."""
    environment = {name: value for name, value in os.environ.items() if name not in unset} | variables
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, env=environment, check=False, user=user
    )


ENVIRONMENTS: dict[str, dict[str, str]] = {
    "cp1252": {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    "ascii": {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "locale C": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize(
    "name", ["ascii", *(pytest.param(name, marks=pytest.mark.slow) for name in ENVIRONMENTS if name != "ascii")]
)
def test_commands_print_what_the_encoding_can_show(name: str, tmp_path: Path) -> None:
    scenario = tmp_path / "宣传.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    ended = run(COMMANDS, DISTRICT, str(scenario), unset=("PYTHONIOENCODING",), **ENVIRONMENTS[name])
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")
    assert b"Traceback" not in ended.stderr
    assert b"Usage: " in ended.stdout
    assert b"publicity" in ended.stdout
    assert ended.stdout.count(b": valid") == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a system without user numbers")
def test_commands_run_without_a_home_directory(tmp_path: Path) -> None:
    ended = run(
        COMMANDS, DISTRICT, "publicity", unset=("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), TMPDIR=str(tmp_path)
    )
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"Traceback" not in ended.stderr


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can run as another user")
def test_commands_run_for_a_user_without_an_entry(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    try:
        ended = run(
            COMMANDS, DISTRICT, "publicity", unset=("HOME", "USER", "LOGNAME"), user=54321, TMPDIR=str(tmp_path)
        )
    except PermissionError:
        pytest.skip("other users cannot run this Python")
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"Traceback" not in ended.stderr


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a system without user numbers")
def test_a_run_writes_its_results_without_a_home_directory_and_in_ascii(tmp_path: Path) -> None:
    out = tmp_path / "结果"
    program = "import sys; from takeup.cli import main; main(sys.argv[1:])"
    options = ("--agents", "2000", "--until", "2010-03", "--out", str(out))
    ended = run(
        program,
        *("run", "baseline", "--district", "template", *options),
        unset=("HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
        TMPDIR=str(tmp_path),
        **ENVIRONMENTS["ascii"],
    )
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert (out / "manifest.json").exists()


def cache_of(program: str, **variables: str) -> tuple[Path, str]:
    """Return the folder of the compiled functions that a program uses, and what it prints to the error stream."""
    ended = run(program + CACHE, **variables)
    assert ended.returncode == 0, ended.stderr.decode()
    return Path(ended.stdout.decode().strip()), ended.stderr.decode()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a system without owners of folders")
def test_the_cache_is_in_a_folder_of_the_user_alone(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    for folder in (home, temporary):
        folder.mkdir()
    used, note = cache_of(INSTALLED_READ_ONLY, HOME=str(home), TMPDIR=str(temporary))
    assert (home / ".cache" / "takeup") in used.parents
    assert not note
    for folder in (home / ".cache" / "takeup", *(home / ".cache" / "takeup").iterdir()):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a system without owners of folders")
@pytest.mark.parametrize("fault", ["others may write", "a link", "a file"])
def test_a_cache_folder_that_is_not_private_is_not_used(tmp_path: Path, fault: str) -> None:
    temporary, elsewhere = tmp_path / "temporary", tmp_path / "elsewhere"
    for folder in (temporary, elsewhere):
        folder.mkdir()
    shared = temporary / f"takeup-{os.getuid()}"
    if fault == "others may write":
        shared.mkdir()
        shared.chmod(0o777)
    elif fault == "a link":
        shared.symlink_to(elsewhere)
    else:
        shared.write_bytes(b"")
    used, note = cache_of(INSTALLED_READ_ONLY, HOME="/dev/null/nowhere", TMPDIR=str(temporary))
    assert shared not in used.parents
    assert elsewhere not in used.resolve().parents
    assert not list(elsewhere.iterdir())
    assert "no folder is available for compiled code" in note


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a system without owners of folders")
def test_folders_of_somebody_else_are_not_used(tmp_path: Path) -> None:
    """For another user, all folders of this user are of somebody else."""
    home, shared = tmp_path / "home", tmp_path / "takeup-54321"
    (home / ".cache" / "takeup").mkdir(parents=True, mode=0o700)
    shared.mkdir(mode=0o700)
    used, note = cache_of(OTHER_USER, HOME=str(home), TMPDIR=str(tmp_path))
    assert used.parent.name.startswith("takeup-compiled-") or used.parent.parent.name.startswith("takeup-compiled-")
    assert "every process compiles the code again" in note
    assert not list(shared.iterdir())


def test_a_request_not_to_compile_is_ignored_with_a_note() -> None:
    _, note = cache_of("", NUMBA_DISABLE_JIT="1")
    assert "NUMBA_DISABLE_JIT is ignored" in note


def test_numba_that_was_imported_without_compilation_is_refused() -> None:
    ended = run("import numba" + CACHE, NUMBA_DISABLE_JIT="1")
    assert ended.returncode != 0
    assert b"import takeup before numba" in ended.stderr


def sources() -> Iterator[tuple[str, str]]:
    """Yield the Python of the repository by its place: modules, notebooks, and blocks of the documents."""
    for folder in ("model", "calibration", "tools", "benchmarks"):
        for file in sorted((REPOSITORY / folder).rglob("*.py")):
            yield str(file.relative_to(REPOSITORY)), file.read_text(encoding="utf-8")
    for file in sorted((REPOSITORY / "notebooks").glob("*.ipynb")):
        for number, cell in enumerate(json.loads(file.read_text(encoding="utf-8"))["cells"]):
            if cell["cell_type"] == "code":
                yield f"{file.name}, cell {number}", re.sub(r"^[%!].*$", "", "".join(cell["source"]), flags=re.M)
    for file in [*sorted((REPOSITORY / "docs").glob("*.md")), *REPOSITORY.glob("*.md")]:
        for block in re.findall(r"^```python\n(.*?)^```", file.read_text(encoding="utf-8"), re.M | re.S):
            yield file.name, block


def encodings_missing(sources: Mapping[str, str] | Iterator[tuple[str, str]]) -> list[str]:
    """Return the calls that read or write text in the encoding of the locale."""
    missing = []
    for place, source in dict(sources).items() if isinstance(sources, Mapping) else sources:
        for call in ast.walk(ast.parse(source)):
            if not isinstance(call, ast.Call) or any(each.arg in ("encoding", None) for each in call.keywords):
                continue
            match call:
                case ast.Call(func=ast.Attribute(attr="read_text"), args=[]):
                    missing.append(f"{place}: {ast.unparse(call)}")
                case ast.Call(func=ast.Attribute(attr="write_text"), args=[_]):
                    missing.append(f"{place}: {ast.unparse(call)}")
                case ast.Call(func=ast.Name(id="open"), args=[_, ast.Constant(value=mode), *_]) if "b" in str(mode):
                    pass
                case ast.Call(func=ast.Name(id="open")):
                    missing.append(f"{place}: {ast.unparse(call)}")
    return missing


def test_text_files_are_read_and_written_with_their_encoding() -> None:
    wrong = {"x": "p.read_text(); p.write_text(t); open('f'); open('f', 'rb'); p.read_text(encoding='utf-8')"}
    assert len(encodings_missing(wrong)) == 3
    assert not encodings_missing(sources())

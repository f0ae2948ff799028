"""The digest of the shipped code and data: every file of both packages changes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from takeup.runs import journal

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = {
    "takeup": REPOSITORY / "model" / "takeup",
    "takeup_calibration": REPOSITORY / "calibration" / "takeup_calibration",
}


def test_the_digest_covers_every_python_and_toml_file_of_both_packages() -> None:
    covered = {file for _, file in journal.shipped_files()}
    assert covered == {
        file for folder in PACKAGES.values() for ending in ("py", "toml") for file in folder.rglob(f"*.{ending}")
    }
    assert len(covered) > 100


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packages copied to a folder, where their files may be changed."""
    for package, folder in PACKAGES.items():
        for file in (file for file in folder.rglob("*") if file.suffix in (".py", ".toml")):
            target = tmp_path / package / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)

    def find_copy(package: str) -> ModuleSpec | None:
        spec = ModuleSpec(package, None, is_package=True)
        spec.submodule_search_locations = [str(tmp_path / package)]
        return spec if (tmp_path / package).is_dir() else None

    monkeypatch.setattr(journal, "find_spec", find_copy)
    return tmp_path


def current_digest() -> str:
    return journal.code_digest.__wrapped__()


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("ending", ["py", "toml"])
def test_a_changed_byte_changes_the_digest(copy: Path, package: str, ending: str) -> None:
    before = current_digest()
    assert current_digest() == before
    files = sorted((copy / package).rglob(f"*.{ending}"))
    for file in files[:: max(1, len(files) // 5)]:
        content = file.read_bytes()
        file.write_bytes(content + b"#")
        assert current_digest() != before, file
        file.write_bytes(content)
    assert current_digest() == before


def test_a_moved_file_and_a_missing_package_change_the_digest(copy: Path) -> None:
    before = current_digest()
    (copy / "takeup" / "months.py").rename(copy / "takeup" / "years.py")
    moved = current_digest()
    assert moved != before
    shutil.rmtree(copy / "takeup_calibration")
    assert current_digest() not in (moved, before), "takeup works without its calibration"


@pytest.mark.slow
def test_the_calibration_is_located_and_not_imported() -> None:
    program = (
        "import sys; from takeup.runs.journal import code_digest; code_digest();"
        "sys.exit('takeup_calibration' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_key_depends_on_the_code_and_on_every_input(monkeypatch: pytest.MonkeyPatch) -> None:
    key = journal.key_of("place", [1, 2.5], {"seed": 1})
    assert len(key) == 24
    assert key == journal.key_of("place", [1, 2.5], {"seed": 1})
    assert journal.key_of("place", [1, 2.5], {"seed": 1}, digits=8) == key[:8]
    others = {journal.key_of("other", [1, 2.5], {"seed": 1}), journal.key_of("place", [1, 2.5], {"seed": 2})}
    monkeypatch.setattr(journal, "code_digest", lambda: "other code")
    others.add(journal.key_of("place", [1, 2.5], {"seed": 1}))
    assert len(others - {key}) == 3

"""Trees: this working tree and checkouts of other revisions, run with the same Python environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
_PACKAGES: Final = ("model", "calibration")
_COPIED: Final = (*_PACKAGES, "scenarios")
_COMPILED: Final = "compiled-*"
_SHORT: Final = 7


@dataclass(frozen=True)
class Tree:
    """A source tree whose packages, commands and plug-ins replace the installed ones.

    Attributes:
        name: name in results: the abbreviated hash of the revision.
        path: root of the tree.
        environment: environment variables of its processes, which can also import `benchmarks`.
    """

    name: str
    path: Path
    environment: dict[str, str]

    @staticmethod
    def of(name: str, path: Path, metadata: Path) -> Tree:
        """Make a tree.

        Args:
            name: name in results.
            path: root of the tree.
            metadata: folder to which the tree's entry points are written.
        """
        _write_metadata(path, metadata)
        folders = (metadata, *(path / package for package in _PACKAGES), REPOSITORY)
        return Tree(name, path, {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))})

    def python(self, *arguments: str | Path) -> list[str | Path]:
        """Return a command that runs Python; its working directory is not searched for modules."""
        return [sys.executable, "-P", *arguments]

    def takeup(self, *arguments: str | Path) -> list[str | Path]:
        """Return a command that runs `takeup`."""
        return self.python("-c", "from takeup.cli import main; main()", *arguments)

    def remove_compiled(self) -> None:
        """Remove the compiled functions, which are stored in the package's folder."""
        for folder in self._caches():
            shutil.rmtree(folder)

    def has_compiled(self) -> bool:
        """Return whether the package's folder has compiled functions."""
        return any(self._caches())

    def _caches(self) -> list[Path]:
        return list((self.path / "model" / "takeup" / "__pycache__").glob(_COMPILED))


@contextmanager
def this_tree() -> Iterator[Tree]:
    """Yield this working tree."""
    with tempfile.TemporaryDirectory(prefix="takeup-") as folder:
        yield Tree.of(revision(), REPOSITORY, Path(folder))


@contextmanager
def checkout(commit: str) -> Iterator[Tree]:
    """Check out a commit into a temporary folder and yield its tree."""
    with tempfile.TemporaryDirectory(prefix="takeup-") as folder:
        path = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(path), commit)
        try:
            yield Tree.of(commit[:_SHORT], path, Path(folder) / "metadata")
        finally:
            _git("worktree", "remove", "--force", str(path))


@contextmanager
def fresh_copy(tree: Tree) -> Iterator[Tree]:
    """Copy a tree as it is after an installation, with byte code and without compiled functions."""
    with tempfile.TemporaryDirectory(prefix="takeup-") as folder:
        path = Path(folder) / "tree"
        for name in _COPIED:
            shutil.copytree(tree.path / name, path / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(tree.path / "pyproject.toml", path)
        for package in _PACKAGES:
            subprocess.run([sys.executable, "-m", "compileall", "-q", path / package], check=True)
        yield Tree.of(tree.name, path, Path(folder) / "metadata")


def find_commit(name: str) -> str | None:
    """Return the hash of a commit, branch or tag; None if there is none."""
    verify = ["rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]
    done = subprocess.run(["git", "-C", REPOSITORY, *verify], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def revision() -> str:
    """Return the abbreviated hash of this tree's revision, with a + if the packages have other changes."""
    head = find_commit("HEAD")
    if head is None:
        return "unknown"
    changes = _git("status", "--porcelain", "--", *_COPIED)
    return head[:_SHORT] + ("+" if changes else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", REPOSITORY, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _write_metadata(tree: Path, folder: Path) -> None:
    """Write the entry points that an installation of the tree would register, such as commands of plug-ins."""
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = folder / f"{project['name']}-{project['version']}.dist-info"
    installed.mkdir(parents=True)
    about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (installed / "METADATA").write_text(about, encoding="utf-8")
    groups = {"console_scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in points.items()))
    ]
    (installed / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

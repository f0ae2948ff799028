"""Check that no identifier contains a word that means something only inside this project.

`python tools/check_vocabulary.py` prints each offending identifier as `file:line: identifier (word)` and exits with 1
if there is one. With `--report` it prints the same and a summary by word and folder, and exits with 0. Paths given as
arguments restrict the check to these files and folders.

The check covers the names of modules, functions, classes, parameters, variables and attributes where the code
defines them. An identifier is split into its words, `PermitsHeld` into "permits" and "held". Each word is compared as
a whole, ignoring case. The words and the exceptions are listed in `tools/vocabulary.toml`.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
CHECKED: Final = ("model", "calibration", "tests", "tools", "benchmarks")
VOCABULARY: Final = Path(__file__).with_name("vocabulary.toml")
_GERUND: Final = "a gerund"
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class Vocabulary:
    """The words that identifiers may not contain.

    Attributes:
        words: each word, in lower case, with what to write instead.
        classes: words that only the names of classes may not consist of.
        phrases: sequences of words, such as ("worth", "of"), with what to write instead.
        modules: gerunds that a module may be named by, with the reason.
        allowed: identifiers that contain a word and are kept, with the reason.
    """

    words: dict[str, str]
    classes: dict[str, str]
    phrases: dict[tuple[str, ...], str]
    modules: dict[str, str]
    allowed: dict[str, str]

    @classmethod
    def read(cls, file: Path = VOCABULARY) -> Vocabulary:
        """Read the vocabulary from a TOML file."""
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        phrases = {tuple(phrase.split("_")): instead for phrase, instead in content["phrases"].items()}
        return cls(content["words"], content["classes"], phrases, content["modules"], content["allowed"])

    def offence(self, identifier: str, *, is_class: bool = False) -> str | None:
        """Return the word or phrase that an identifier may not contain; None if it is fine."""
        if identifier in self.allowed:
            return None
        words = split_words(identifier)
        for word in words:
            if word in self.words:
                return word
        if is_class and len(words) == 1 and words[0] in self.classes:
            return words[0]
        for phrase in self.phrases:
            if any(tuple(words[at : at + len(phrase)]) == phrase for at in range(len(words))):
                return "_".join(phrase)
        return None

    def offence_of_module(self, name: str) -> str | None:
        """Return the part that the name of a module may not contain: a word of the list, or a gerund at its end."""
        if self.offence(name) is None and name.endswith("ing") and name not in self.modules:
            return _GERUND
        return self.offence(name)

    def replacement(self, word: str) -> str:
        """Return what to write instead of a word or phrase."""
        if word == _GERUND:
            return "a noun for what the module holds"
        return self.words.get(word) or self.classes.get(word) or self.phrases[tuple(word.split("_"))]


@dataclass(frozen=True)
class Offence:
    """An identifier that contains a word of the list.

    Attributes:
        file: path in the repository.
        line: line of its definition; 1 for the name of a module.
        identifier: the whole identifier.
        word: word or phrase in it that is on the list.
    """

    file: str
    line: int
    identifier: str
    word: str


def split_words(identifier: str) -> list[str]:
    """Split an identifier in snake_case or CamelCase into its words, in lower case."""
    return [word.lower() for word in _WORDS.findall(identifier)]


def identifiers(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """Yield each identifier that a module defines: its name, its line, and whether it names a class.

    Names of test functions are left out: they are sentences about behaviour.
    """
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name, lineno=line) | ast.AsyncFunctionDef(name=name, lineno=line):
                if not name.startswith("test_"):
                    yield name, line, False
            case ast.ClassDef(name=name, lineno=line):
                yield name, line, True
            case ast.arg(arg=name, lineno=line):
                yield name, line, False
            case ast.Name(id=name, ctx=ast.Store(), lineno=line):
                yield name, line, False
            case ast.Attribute(attr=name, ctx=ast.Store(), lineno=line):
                yield name, line, False
            case ast.alias(asname=str(name), lineno=line):
                yield name, line, False
            case ast.ExceptHandler(name=str(name), lineno=line):
                yield name, line, False
            case ast.MatchAs(name=str(name), lineno=line) | ast.MatchStar(name=str(name), lineno=line):
                yield name, line, False


def check(files: Iterable[Path], vocabulary: Vocabulary) -> list[Offence]:
    """Return every offence in some files, each identifier once per file."""
    offences = []
    for file in files:
        place = file.relative_to(REPOSITORY).as_posix() if file.is_relative_to(REPOSITORY) else str(file)
        module = file.parent.name if file.name == "__init__.py" else file.stem
        word = vocabulary.offence_of_module(module.removeprefix("test_"))
        if word is not None:
            offences.append(Offence(place, 1, module, word))
        defined = sorted(identifiers(ast.parse(file.read_text(encoding="utf-8"))), key=lambda each: each[1])
        reported: set[str] = set()
        for identifier, line, is_class in defined:
            word = vocabulary.offence(identifier, is_class=is_class)
            if word is not None and identifier not in reported:
                reported.add(identifier)
                offences.append(Offence(place, line, identifier, word))
    return offences


def python_files(paths: Iterable[Path]) -> list[Path]:
    """Return the Python files among the given files and in the given folders, sorted."""
    files: set[Path] = set()
    for path in paths:
        files |= {path} if path.is_file() else set(path.rglob("*.py"))
    return sorted(files)


def main() -> int:
    """Print the offending identifiers; return 1 if there is one and --report is not given."""
    parser = argparse.ArgumentParser(description="Check identifiers for words that only this project understands.")
    parser.add_argument("paths", nargs="*", type=Path, help="Check only these files and folders.")
    parser.add_argument("--report", action="store_true", help="Print a summary too, and exit with 0.")
    given = parser.parse_args()
    vocabulary = Vocabulary.read()
    paths = [path.resolve() for path in given.paths] or [REPOSITORY / name for name in CHECKED]
    offences = check(python_files(paths), vocabulary)
    for each in offences:
        print(f"{each.file}:{each.line}: {each.identifier} ({each.word}: write {vocabulary.replacement(each.word)})")
    if given.report:
        for word, count in Counter(each.word for each in offences).most_common():
            print(f"{count:5} {word}: {vocabulary.replacement(word)}")
        for folder, count in Counter("/".join(each.file.split("/")[:3][:-1]) for each in offences).most_common():
            print(f"{count:5} {folder}")
        return 0
    return int(bool(offences))


if __name__ == "__main__":
    sys.exit(main())

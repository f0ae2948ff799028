"""Coverage-guided fuzzing of one kind of file with atheris.

Usage: `python -m tools.fuzz.coverage_guided KIND INPUTS FIGURES.json FAULTY/`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

_MODEL = Path(__file__).resolve().parents[2] / "model"
_COMPILED = [
    ".".join(file.relative_to(_MODEL).with_suffix("").parts)
    for file in sorted((_MODEL / "takeup").rglob("*.py"))
    if "from takeup.compilation import" in file.read_text(encoding="utf-8")
]  # modules that atheris instruments cannot be compiled

with atheris.instrument_imports(include=["tomllib", "takeup"], exclude=_COMPILED):
    from tools.fuzz.corpus import Trial
    from tools.fuzz.readers import READERS

_LONGEST_BYTES = 60_000
_WRITE_EVERY = 200
_WORDS = (
    "=", "[[", "]]", "{", "}", "[", "inf", "nan", "true", '"""', "'''", "lever", "set", "add", "from", "until",
    "streets", "groups", "cost", "extends", "value", "low", "high", "source", "1e999", "0x", "1979-05-27",
)  # fmt: skip


def guide(kind: str, count: int, figures: Path, faulty: Path) -> None:
    """Read `count` files of a kind; atheris ends the process afterwards."""
    folder = Path(tempfile.mkdtemp())
    corpus, attempts = folder / "corpus", folder / "tried"
    corpus.mkdir()
    attempts.mkdir()
    for number, content in enumerate(READERS[kind].right()):
        (corpus / str(number)).write_bytes(content)
    words = folder / "words"
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in _WORDS]
    words.write_text("".join(lines), encoding="ascii")
    trial = Trial(kind, attempts, faulty)

    def one(content: bytes) -> None:
        trial.try_out(content)
        if trial.inputs % _WRITE_EVERY == 0 or trial.inputs >= count:
            trial.write(figures)

    options = [f"-runs={count}", f"-max_len={_LONGEST_BYTES}", f"-dict={words}", "-seed=1", "-rss_limit_mb=6000",
               f"-artifact_prefix={faulty}/", "-verbosity=0"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    kind_name, number, written, kept = sys.argv[1:]
    guide(kind_name, int(number), Path(written), Path(kept))

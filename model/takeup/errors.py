"""Errors of runs, and errors in the user's input with their place and cause."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from takeup.message import UNTRANSLATED, Message, Translate, translated
from takeup.text import describe_confusable
from takeup.vocabulary import Term, nearest_names

_LONGEST_SHOWN = 80
_REPLACED = dict.fromkeys([*range(32), 127, *range(128, 160), 0x2028, 0x2029, *range(0x202A, 0x202F)], "�")
"""Characters that would break the line of a message or reverse its direction, with their replacement."""


def install_hint(extra: str) -> Message:
    """Return the command that installs the libraries of an extra.

    The command differs between a source tree and an installed wheel.
    """
    if (Path(__file__).resolve().parents[2] / "pyproject.toml").is_file():
        return Message('pip install -e ".[{extra}]" in the folder of pyproject.toml', extra=extra)
    return Message('pip install "takeup[{extra}]"', extra=extra)


class RunError(RuntimeError):
    """An error in a run; the command prints only its message and exits with code 1.

    Args:
        problem: description of the problem, see `InputError`.
    """

    def __init__(self, problem: str) -> None:
        self.problem = Message.of(problem)
        super().__init__(problem)

    def sentence(self, translate: Translate = UNTRANSLATED) -> str:
        """Write the message in a language."""
        return translated(self.problem, translate)


class InputError(ValueError):
    """An error in the user's input; a command prints the message and exits with 2.

    `str` of the error is the message in English, and `sentence` writes it in another language.

    Args:
        problem: description of the problem: a literal, or a `Message` if it contains values.
        file: file with the error, if any.
        key: place in the file, or command-line option, as the user would write it ("intervention 2, lever").
        given: value that is not allowed.
        allowed: description of the allowed values, a literal or a `Message`, or a list of the allowed names.
        nearest: names or terms from which the message suggests those that `given` may mean, see `nearest_names`;
            default: `allowed` if it is a list.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: Path | str | None = None,
        key: str | None = None,
        given: object = None,
        allowed: str | Iterable[str] | None = None,
        nearest: Iterable[str | Term] | None = None,
    ) -> None:
        self.problem, self.file, self.key, self.given = Message.of(problem), file, key, given
        names = None if allowed is None or isinstance(allowed, str) else [str(name) for name in allowed]
        self.allowed = Message.of(allowed) if isinstance(allowed, str) else _listed(names)
        self.suggestions = _nearest(given, nearest if nearest is not None else names)
        super().__init__(self.sentence())

    def within(self, *, file: Path | str | None = None, key: str | None = None) -> InputError:
        """Add a file and an outer key, which only the caller knows, and return the error."""
        if file is not None and self.file is None:
            self.file = file
        if key is not None:
            self.key = key if self.key is None else Message("{outer}, {inner}", outer=key, inner=self.key)
        self.args = (self.sentence(),)
        return self

    def at(self, key: str | None = None, *, file: Path | str | None = None) -> InputError:
        """Replace the key or the file of the error, and return the error.

        The new key is for example the command-line option that gave the value.
        """
        self.key = self.key if key is None else key
        self.file = self.file if file is None else file
        self.args = (self.sentence(),)
        return self

    def sentence(self, translate: Translate = UNTRANSLATED) -> str:
        """Write the message: place, problem, value given, values allowed and nearest name.

        Args:
            translate: language of the message.
        """
        problem, parts = translated(self.problem, translate), (self.file, self.key)
        file, key = (None if part is None else translated(part, translate) for part in parts)
        place = translate("{file}, {key}", file=file, key=key) if file and key else file or key
        sentence = translate("{place}: {problem}", place=place, problem=problem) if place else problem
        if self.given is not None:
            sentence += translate("; given: {given}", given=_shown(self.given, translate))
            if isinstance(self.given, str) and (note := describe_confusable(self.given)) is not None:
                sentence += translate(" ({note})", note=translated(note, translate))
        if self.allowed is not None:
            sentence += translate("; allowed: {allowed}", allowed=translated(self.allowed, translate))
        if self.suggestions:
            names = translate(" or ").join(translate('"{text}"', text=name) for name in self.suggestions)
            sentence += translate("; did you mean {names}?", names=names)
        return sentence.translate(_REPLACED)


def _shown(value: object, translate: Translate) -> str:
    text = translated(value, translate)
    text = translate('"{text}"', text=text) if isinstance(value, str) else text
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _listed(names: list[str] | None) -> Message | None:
    return None if names is None else Message("{names}", names=tuple(names))


def _nearest(given: object, names: Iterable[str | Term] | None) -> list[str]:
    return nearest_names(given, names) if isinstance(given, str) and names is not None else []

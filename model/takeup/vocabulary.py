"""Words for the terms of the model: labels in two languages, and a search by everyday words.

`vocabulary.toml` has the words of every lever, parameter, attribute, level, service, cause and output.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

Kind = Literal["parameter", "attribute", "level", "service", "member", "cause", "output", "area", "street", "measure"]
_OF_DISTRICT: Final = ("area", "street", "measure")
"""Kinds of terms that the files of a district state."""
KINDS: Final[tuple[Kind, ...]] = tuple(kind for kind in get_args(Kind) if kind not in _OF_DISTRICT)
"""Kinds of terms in `vocabulary.toml`."""
_LEAST_SIMILARITY: Final = 0.75
"""Similarity from which a word may be a misspelling, see `difflib.get_close_matches`; 1 for equal words."""
_LEAST_SIMILARITY_OF_NAMES: Final = 0.6
"""The same for names: a list of names is short, so that a less similar one may be meant."""
_MOST_NEAR: Final = 3
"""Largest number of names that are suggested, and of misspelt words that are considered."""
_SHORTEST_PART: Final = 2
"""Smallest number of characters of a word that is searched within longer words."""
_SEPARATORS: Final = re.compile(r"[\s_\-,;/]+")


@dataclass(frozen=True)
class Term:
    """A term of the model with its words.

    Attributes:
        kind: kind of the term; a lever is a parameter. A member is a part of a parameter that is neither a level nor
            a service; words do not lead to members.
        name: identifier in files, options and columns; a level has that of its attribute before it, as in
            "housing.dormitory".
        en, zh: label in English and in Chinese.
        words: other words for the term, in both languages.
    """

    kind: Kind
    name: str
    en: str
    zh: str
    words: tuple[str, ...]

    def label(self, code: str = "en") -> str:
        """Return the label in a language, given its code."""
        return self.zh if code == "zh" else self.en

    def has_word(self, text: str) -> bool:
        """Return whether a text is the name, a label or a word of the term."""
        return self.is_named(text) or _normalise(text) in map(_normalise, (self.en, self.zh, *self.words))

    def is_named(self, text: str) -> bool:
        """Return whether a text is the name of the term; a level may stand without its attribute."""
        return _normalise(text) in (_normalise(self.name), _normalise(_level(self.name)))


@cache
def terms() -> dict[tuple[Kind, str], Term]:
    """Return all terms by kind and name, in the order of `vocabulary.toml`."""
    stated = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8"))
    return {
        (kind, name): Term(kind, name, entry["en"], entry["zh"], tuple(entry.get("words", ())))
        for kind in KINDS
        for name, entry in stated[kind].items()
    }


def find_label(kind: Kind, name: str, code: str = "en") -> str | None:
    """Return the label of a term in a language; None if the vocabulary does not have the term."""
    term = terms().get((kind, name))
    return None if term is None else term.label(code)


def label_of_parameter(name: str, code: str = "en") -> str:
    """Return the label of a parameter or of one of its numbers.

    Args:
        name: dotted name, such as "capacity", "supply.schooling" or "need.residence.housing.dormitory".
        code: code of the language.

    Returns:
        For a number of a parameter, the label of the parameter and that of the number, such as "supply of services:
        schooling". A part without a label stands as it is.
    """
    first, _, member = name.partition(".")
    label = find_label("parameter", first, code) or first
    if not member:
        return label
    return f"{label}{_colon(code)}{find_member_label(member, code) or member}"


def find_member_label(member: str, code: str = "en") -> str | None:
    """Return the label of a number within its parameter; None if a part of its name has none.

    Args:
        member: name without that of the parameter, such as "schooling" or "residence.housing.dormitory".
        code: code of the language.
    """
    labels = list(_member_labels(member, code))
    return None if None in labels else ("，" if code == "zh" else ", ").join(map(str, labels))


def _colon(code: str) -> str:
    return "：" if code == "zh" else ": "


def _member_labels(member: str, code: str) -> Iterator[str | None]:
    service, _, rest = member.partition(".")
    if (label := find_label("service", service, code)) is not None:
        yield label
        if rest:
            yield from _member_labels(rest, code)
    else:
        yield (
            find_label("level", member, code) or label_of_group(member, code) or find_label("member", member, code)
        )


def label_of_group(name: str, code: str = "en") -> str | None:
    """Return the label of an attribute, or of a level without its attribute; None if there is neither."""
    label = find_label("attribute", name, code)
    levels = (term for (kind, _), term in terms().items() if kind == "level")
    return label or next((term.label(code) for term in levels if _level(term.name) == name), None)


def label_of_output(column: str, code: str = "en") -> str:
    """Return the label of a column of the monthly table; the column itself without a label.

    The label of `delivered_schooling` is made of those of `delivered` and of the service.
    """
    label = find_label("output", column, code)
    if label is not None:
        return label
    head, _, service = column.partition("_")
    parts = find_label("output", head, code), find_label("service", service, code)
    return column if None in parts else _colon(code).join(map(str, parts))


def _level(name: str) -> str:
    return name.partition(".")[2]


def terms_named(text: str, also: Sequence[Term] = ()) -> list[Term]:
    """Return the terms that have a text as their name, label or word.

    Args:
        text: the text.
        also: terms of a district, which come before those of `vocabulary.toml`.

    Returns:
        The terms with this name, if there are any, then those with this label or word; within each in their order.
    """
    matches = _terms_by_word((*also, *_known_terms())).get(_normalise(text), ())
    return sorted(matches, key=lambda term: not term.is_named(text))


def search_terms(text: str, also: Sequence[Term] = ()) -> list[Term]:
    """Find the terms that people may mean by a text.

    Args:
        text: an identifier, a label or an everyday word, in English or Chinese.
        also: terms of a district, which come before those of `vocabulary.toml`.

    Returns:
        The terms of the best kind of match: those of `terms_named`; else terms with a word that contains the text or
        is contained in it; else terms with a word of similar spelling. Empty if there is none.
    """
    if named := terms_named(text, also):
        return named
    among = (*also, *_known_terms())
    wanted, by_word = _normalise(text), _terms_by_word(among)
    parts = [word for word in by_word if _is_part(wanted, word) or _is_part(word, wanted)]
    near = parts or get_close_matches(wanted, by_word, n=_MOST_NEAR, cutoff=_LEAST_SIMILARITY)
    matches = {term for word in near for term in by_word[word]}
    return [term for term in among if term in matches]


def nearest_names(text: str, names: Iterable[str | Term]) -> list[str]:
    """Return the names that people may mean by a text that is none of them.

    Args:
        text: the text.
        names: the possible names, or terms of a district, which are also found by their words; a level may stand
            without its attribute.

    Returns:
        The names for which the text is a word of the vocabulary, at most three; else the terms of a district with a
        word that contains the text, at most three; else the name of the most similar spelling; else the first name
        that `search_terms` finds. Empty if there is none.
    """
    given = list(names)
    also = [each for each in given if isinstance(each, Term)]
    possible = [each.name if isinstance(each, Term) else each for each in given]
    if words := _among(terms_named(text, also), possible):
        return words[:_MOST_NEAR]
    wanted = _normalise(text)
    containing = [each.name for each in also if any(_is_part(wanted, word) for word in _terms_by_word([each]))]
    if containing:
        return containing[:_MOST_NEAR]
    folded = {name.casefold(): name for name in possible}
    if similar := get_close_matches(text.casefold(), list(folded), n=1, cutoff=_LEAST_SIMILARITY_OF_NAMES):
        return [folded[similar[0]]]
    return _among(search_terms(text, also), possible)[:1]


def _among(matches: Iterable[Term], names: Sequence[str]) -> list[str]:
    """Return the names, or bare levels, of terms that are among some names, without duplicates."""
    known = (name for term in matches for name in (term.name, _level(term.name)) if name in names)
    return list(dict.fromkeys(known))


def _known_terms() -> list[Term]:
    """Return the terms of `vocabulary.toml` to which words lead."""
    return [term for term in terms().values() if term.kind != "member"]


def _terms_by_word(among: Sequence[Term]) -> dict[str, tuple[Term, ...]]:
    """Return the terms that each normalised name, label and word stands for."""
    matches: dict[str, dict[Term, None]] = {}
    for term in among:
        for word in (term.name, _level(term.name), term.en, term.zh, *term.words):
            if word:
                matches.setdefault(_normalise(word), {})[term] = None
    return {word: tuple(members) for word, members in matches.items()}


def _normalise(text: str) -> str:
    """Fold case, width, separators and the English plural."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = (word for word in _SEPARATORS.split(folded) if word)
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    return word[:-1] if word.isascii() and word.endswith("s") and not word.endswith("ss") else word


def _is_part(part: str, whole: str) -> bool:
    """Return whether a word occurs in another: whole words in English, any characters in Chinese."""
    if len(part) < _SHORTEST_PART:
        return False
    return f" {part} " in f" {whole} " if part.isascii() else part in whole

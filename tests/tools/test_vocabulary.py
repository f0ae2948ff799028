"""The check of identifiers finds private words wherever code defines a name, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tools.check_vocabulary import CHECKED, REPOSITORY, Vocabulary, check, main, python_files, split_words

VOCABULARY = Vocabulary(
    words={"luck": "rng"},
    classes={"kind": "ProfileTraits"},
    phrases={("stay", "at", "home"): "disable_external_requests"},
    modules={"plotting": "known"},
    allowed={"luck_of_the_draw": "quoted"},
)
SOURCE = '''
"""Luck in prose is nobody's business, and neither is a name that is only used: print(bad_luck)."""
import luck
import numpy as luck_as_alias
class Kind: ...
class KindOfPerson: ...
def luckOf(argument_of_luck, *luck_args, **luck_kwargs):
    luck = self.luck_attribute = 1
    luck_of_the_draw = plucky = kind = luck
    for luck_in_loop in (): ...
    print(luck.used, luck_used)
    stay_at_home()
    def stay_at_home(): ...
def test_random_variation_in_a_sentence(): ...
lambda luck_of_lambda: 0
'''


def test_identifiers_are_split_into_words() -> None:
    assert split_words("PermitModel2_of_HTMLPages") == ["permit", "model", "2", "of", "html", "pages"]
    assert split_words("_private_NAME") == ["private", "name"]


def test_every_definition_with_a_private_word_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "source.py"
    file.write_text(SOURCE)
    reported = {(each.identifier, each.line, each.word) for each in check([file], VOCABULARY)}
    assert reported == {
        ("luck_as_alias", 4, "luck"),
        ("Kind", 5, "kind"),
        ("luckOf", 7, "luck"),
        ("argument_of_luck", 7, "luck"),
        ("luck_args", 7, "luck"),
        ("luck_kwargs", 7, "luck"),
        ("luck", 8, "luck"),
        ("luck_attribute", 8, "luck"),
        ("luck_in_loop", 10, "luck"),
        ("stay_at_home", 13, "stay_at_home"),
        ("luck_of_lambda", 15, "luck"),
    }


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("luck.py", "luck"),
        ("test_luck.py", "luck"),
        ("weighing.py", "a gerund"),
        ("plotting.py", None),
        ("luck/__init__.py", "luck"),
        ("string.py", None),
    ],
)
def test_a_module_is_named_by_a_noun(name: str, word: str | None, tmp_path: Path) -> None:
    vocabulary = Vocabulary(VOCABULARY.words, {}, {}, {"plotting": "known", "string": "no gerund"}, {})
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    assert [each.word for each in check([file], vocabulary)] == ([] if word is None else [word])


def test_it_fails_where_something_is_found_unless_it_only_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "module.py"
    file.write_text("luck = 1\n")
    for arguments, status in (([], 1), (["--report"], 0)):
        monkeypatch.setattr("sys.argv", ["check_vocabulary.py", *arguments, str(file)])
        assert main() == status
        assert f"{file}:1: luck (luck: write " in capsys.readouterr().out
    file.write_text("rng = 1\n")
    monkeypatch.setattr("sys.argv", ["check_vocabulary.py", str(file)])
    assert main() == 0


def test_no_entry_of_the_list_forbids_another_entrys_replacement() -> None:
    vocabulary = Vocabulary.read()
    assert not set(vocabulary.words) & set(vocabulary.classes)
    assert all(instead for instead in (vocabulary.words | vocabulary.classes | vocabulary.allowed).values())


@pytest.mark.slow
def test_every_exception_is_needed() -> None:
    vocabulary = Vocabulary.read()
    without_exceptions = replace(vocabulary, allowed={}, modules={})
    offences = check(python_files(REPOSITORY / folder for folder in CHECKED), without_exceptions)
    assert {*vocabulary.allowed, *vocabulary.modules} <= {each.identifier.removeprefix("test_") for each in offences}

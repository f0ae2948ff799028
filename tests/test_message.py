"""Messages: an English text that can still be translated, with its values, after it was written, sent or stored."""

from __future__ import annotations

import pickle
from copy import copy

import pytest

from takeup.errors import InputError, RunError
from takeup.message import UNTRANSLATED, DataText, Message, find_message, translated
from takeup.report.i18n import language_of

NESTED = Message("{allowed}; did you mean {names}?", allowed=Message("a number"), names="3.00")


def test_a_message_is_its_english_text() -> None:
    assert Message("the file has only {number} draws", number=3) == "the file has only 3 draws"
    assert NESTED == "a number; did you mean 3.00?"
    assert translated(NESTED, UNTRANSLATED) == NESTED


def test_the_values_of_a_message_are_translated_with_it() -> None:
    chinese = language_of("zh")
    assert translated(NESTED, chinese) == "数字；是否指 3.00？"
    assert translated(Message("a table with the keys {names}", names=("low", "high")), chinese).endswith("low、high")
    assert translated(Message("whole {unit}", unit=DataText("months")), chinese) == "整数，单位为月"
    assert translated(Message("whole {unit}", unit="months"), chinese) == "整数，单位为months"


def test_a_text_without_values_may_contain_braces() -> None:
    text = 'a dictionary, as in {"documents": 0.5}'
    assert Message(text) == text
    assert '{"documents": 0.5}' in translated(Message(text), language_of("zh"))
    assert translated(Message("{not a value"), language_of("zh")) == "{not a value"


def test_a_user_s_text_with_braces_stays() -> None:
    error = InputError("unknown name", given="{0}", allowed=["{name}"])
    assert "{0}" in error.sentence(language_of("zh"))
    assert "{name}" in error.sentence(language_of("zh"))


@pytest.mark.parametrize("make", [copy, lambda message: pickle.loads(pickle.dumps(message))])
def test_a_copy_of_a_message_can_be_translated(make: object) -> None:
    assert callable(make)
    message = make(NESTED)
    assert message == NESTED
    assert translated(message, language_of("zh")) == "数字；是否指 3.00？"


def test_an_error_that_a_worker_sends_can_be_translated() -> None:
    error = InputError(Message("unknown level of {attribute}", attribute="housing"), given="x", allowed=["rented"])
    sent = pickle.loads(pickle.dumps(error.within(file="a.toml", key="groups")))
    assert str(sent) == 'a.toml, groups: unknown level of housing; given: "x"; allowed: rented'
    assert sent.sentence(language_of("zh")) == "a.toml，groups：housing 没有这个类别；给定值：“x”；允许值：rented"
    failed = pickle.loads(pickle.dumps(RunError(Message("a run failed: {error}", error="x"))))
    assert str(failed) == "a run failed: x"
    assert failed.sentence(language_of("zh")) == "一次运行失败：x"


def test_an_error_stays_english_unless_a_language_is_given() -> None:
    error = InputError("unknown lever", given="feee", allowed=["fee", "wait"])
    assert str(error) == error.sentence() == 'unknown lever; given: "feee"; allowed: fee, wait; did you mean "fee"?'
    assert error.sentence(language_of("zh")) == "未知的政策杠杆；给定值：“feee”；允许值：fee、wait；是否指“fee”？"


def test_the_text_of_another_library_is_recognised() -> None:
    known = (Message("No such option: {name} (Possible options: {names})"), Message("No such option: {name}"))
    message = find_message("No such option: --seeed (Possible options: --seed)", known)
    assert isinstance(message, Message)
    assert message.values == {"name": "--seeed", "names": "--seed"}
    assert message == "No such option: --seeed (Possible options: --seed)"
    assert not isinstance(find_message("something else", known), Message)

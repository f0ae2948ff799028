"""The language of a command: the option, or the environment as gettext reads it."""

from __future__ import annotations

import pytest

from takeup.console.language import environment_code, requested_code


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_Hans_CN"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:zh_CN:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "zh"}, "en"),
        ({"LANGUAGE": "zh"}, "en"),
        ({"LANG": "POSIX"}, "en"),
    ],
)
def test_the_environment_asks_for_a_language(environment: dict[str, str], code: str) -> None:
    assert environment_code(environment) == code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["list", "--language", "zh"], "zh"),
        (["list", "--language=zh"], "zh"),
        (["list", "--language", "en"], "en"),
        (["list", "--language", "fr"], "zh"),
        (["list", "--language"], "zh"),
        (["list"], "zh"),
        ([], "zh"),
    ],
)
def test_a_message_about_a_command_line_is_in_its_language(arguments: list[str], code: str) -> None:
    assert requested_code(arguments, {"LANG": "zh_CN"}) == code

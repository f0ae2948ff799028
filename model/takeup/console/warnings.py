"""Warnings of the commands, on the error stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import typer

from takeup.district import District
from takeup.errors import InputError
from takeup.message import Message
from takeup.months import parse_month
from takeup.report.i18n import Language
from takeup.scenario import Scenario, Timeline

_EFFECTIVE: Final = Message("an amount that differs from the lever's value, and that no later intervention replaces")


def warn(warning: InputError, translate: Language) -> None:
    """Print an error as a warning, after which the command goes on."""
    sentence = translate("warning: {warning}", warning=warning.sentence(translate))
    typer.echo(f"takeup: {sentence}", err=True)


def warn_without_effect(
    scenarios: Iterable[Scenario], district: District, values: Mapping[str, float], until: str, translate: Language
) -> None:
    """Warn of each intervention that changes nothing.

    Args:
        scenarios: the policies.
        district: the district.
        values: values of parameters that replace the district's own.
        until: last month of the run, YYYY-MM.
        translate: language of the warnings.
    """
    overridden = replace(district, parameters=district.parameters.override(values))
    for scenario in scenarios:
        for stated in Timeline(scenario, overridden).without_effect(parse_month(until)):
            intervention = stated.intervention
            fault = InputError(
                "the intervention changes nothing",
                file=stated.file,
                key=f"{stated.key}, {intervention.operation}",
                given=intervention.amount,
                allowed=_EFFECTIVE,
            )
            warn(fault, translate)

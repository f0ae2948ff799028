"""Sentences and formats of a validation, for the terminal, the page and the figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Final

from takeup.analysis.validation.result import VERDICTS, StudyCheck, Validation
from takeup.analysis.validation.studies import Study
from takeup.report.formatting import NOTHING, PERCENT, count, decimal, signed
from takeup.report.i18n import ENGLISH, Language

_PLACES: Final = 2


def format_model_value(check: StudyCheck, translate: Language = ENGLISH, contents: str = "") -> str:
    """Format the model's median and interval, with words on what the interval contains."""
    format_value = value_format(check.study)
    if not check.draws:
        return NOTHING
    values = translate.interval(check.low, check.high, format_value)
    return translate("{median} ({interval})", median=format_value(check.median), interval=f"{values}{contents}")


def format_study_range(study: Study, translate: Language = ENGLISH) -> str:
    """Format the range of the study's result, or its direction, with the unit."""
    if study.sign is not None:
        values = translate("above 0") if study.sign == "+" else translate("below 0")
    else:
        low, high = study.range
        values = translate.interval(low, high, value_format(study))
    if study.unit == "ratio":
        return values
    return translate("{values} {unit}", values=values, unit=translate.words(study.unit))


def headline_sentence(validation: Validation, translate: Language = ENGLISH) -> str:
    """Write the sentence on the number of studies per verdict."""
    parts = [
        translate("{number} {verdict}", number=validation.number(verdict), verdict=translate.words(verdict))
        for verdict in VERDICTS
        if validation.number(verdict)
    ]
    return translate(
        "Of {number} findings of published studies: {parts}.",
        number=len(validation.checks),
        parts=translate(", ").join(parts),
    )


def interval_note(validation: Validation, translate: Language = ENGLISH) -> str:
    """Describe the model's estimates and intervals in the results of a validation."""
    return translate(
        "Medians and middle 90\u00a0% over {number} draws of the posterior, each simulated with its own seed: "
        "parameter uncertainty and Monte Carlo error.",
        number=count(len(validation.draws)),
    )


def heading(validation: Validation, translate: Language) -> str:
    """Return the title of the terminal table and of the figure."""
    place = translate.place(validation.spec.district.population)
    return translate("Published studies and the model of {place}", place=place)


def format_agreement(check: StudyCheck) -> str:
    """Format the share of draws that agree with the study."""
    return f"{decimal(PERCENT * check.agreement, 0)} %" if math.isfinite(check.agreement) else NOTHING


def value_format(study: Study) -> Callable[[float], str]:
    """Return the number format for the study's unit."""
    return partial(signed if study.unit == "points" else decimal, places=_PLACES)

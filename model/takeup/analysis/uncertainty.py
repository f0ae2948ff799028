"""Sentences on the runs and intervals of all analyses, and on results at one parameter vector."""

from __future__ import annotations

from takeup.district import District
from takeup.report.formatting import count, half_width
from takeup.report.i18n import ENGLISH, Language


def interval_contents(*, drawn: bool, translate: Language = ENGLISH) -> str:
    """State in a few words what an interval over draws or over replicates contains."""
    if drawn:
        return translate("90 % of the draws: parameters and Monte Carlo error")
    return translate("95 % interval of the mean: Monte Carlo error only")


def replicates_phrase(number: int, translate: Language = ENGLISH) -> str:
    """Format a number of replicates: 1 replicate, 4 replicates."""
    return translate("1 replicate") if number == 1 else translate("{number} replicates", number=number)


def point_label(translate: Language = ENGLISH) -> str:
    """Return the label of results at one parameter vector."""
    return translate("One parameter vector; parameter uncertainty not included.")


def point_hint(district: District, translate: Language = ENGLISH) -> str:
    """State how to include the uncertainty of the parameters."""
    if district.has_posterior:
        return translate("The default answer, over draws of the district’s posterior, includes it.")
    return translate("The district has no posterior: takeup calibrate DISTRICT --install writes one.")


def point_note(district: District, translate: Language = ENGLISH) -> str:
    """Return the label of results at one parameter vector, with the hint."""
    return translate.join([point_label(translate), point_hint(district, translate)])


def mean_error_note(draws: int, error: float, translate: Language = ENGLISH) -> str:
    """State the Monte Carlo error of the means that remains with a number of draws.

    Args:
        draws: number of draws.
        error: largest standard error of the means, in percentage points.
        translate: the language.
    """
    return translate(
        "Monte Carlo standard error of the means with {number} draws: at most {error} points.",
        number=count(draws),
        error=half_width(error),
    )

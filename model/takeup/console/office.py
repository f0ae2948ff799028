"""Office files and labelled tables of the commands that write results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from takeup.report.i18n import Language, language_of
from takeup.report.office import FurtherFiles, OfficeTexts, write_nothing

_Result = TypeVar("_Result")


def further_files(
    describe: Callable[[_Result, Language], OfficeTexts],
    translate: Language,
    labels: str | None,
    *,
    office: bool,
) -> FurtherFiles[_Result]:
    """Return a function that writes the files of --labels and --office.

    Args:
        describe: function that returns the texts of a result in a language.
        translate: language of the command, see `office_writer`.
        labels: code of the language of --labels; None if the option is not given.
        office: whether --office is given.

    Raises:
        InputError: no language has the code of --labels.
    """
    language = None if labels is None else language_of(labels, "--labels")
    if language is None and not office:
        return write_nothing
    from takeup.report.office_files import office_writer  # noqa: PLC0415  (its libraries take long to import)

    return office_writer(describe, translate, language, office=office)

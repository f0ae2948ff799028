"""Office files and labelled tables of the commands that write results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from takeup.report.i18n import Language
from takeup.report.office import FurtherFiles, OfficeTexts, write_nothing

_Result = TypeVar("_Result")


def further_files(
    describe: Callable[[_Result, Language], OfficeTexts],
    translate: Language,
    labels: Language | None,
    *,
    office: bool,
) -> FurtherFiles[_Result]:
    """Return a function that writes the files of --labels and --office.

    Args:
        describe: function that returns the texts of a result in a language.
        translate: language of the Word document.
        labels: language of labelled tables and of the workbook; None for no such tables, and the document's language.
        office: whether to write the Excel workbook and the Word document.
    """
    if labels is None and not office:
        return write_nothing
    from takeup.report.office_files import office_writer  # noqa: PLC0415  (its libraries take long to import)

    return office_writer(describe, translate, labels, office=office)

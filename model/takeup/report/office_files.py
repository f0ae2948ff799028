"""Files of an analysis for an office: labelled tables, an Excel workbook and a Word document.

An analysis states its texts and tables in a language as `OfficeTexts`; `office_writer` makes the files from them. The
libraries of these files take long to import, so commands import this module only if the files are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import pandas as pd

from takeup.io import write_whole
from takeup.report.columns import write_labelled
from takeup.report.document import document_bytes
from takeup.report.i18n import Language
from takeup.report.office import DocumentFigure, FurtherFiles, OfficeTexts
from takeup.report.workbook import workbook_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORKBOOK: Final = "tables.xlsx"
DOCUMENT: Final = "summary.docx"
_Result = TypeVar("_Result")


def office_writer(
    describe: Callable[[_Result, Language], OfficeTexts],
    translate: Language,
    labels: Language | None,
    *,
    office: bool,
) -> FurtherFiles[_Result]:
    """Return a function that writes labelled tables and office files of a result.

    Args:
        describe: function that returns the texts of a result in a language.
        translate: language of the Word document.
        labels: language of labelled tables and of the workbook; None for no such tables, and the document's language.
        office: whether to write the Excel workbook and the Word document.
    """

    def write(
        folder: Path, result: _Result, tables: Mapping[str, pd.DataFrame], figures: Mapping[str, Figure], /
    ) -> None:
        if labels is not None:
            texts = describe(result, labels)
            for name, table in tables.items():
                write_labelled(texts.labelled(name, name, table, labels), folder, labels.code)
        if office:
            _write_workbook(folder, describe(result, labels or translate), labels or translate)
            _write_document(folder, describe(result, translate), next(iter(figures.values())), translate)

    return write


def _write_workbook(folder: Path, texts: OfficeTexts, translate: Language) -> None:
    tables = [texts.labelled(name, title, table, translate) for name, title, table in texts.sheets]
    write_whole(folder / translate.file_name(WORKBOOK), workbook_bytes(tables, texts.notes, translate))


def _write_document(folder: Path, texts: OfficeTexts, figure: Figure, translate: Language) -> None:
    document = document_bytes(
        texts.title, texts.sentences, DocumentFigure.of(figure), texts.table, texts.notes, translate
    )
    write_whole(folder / translate.file_name(DOCUMENT), document)

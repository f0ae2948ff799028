"""Files of a comparison for download, as `takeup compare` writes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Final

from takeup.analysis.compare.office import office_texts
from takeup.analysis.compare.output import comparison_html, plots_of
from takeup.dashboard.estimator import PolicyEffects
from takeup.report.i18n import Language
from takeup.report.inputs import Draws
from takeup.report.office_files import DOCUMENT, WORKBOOK, office_writer
from takeup.report.results_folder import figure_png, write_frame

TABLE: Final = "comparison.csv"
FIGURE: Final = "effects.png"
PAGE: Final = "report.html"
FILES: Final = (TABLE, WORKBOOK, DOCUMENT, FIGURE, PAGE)
"""Names of the files, in the order of the page."""
_DRAWING: Final = Lock()
"""Lock of the plots, because the settings of matplotlib belong to the process."""


def comparison_file(name: str, effects: PolicyEffects, draws: Draws, command: str, translate: Language) -> bytes:
    """Return the content of a file of a comparison.

    Args:
        name: name of the file, one of `FILES`.
        effects: the effects of the policies.
        draws: parameters of each draw, by dotted name.
        command: command that repeats the comparison, for the page.
        translate: language of the file.
    """
    comparison = replace(effects.comparison, command=command)
    with _DRAWING, TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if name == TABLE:
            write_frame(comparison.comparison, folder / name)
            return (folder / name).read_bytes()
        figures = {title: plot(comparison, translate) for title, plot in plots_of(comparison).items()}
        if name == FIGURE:
            return figure_png(next(iter(figures.values())))
        if name == PAGE:
            return comparison_html(comparison, figures, draws=draws, translate=translate).encode()
        office_writer(office_texts, translate, None, office=True)(folder, comparison, {}, figures)
        return (folder / translate.file_name(name)).read_bytes()

"""The report of a calibration as one HTML page, and its figures as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import takeup
from takeup.report import formatting
from takeup.report.font import embed_font
from takeup.report.html import page_environment, page_figure
from takeup.report.manifest import command_line
from takeup.report.results_folder import write_figure, write_whole
from takeup_calibration.calibrate import Calibration
from takeup_calibration.report.figures import contraction, history, levers, marginals, predictions
from takeup_calibration.report.sentences import findings, trust


def write_report(folder: Path, found: Calibration, summary: dict[str, Any]) -> None:
    """Write report.html and the figures."""
    figures = {
        "levers": levers(summary),
        "figures": predictions(summary),
        "history": history(found),
        "marginals": marginals(found),
        "contraction": contraction(summary),
    }
    for name, figure in figures.items():
        write_figure(figure, folder / f"{name}.png")
    template = page_environment(Path(__file__).parent).get_template("calibration.html.j2")
    text = template.render(
        population=found.rows.district.population,
        summary=summary,
        findings=findings(summary),
        trust=trust(summary),
        figures=[page_figure(number, name, figure) for number, (name, figure) in enumerate(figures.items(), 1)],
        version=takeup.__version__,
        command=command_line(),
        say=formatting,
    )
    write_whole(folder / "report.html", embed_font(text))

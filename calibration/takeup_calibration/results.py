"""What a calibration leaves in its folder, and what of it is installed in the district's."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from takeup.district import CALIBRATED, POSTERIOR
from takeup.report.results_folder import write_frame, write_json, write_tables, write_whole
from takeup_calibration.calibrate import Calibration
from takeup_calibration.dimensions import overrides
from takeup_calibration.lives import branch_names


def write_results(folder: Path, found: Calibration, summary: dict[str, Any]) -> None:
    """Write posterior.parquet, rows.parquet, calibrated.toml and calibration.json."""
    write_frame(posterior_of(found), folder / POSTERIOR)
    write_tables({"rows": rows_of(found)}, folder)
    write_whole(folder / CALIBRATED, representative_of(found))
    write_json(summary, folder / "calibration.json")


def install(district: Path, found: Calibration) -> list[Path]:
    """Write the posterior and the representative values into the district's own folder; the files written."""
    write_frame(posterior_of(found), district / POSTERIOR)
    write_whole(district / CALIBRATED, representative_of(found))
    return [district / POSTERIOR, district / CALIBRATED]


def posterior_of(found: Calibration) -> pd.DataFrame:
    """One line a draw: its row, every parameter's value by dotted name, and what each lever adds ("effect …")."""
    rows, parameters = found.rows, found.rows.district.parameters
    points = rows.points
    table = pd.DataFrame([overrides(rows.dimensions, points[row], parameters) for row in found.drawn])
    table.insert(0, "row", found.drawn)
    effects = rows.effects[found.drawn]
    for column, name in enumerate(branch_names()):
        table[f"effect {name}"] = effects[:, column]
    return table


def rows_of(found: Calibration) -> pd.DataFrame:
    """Every point tried: its weight, its values, and what it gave; effects where the levers were tried."""
    rows = found.rows
    table = pd.DataFrame(rows.points, columns=[dimension.name for dimension in rows.dimensions])
    table.insert(0, "weight", found.weights)
    for column, figure in enumerate(rows.figures):
        table[f"figure {figure.name}"] = rows.predicted[:, column]
    effects = rows.effects
    for column, name in enumerate(branch_names()):
        table[f"effect {name}"] = effects[:, column]
    return table


def representative_of(found: Calibration) -> str:
    """The representative draw as the text of a calibrated.toml."""
    rows = found.rows
    values = overrides(rows.dimensions, rows.points[found.representative], rows.district.parameters)
    fitted = ", ".join(figure.name for figure in rows.figures if figure.fit)
    source = (
        f"calibration: row {found.representative} of {len(rows.found):,} of the design with seed {rows.seed}, the "
        f"one near the middle of the posterior that meets the district's own figures best at full size; "
        f"fitted to {fitted}"
    )
    lines = [
        "# Values that a calibration put in the place of those of parameters.toml. One draw of many: the others",
        f"# stand in {POSTERIOR}, and what a policy does differs between them.",
        f"source = {json.dumps(source, ensure_ascii=False)}",
        "",
        "[values]",
        *(f'"{name}" = {"inf" if math.isinf(value) else repr(value)}' for name, value in values.items()),
    ]
    return "\n".join(lines) + "\n"

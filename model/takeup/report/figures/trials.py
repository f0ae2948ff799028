"""What trials found, month by month: a dot a quantity with its interval."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from takeup.answers.trial.answer import Trials
from takeup.report.figures.canvas import LABEL_SIZE, Margins, dress, finished, head_labels, head_values, page
from takeup.report.figures.palette import INK, looks
from takeup.report.trial import INTERVAL, LABELS, meant_by_interval, points_of, who
from takeup.report.wording import interval, month, signed

_ROW: Final = 0.26
_MARGINS: Final = Margins(left=2.75, right=1.85, top=0.4)
_HEADROOM: Final = 0.08
_VALUES: Final = 1.04
"""Where the numbers are written, in widths of the axes."""
_EN_SPACE: Final = "\u2002"
_CAP: Final = 0.16
"""Half the height of an interval's end, in rows."""
_SHOWN: Final = ("itt", "naive_points", "true_effect_points", "spillover_points")


def trial(trials: Trials) -> Figure:
    """The effect of assignment, what comparing the arms shows, the true effect and the spill-over, by month."""
    rows = len(trials.months) * (len(_SHOWN) + 1)
    place = trials.plan.district.population.name
    sheet = page(f"A trial of “{trials.plan.scenario.title}” in {place}", _caption(trials), _ROW * rows, _MARGINS)
    axes, labels = sheet.axes(), []
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for when in trials.months:
        labels.append(month(when))
        found = points_of(trials, when)
        for number, name in enumerate(_SHOWN, 1):
            _dot(axes, len(labels), number, *found[name])
            labels.append(LABELS[name])
    axes.set_yticks(range(rows), labels)
    for tick in axes.get_yticklabels()[:: len(_SHOWN) + 1]:
        tick.set_fontweight("bold")
    axes.set_ylim(rows - 0.4, -0.6)
    marks = trials.summary.loc[trials.summary["quantity"].isin(_SHOWN), ["points", "low", "high"]]
    numbers = marks.to_numpy(dtype=np.float64)
    reach = np.append(numbers[np.isfinite(numbers)], 0.0)
    room = _HEADROOM * (float(np.ptp(reach)) or 1.0)
    axes.set_xlim(reach.min() - room, reach.max() + room)
    axes.set_xlabel("Share of persons with a valid permit, difference in percentage points")
    dress(axes, grid="x")
    head_labels(axes, "Month and quantity", sheet.height)
    head_values(axes, f"points ({INTERVAL} interval)", sheet.height, _VALUES)
    return finished(sheet)


def _dot(axes: Axes, row: int, number: int, points: float, low: float, high: float) -> None:
    look = looks(len(_SHOWN) + 1)[number]
    if math.isfinite(low):
        axes.plot([low, high], [row, row], color=look.colour, linewidth=1.6, solid_capstyle="butt", zorder=3)
        for end in (low, high):
            axes.plot([end, end], [row - _CAP, row + _CAP], color=look.colour, linewidth=1.2, zorder=3)
    axes.plot([points], [row], color=look.colour, marker=look.marker, markersize=6.0, zorder=4)
    said = signed(points) + (f"{_EN_SPACE}({interval(low, high, signed)})" if math.isfinite(low) else "")
    axes.text(_VALUES, row, said, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def _caption(trials: Trials) -> str:
    return (
        f"In the trial: {who(trials)}; those still living there. Effect of being assigned: what the trial changed of "
        "the treated less what it changed of the controls, each against themselves in the world without the trial. "
        f"True effect: everyone under the scenario less nobody, the same people. {meant_by_interval(trials)}"
    )

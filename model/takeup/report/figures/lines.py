"""Take-up over time."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from takeup.answers.comparison import Comparison
from takeup.months import month_name, month_number
from takeup.report.figures.canvas import LABEL_LINE, LABEL_SIZE, Margins, dress, finished, page, wrapped
from takeup.report.figures.palette import INK, PALE_INK, Look, looks
from takeup.report.figures.spread import spread
from takeup.report.figures.timeline import dress_time, month_ends, parting
from takeup.report.intervals import Interval, t_interval
from takeup.report.tables import PERCENT
from takeup.report.wording import decimal, replicates

from matplotlib.figure import Figure

"""Entry point of `make verification`: measure and write the page.

`--page` skips the measurements. `--assignments` measures the assignments to attributes of agents only, which takes
some ten minutes.
"""

from __future__ import annotations

import sys

from tools.verification.measurements import measure_assignments, measure_closed_forms, measure_stress
from tools.verification.page import PAGE, page

if "--assignments" in sys.argv:
    measure_assignments()
elif "--page" not in sys.argv:
    measure_closed_forms()
    measure_stress()
PAGE.write_text(page(), encoding="utf-8")

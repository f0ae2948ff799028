"""Mesa's data collector of the monthly table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from mesa.datacollection import DataCollector

from takeup.simulation.output import COLUMNS

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel


class MonthlyCollector(DataCollector):  # type: ignore[misc]
    """Mesa data collector of the columns of the monthly table.

    Several months can be added at once. Users can add reporters as to any collector of Mesa; in months that were
    collected before, the value of such a reporter is None.
    """

    def __init__(self) -> None:
        # Functions that can be pickled; Mesa accepts functions and their partial applications only.
        super().__init__(model_reporters={name: partial(_last_value, name=name) for name in COLUMNS})

    @property
    def is_extended(self) -> bool:
        """Whether the collector has reporters other than those of the monthly table."""
        return (
            self.model_reporters.keys() != dict.fromkeys(COLUMNS).keys()
            or bool(self.agent_reporters)
            or bool(self.agenttype_reporters)
        )

    @property
    def months(self) -> int:
        """Number of collected months."""
        return len(self.model_vars["month"])

    def extend(self, columns: Mapping[str, Iterable[Any]]) -> None:
        """Add one or more months, given a list of values per column of the monthly table.

        Mesa's `collect` calls a function per column and copies its result, which would take a tenth of a small
        district's time.
        """
        before = self.months
        for name, values in columns.items():
            self.model_vars[name].extend(values)
        steps = getattr(self, "_collection_steps", None)  # from Mesa 3.5 on, batch_run looks months up in it
        if steps is not None:
            steps.extend(float(step) for step in range(before + 1, self.months + 1))

    def collect(self, model: PermitModel) -> None:
        """Collect the last month, unless it was collected already."""
        before = self.months
        if before >= len(model.rows):
            return
        for name in self.model_reporters:
            column = self.model_vars.setdefault(name, [])
            column[:0] = [None] * (before - len(column))
        super().collect(model)


def _last_value(model: PermitModel, name: str) -> float | int | str:
    return model.rows[-1][name]

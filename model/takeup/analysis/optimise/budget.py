"""The budget of an optimisation: an amount for a period of whole months."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from takeup.errors import InputError
from takeup.limits import as_float
from takeup.message import Message
from takeup.months import MONTHS_A_YEAR, format_month
from takeup.report.i18n import ENGLISH, Language

_ALLOWED = Message("a finite number of yuan, from 0")


@dataclass(frozen=True)
class Budget:
    """Budget for the period from the first month of any option to the last month of the runs.

    Attributes:
        total: amount for the whole period, in yuan.
        first, last: numbers of the first and last month.
        is_per_year: whether the amount was given per year; the total is then in proportion to the number of months.
    """

    total: float
    first: int
    last: int
    is_per_year: bool

    @staticmethod
    def of(given: Any, first: int, last: int, *, is_per_year: bool) -> Budget:
        """Make the budget from the amount that is given with --budget.

        Args:
            given: amount in yuan, for the whole period or per year.
            first, last: numbers of the first and last month.
            is_per_year: whether the amount is per year.

        Raises:
            InputError: the amount is not a number, negative or not finite.
        """
        amount = as_float(given, "--budget", _ALLOWED)
        total = amount * (last - first + 1) / MONTHS_A_YEAR if is_per_year else amount
        if not 0 <= total < math.inf:
            raise InputError("the budget is negative or not finite", key="--budget", given=amount, allowed=_ALLOWED)
        return Budget(total, first, last, is_per_year)

    @property
    def months(self) -> int:
        """Number of months of the period."""
        return self.last - self.first + 1

    @property
    def per_year(self) -> float:
        """Average amount per year of the period, in yuan."""
        return self.total * MONTHS_A_YEAR / self.months

    @property
    def record(self) -> dict[str, Any]:
        """Amounts and period, for JSON files."""
        return {
            "given": "per year" if self.is_per_year else "in total",
            "total_cny": self.total,
            "per_year_cny": self.per_year,
            "from": format_month(self.first),
            "until": format_month(self.last),
            "months": self.months,
        }

    def sentence(self, translate: Language = ENGLISH) -> str:
        """Write the sentence on the amount as given, the period, and the amount in the other form."""
        values = {
            "total": translate.exact_yuan(round_to_fen(self.total)),
            "per_year": translate.exact_yuan(round_to_fen(self.per_year)),
            "first": format_month(self.first),
            "last": format_month(self.last),
            "months": translate("1 month") if self.months == 1 else translate("{number} months", number=self.months),
        }
        if self.is_per_year:
            return translate(
                "Budget: {per_year} yuan a year from {first} to {last} ({months}), {total} yuan in total.", **values
            )
        return translate(
            "Budget: {total} yuan in total from {first} to {last} ({months}), {per_year} yuan a year.", **values
        )


def round_to_fen(amount: float) -> float:
    """Round an amount to hundredths of a yuan, unless it would become 0."""
    return round(amount, 2) or amount

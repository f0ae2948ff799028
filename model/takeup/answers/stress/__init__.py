"""Stress: long lives, empty districts and levers at their ends, and whether every account still adds up."""

from takeup.answers.stress.answer import Held, Stress, held, stressed
from takeup.answers.stress.ordeals import Ordeal, ordeals

__all__ = ["Held", "Ordeal", "Stress", "held", "ordeals", "stressed"]

"""Invented provinces: to measure with, and to try out what takes several districts."""

from takeup.district.synthesis.drawing import Invented, invented_districts
from takeup.district.synthesis.text import parameters_text, population_text

__all__ = ["Invented", "invented_districts", "parameters_text", "population_text"]

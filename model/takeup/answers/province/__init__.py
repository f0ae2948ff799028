"""Several districts under one scenario: each lived by itself, all summed."""

from takeup.answers.province.province import Place, Province
from takeup.answers.province.summing import AVERAGED, SUMMED, Answer, answered

__all__ = ["AVERAGED", "SUMMED", "Answer", "Place", "Province", "answered"]

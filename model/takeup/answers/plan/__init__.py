"""The best package of interventions under a budget."""

from takeup.answers.plan.file import Option, Options, Size, read_options
from takeup.answers.plan.fitting import check_options
from takeup.answers.plan.question import Planned, Question
from takeup.answers.plan.result import Result, result_of

__all__ = ["Option", "Options", "Planned", "Question", "Result", "Size", "check_options", "read_options", "result_of"]

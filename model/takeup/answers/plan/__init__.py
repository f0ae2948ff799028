"""The best package of interventions under a budget."""

from takeup.answers.plan.question import Planned, Question
from takeup.answers.plan.result import Result, result_of
from takeup.scenario.plan_file import Option, Options, Size, read_options
from takeup.scenario.plan_fitting import check_options

__all__ = ["Option", "Options", "Planned", "Question", "Result", "Size", "check_options", "read_options", "result_of"]

"""Why the others hold no valid permit: the funnel, and what each of five obstacles takes away.

causes       the causes, in words and in the order of the funnel's steps
tracing      from the columns of the state to everyone's cause
funnel       everyone counted by cause, group and street
obstacles    what it means that an obstacle is removed: obstacles.toml
shapley      what each of several players adds
lives        one run: a history, and a branch for every combination of obstacles removed
question     all runs that are asked for, checked, and lived with a journal
answer       what the runs make
"""

from takeup.answers.why.answer import Answer, Decomposition, answered
from takeup.answers.why.causes import CAUSES, STEPS, TITLES, Cause
from takeup.answers.why.funnel import counted
from takeup.answers.why.obstacles import Obstacle, Obstacles, read_obstacles
from takeup.answers.why.question import Question
from takeup.answers.why.shapley import shapley
from takeup.answers.why.tracing import Standing, Traced, standing_of, traced

__all__ = [
    "CAUSES",
    "STEPS",
    "TITLES",
    "Answer",
    "Cause",
    "Decomposition",
    "Obstacle",
    "Obstacles",
    "Question",
    "Standing",
    "Traced",
    "answered",
    "counted",
    "read_obstacles",
    "shapley",
    "standing_of",
    "traced",
]

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

from takeup.analysis.why.attribution import (
    REASONS,
    STEPS,
    TITLES,
    Attribution,
    PersonSnapshot,
    Reason,
    attribute_reasons,
    count_reasons,
    take_snapshot,
)
from takeup.analysis.why.result import Decomposition, WhyResult, shapley_values, summarise_why
from takeup.analysis.why.spec import Obstacle, Obstacles, WhySpec, read_obstacles

__all__ = [
    "REASONS",
    "STEPS",
    "TITLES",
    "Attribution",
    "Decomposition",
    "Obstacle",
    "Obstacles",
    "PersonSnapshot",
    "Reason",
    "WhyResult",
    "WhySpec",
    "attribute_reasons",
    "count_reasons",
    "read_obstacles",
    "shapley_values",
    "summarise_why",
    "take_snapshot",
]

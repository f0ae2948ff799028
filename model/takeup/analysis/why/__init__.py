"""Explanation of take-up: reasons for having no permit, and obstacles to it.

spec         the obstacles (obstacles.toml), the runs, tables over runs, and the Shapley values of the obstacles
attribution  the reason of each migrant, counts by reason and group (the funnel), and the utility of one migrant
output       sentences, terminal tables, figures and written files
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
from takeup.analysis.why.spec import (
    Decomposition,
    Obstacle,
    Obstacles,
    WhyResult,
    WhySpec,
    read_obstacles,
    shapley_values,
    summarise_why,
)

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

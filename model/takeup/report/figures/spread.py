"""Labels beside the ends of lines: as near to where they belong as they can be without overlapping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> NDArray[np.float64]:
    """Centres of labels, in the order given: the wanted ones, moved apart in a row as little as possible.

    Labels that would overlap form a block around the mean of what they want; blocks that meet join.

    Args:
        wanted: where each label belongs.
        heights: of each label, in the same unit.
        low, high: between which all must stand; too small a room is overrun at the top.
    """
    order = np.argsort(wanted, kind="stable")
    blocks: list[_Block] = []
    for label in order:
        blocks.append(_Block([int(label)], float(heights[label]), float(wanted[label])))
        blocks[-1] = blocks[-1].within(low, high)
        while len(blocks) > 1 and blocks[-2].top > blocks[-1].bottom:
            upper = blocks.pop()
            blocks[-1] = blocks[-1].joined(upper).within(low, high)
    centres = np.empty(len(wanted))
    for block in blocks:
        edge = block.bottom
        for label in block.labels:
            centres[label] = edge + heights[label] / 2
            edge += heights[label]
    return centres


class _Block:
    """Labels that touch, the lowest first."""

    def __init__(self, labels: list[int], height: float, centre: float) -> None:
        self.labels, self.height, self.centre = labels, height, centre

    @property
    def bottom(self) -> float:
        return self.centre - self.height / 2

    @property
    def top(self) -> float:
        return self.centre + self.height / 2

    def joined(self, upper: _Block) -> _Block:
        """One block, where the labels of both want to be on average."""
        lower_count, upper_count = len(self.labels), len(upper.labels)
        centre = (self.centre * lower_count + upper.centre * upper_count) / (lower_count + upper_count)
        return _Block(self.labels + upper.labels, self.height + upper.height, centre)

    def within(self, low: float, high: float) -> _Block:
        """The block moved into the room; at the bottom if it is too high for it."""
        return _Block(self.labels, self.height, max(min(self.centre, high - self.height / 2), low + self.height / 2))

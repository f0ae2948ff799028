"""A person's life in the district as strips over the months: what they know, may and have, and what they weigh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from takeup.dashboard.diary import Diary, Entry
from takeup.dashboard.drawing.marks import PLAIN, bar, element, line, note, sheet, text, tip
from takeup.months import MONTHS_A_YEAR, format_month
from takeup.report.formatting import decimal, month
from takeup.report.plotting.style import GRID, INK, PALE_INK, PAPER
from takeup.rules import KNOWLEDGE, STATUSES

_WIDTH, _LEFT, _RIGHT, _TOP = 1080.0, 96.0, 96.0, 8.0
_STRIP, _GAP, _GRAPH, _BOTTOM = 22.0, 8.0, 120.0, 26.0
_PALE, _HALF, _FULL, _HELD = "#eceff2", "#a9b8c6", "#4d6f91", "#0b3a66"
_KNOWS: Final = dict(zip(KNOWLEDGE, (_PALE, _HALF, _FULL), strict=True))
_HAS: Final = dict(zip(STATUSES, (_PALE, _HALF, _HELD, "url(#lapsed)"), strict=True))
_MAY: Final = {"not entitled": _PALE, "entitled": _FULL}
_SHORTEST_NAMED: Final = 7.0
"""Pixels a letter: a stretch too short for its name goes without."""
_PATTERN: Final = (
    '<defs><pattern id="lapsed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#f3e3dd"/><rect width="2.5" height="6" fill="#a6553c"/></pattern></defs>'
)


def life(diary: Diary, shown: int) -> str:
    """Strips of knowledge, title and permit, and below them what applying or keeping is worth.

    Args:
        diary: whose.
        shown: number of the month that is marked.
    """
    frame = _Frame(len(diary.entries))
    strips: list[tuple[str, dict[str, str], Callable[[Entry], str]]] = [
        ("knows", _KNOWS, lambda entry: KNOWLEDGE[entry.weighed.knowledge]),
        ("may apply", _MAY, lambda entry: "entitled" if entry.qualified else "not entitled"),
        ("permit", _HAS, lambda entry: STATUSES[entry.weighed.status]),
    ]
    marks = [_PATTERN]
    for number, (name, colours, of) in enumerate(strips):
        y = _TOP + number * (_STRIP + _GAP)
        marks.append(text(_LEFT - 12, y + 15, name, anchor="end", size=PLAIN))
        marks += _strip(frame, y, [of(entry) for entry in diary.entries], colours)
    top = _TOP + len(strips) * (_STRIP + _GAP) + 14
    height = top + _GRAPH + _BOTTOM
    marks += _worth(frame, diary.entries, top)
    marks += _years(frame, diary.entries[0].month, height - _BOTTOM)
    place = diary.at(shown).month - diary.entries[0].month
    x = frame.x(place) + frame.step / 2
    marks.append(line(x, _TOP - 4, x, height - _BOTTOM, INK, dash="2 3"))
    marks.append(element("circle", cx=x, cy=frame.y(diary.entries[place].weighed.worth, top), r=4, fill=INK))
    marks += _months(frame, diary.entries, height - _BOTTOM)
    return sheet(_WIDTH, height, "One person's months", *marks)


class _Frame:
    """Where a month lies."""

    def __init__(self, months: int) -> None:
        self.months = months
        self.step = (_WIDTH - _LEFT - _RIGHT) / months
        self.most = 1.0

    def x(self, place: int) -> float:
        return _LEFT + self.step * place

    def y(self, worth: float, top: float) -> float:
        return top + _GRAPH / 2 * (1.0 - min(max(worth / self.most, -1.0), 1.0))


def _strip(frame: _Frame, y: float, states: Sequence[str], colours: dict[str, str]) -> list[str]:
    """One rectangle for each stretch of months in one state."""
    marks, begin = [], 0
    for place in range(1, len(states) + 1):
        if place < len(states) and states[place] == states[begin]:
            continue
        state, width = states[begin], frame.step * (place - begin)
        marks.append(bar(frame.x(begin), y, width, _STRIP, colours[state]))
        if width > _SHORTEST_NAMED * len(state):
            ink = PAPER if colours[state] in {_FULL, _HELD} else INK
            marks.append(text(frame.x(begin) + 6, y + 15, state, size=11, colour=ink))
        begin = place
    return marks


def _worth(frame: _Frame, entries: Sequence[Entry], top: float) -> list[str]:
    """The line of what is weighed, on either side of nothing."""
    frame.most = max(1.0, *(abs(entry.weighed.worth) for entry in entries))
    middle = frame.y(0.0, top)
    points = [
        f"{frame.x(place) + frame.step / 2:.1f} {frame.y(entry.weighed.worth, top):.1f}"
        for place, entry in enumerate(entries)
    ]
    return [
        text(_LEFT - 12, middle + 4, "worth it?", anchor="end", size=PLAIN),
        bar(_LEFT, top, _WIDTH - _LEFT - _RIGHT, _GRAPH / 2, "#f6f8f9"),
        line(_LEFT, middle, _WIDTH - _RIGHT, middle, PALE_INK),
        note(_WIDTH - _RIGHT + 8, top + 14, "would"),
        note(_WIDTH - _RIGHT + 8, top + _GRAPH - 6, "would not"),
        note(_LEFT - 12, top + 10, decimal(frame.most), "end"),
        note(_LEFT - 12, top + _GRAPH, decimal(-frame.most), "end"),
        element("path", d=f"M{'L'.join(points)}", fill="none", stroke=_FULL, stroke_width=2, stroke_linejoin="round"),
    ]


def _years(frame: _Frame, first: int, y: float) -> list[str]:
    marks = [line(_LEFT, y, _WIDTH - _RIGHT, y, GRID)]
    for place in range(frame.months):
        year, number = divmod(first + place, MONTHS_A_YEAR)
        if number == 0:
            marks.append(line(frame.x(place), y, frame.x(place), y + 4, PALE_INK))
            marks.append(note(frame.x(place), y + 17, str(year), "middle"))
    return marks


def _months(frame: _Frame, entries: Sequence[Entry], height: float) -> list[str]:
    """What can be chosen: a strip a month, unseen."""
    return [
        element(
            "g",
            bar(frame.x(place), 0, frame.step, height, "transparent"),
            tip(
                f"{month(format_month(entry.month))}: {KNOWLEDGE[entry.weighed.knowledge]}, "
                f"permit: {STATUSES[entry.weighed.status]}, weighs {decimal(entry.weighed.worth, 2)}"
            ),
            data_pick=entry.month,
        )
        for place, entry in enumerate(entries)
    ]

"""Pictures as SVG: text made of text, so that it is quick, sharp, and can be tested as text.

What can be chosen with a click carries `data-pick`, what it is to be told by carries a title. No picture tells by
colour alone: there are numbers, places and marks beside it, and shades go from light to dark.
"""

from takeup.dashboard.drawing.changes import changes
from takeup.dashboard.drawing.curve import Line, curve
from takeup.dashboard.drawing.groups import groups
from takeup.dashboard.drawing.life import life
from takeup.dashboard.drawing.reasons import reasons
from takeup.dashboard.drawing.terms import terms
from takeup.dashboard.drawing.tiles import Shades, tile_map

__all__ = ["Line", "Shades", "changes", "curve", "groups", "life", "reasons", "terms", "tile_map"]

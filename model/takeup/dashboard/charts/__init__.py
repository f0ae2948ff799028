"""Charts as SVG text, independent of the browser.

Elements that can be clicked carry `data-pick`, and tooltips are `title` elements. No chart conveys information by
colour alone: numbers, positions or markers repeat it, and colour scales run from light to dark.
"""

from takeup.dashboard.charts.bars import group_effect_bars, one_at_a_time_chart, reason_waterfall, utility_term_bars
from takeup.dashboard.charts.tile_map import MAP_LAYERS, ColorScale, effect_scale, map_layer, tile_map
from takeup.dashboard.charts.time_series import Series, agent_timeline, time_series

__all__ = [
    "MAP_LAYERS",
    "ColorScale",
    "Series",
    "agent_timeline",
    "effect_scale",
    "group_effect_bars",
    "map_layer",
    "one_at_a_time_chart",
    "reason_waterfall",
    "tile_map",
    "time_series",
    "utility_term_bars",
]

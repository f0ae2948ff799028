"""Interactive charts: from numbers to Vega-Lite charts, which pages and reports can embed.

base          a chart, its style, and the script that draws it
time_series   curves with bands, and strips of states, on a time axis
bars          bars, and dots on a common axis, both with intervals
heat_map      a table of numbers on colours

The functions take titles and texts in the language of the page. No chart conveys information by colour alone:
numbers, dashes or positions repeat it. A row with the key `pick` can be clicked on a page.
"""

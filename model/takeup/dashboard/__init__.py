"""The dashboard: three pages in the browser, served by this machine.

context         the data of a server: a district, its baseline runs and their trajectories, shared by all visitors
policy_editor   a policy as the page edits it, the controls of its levers, and scenario files
effects         effect of a policy with its intervals, in numbers and words
agent_history   one migrant month by month, in numbers and words, and the utility: inputs, summands, sensitivity
charts          charts as SVG
pages           the pages
server          the web server; only this module and the pages import solara
"""

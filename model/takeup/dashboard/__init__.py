"""The dashboard: three pages in the browser, served by this machine.

trajectories    trajectories of runs, and baseline runs from which policies branch
context         what a server shows: a district and its baseline runs, shared by all visitors
lever_controls  slider range and available operations of a lever
policy_editor   a policy as the page edits it, to and from a scenario file
effects         effect of a policy with its intervals, in numbers and words
agent_history   one migrant month by month, in numbers and words
utility_inputs  the utility of one migrant, term by term
one_at_a_time   one-at-a-time sensitivity of this utility
charts          charts as SVG
pages           the pages
server          the web server; only this module and the pages import solara
"""

"""The dashboard: three pages in the browser, served by this machine.

baseline        runs without a policy, from which policies branch, and the trajectories that the pages show
estimator       effects of policies over draws of the posterior, estimated in stages
context         the data of a server, shared by all visitors: a district, the run that is shown, the estimator
lever_controls  controls of the levers: operations and ranges
policy_editor   a policy as the page edits it, and scenario files
slider_ranges   the ranges of sliders within which a policy fits the district
first_policies  the policies with which the pages open
effects         the effects of policies in numbers and words
agent_history   one migrant month by month, in numbers and words, and the utility: inputs, summands, sensitivity
charts          charts of the results, drawn by `takeup.report.charts`
page_address    the state of the pages as a part of their address
downloads       files of a comparison for download
language        the language of a visitor
document        the HTML document around the pages
pages           the pages
server          the web server; only this module and the pages import solara
"""

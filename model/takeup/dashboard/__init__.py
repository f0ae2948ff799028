"""The dashboard: three pages in a browser on this machine.

watching    what the pages show of a run, month by month
history     a seed's run without a policy, and runs of policies that branch off it
stage       what one server shows: a district, its histories, shared by all who look
tiles       where a street's tile lies
sliders     how far the page's sliders go
drafts      a policy while it is being put together: to a scenario file and back
outcome     a policy beside the baseline, with its interval
doubt       the same under draws of the posterior
diary       one person's months, from arriving to leaving
weighing    what one person weighs, term by term, and what would change their mind
drawing     pictures as SVG
pages       the pages themselves; solara is imported here alone
serving     the web server, on loopback unless told otherwise
"""

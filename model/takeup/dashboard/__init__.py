"""The dashboard: three pages in a browser on this machine.

watching    what the pages show of a run, month by month
history     a seed's run without a policy, and runs of policies that branch off it
stage       what one server shows: a district, its histories, shared by all who look
tiles       where a street's tile lies
views       what the tiles show
sliders     what a lever's controls offer
drafts      a policy while it is being put together: to a scenario file and back
outcome     a policy beside the baseline, with its interval
doubt       the same under draws of the posterior
saying      what an outcome says in words, and the commands that say the same
diary       one person's months, from arriving to leaving
weighing    what one person weighs, term by term
changing    what would change their mind
portrait    a person in words
drawing     pictures as SVG
pages       the pages themselves
serving     the web server, on loopback unless told otherwise; solara is imported here and in pages alone
"""

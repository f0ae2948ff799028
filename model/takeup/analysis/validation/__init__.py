"""Validation: published studies compared with their replications inside the model.

studies       the studies (studies.toml), their results and the numbers of their set-ups
assistance    replications of the trials of fees, reminders, visits and help
replications  replication of every other study inside the model, and of all of them for one draw of the posterior
result        specification of the draws, and the verdict on each study
text          sentences, and formats of results and ranges
plots         the figure
page          the page in Markdown
output        the terminal table and written files
"""

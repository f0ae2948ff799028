"""Validation: results of published studies compared with replications of the studies inside the model.

studies       the studies (studies.toml), their results and the numbers of their set-ups
replications  each study set up inside the model, for one draw of the posterior
result        specification over draws, and the verdict on each study
output        sentences, the terminal table, the figure, the page and written files
"""

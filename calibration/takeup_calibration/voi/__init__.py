"""Value of information: how much an observation would improve a choice."""

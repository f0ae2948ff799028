"""Value of information: how much a further observation would improve a choice between scenarios."""

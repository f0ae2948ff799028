"""Check that another revision of the repository gives the same results."""

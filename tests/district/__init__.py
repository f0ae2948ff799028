"""Districts: their people, their parameters, and what is said of a wrong file."""

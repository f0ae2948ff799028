"""Districts: population, parameters, and errors in their files."""

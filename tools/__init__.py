"""Development tools: mutation tests, fuzzing, the verification page, generated tables, checks."""

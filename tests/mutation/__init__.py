"""Do the tests notice when a rule is changed? Each change is tried in a process of its own."""

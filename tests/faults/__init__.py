"""Whatever may happen to a command from outside: nothing is lost, and nothing wrong is shown as a result."""

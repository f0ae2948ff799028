"""Fuzzing: broken and hostile files for every reader of the program."""

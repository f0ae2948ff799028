"""Mutation tests: whether the tests notice small changes to the code that decides results."""

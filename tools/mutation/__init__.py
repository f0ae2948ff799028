"""Mutation tests: small changes of the model's code that the tests must detect."""

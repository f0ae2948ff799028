"""The tests: what holds of the model, one sentence a test."""

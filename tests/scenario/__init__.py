"""Scenario files: their effect on levers, their costs, and errors in them."""

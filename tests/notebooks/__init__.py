"""Tests of the notebooks: what they are made of, and that their answers run."""

"""Tests of the dashboard: what it computes, what it draws, and its pages in a real browser."""

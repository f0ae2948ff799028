"""Runs: tasks, the journal of their results, and the scheduler that runs them."""

from takeup.runs.scheduler import run_tasks
from takeup.runs.task import RunResult, Task

__all__ = ["RunResult", "Task", "run_tasks"]

"""Execution of simulations: tasks, their scheduler, and the journal of their results."""

from takeup.runs.scheduler import run_tasks
from takeup.runs.task import RunResult, Task

__all__ = ["RunResult", "Task", "run_tasks"]

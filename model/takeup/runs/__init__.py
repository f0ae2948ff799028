"""Execution of simulations: tasks, scheduler, and journal of results."""

from takeup.runs.scheduler import Runner, run_tasks
from takeup.runs.task import RunResult, RunSettings, Task

__all__ = ["RunResult", "RunSettings", "Runner", "Task", "run_tasks"]

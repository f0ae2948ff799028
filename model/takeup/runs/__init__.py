"""Many runs: tasks, and the workers that live them."""

from takeup.runs.scheduler import run_tasks
from takeup.runs.task import RunResult, Task

__all__ = ["RunResult", "Task", "run_tasks"]

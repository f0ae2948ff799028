"""Many runs: tasks, and the workers that live them."""

from takeup.experiment.tasks import Lived, Task
from takeup.experiment.workers import run_tasks

__all__ = ["Lived", "Task", "run_tasks"]

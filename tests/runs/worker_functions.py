"""Work functions for the tests of sweeps, in a module that workers can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

POISON, FAULTY = 7, 11


def square(number: int) -> int:
    """A harmless piece of work."""
    return number * number


def treacherous(number: int) -> int:
    """Work that kills its worker at one number and fails at another."""
    if number == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == FAULTY:
        raise ValueError("eleven will not do")
    return number * number


def dies_once(task: tuple[int, str]) -> int:
    """Work that kills its worker the first time it is tried; the folder remembers."""
    number, folder = task
    attempt = Path(folder) / str(number)
    if number % 5 == 0 and not attempt.exists():
        attempt.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def process_number(number: int) -> int:
    """The process that does it, which takes a moment."""
    time.sleep(0.05)
    return os.getpid()


def is_interruptible(number: int) -> bool:
    """Whether an interrupt would reach the process that does it."""
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def treacherous_or_is_interruptible(number: int) -> bool:
    """The same, but at one number the worker dies."""
    treacherous(number)
    return is_interruptible(number)

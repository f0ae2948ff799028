"""The command `takeup`."""

from takeup.cli.app import main

__all__ = ["main"]

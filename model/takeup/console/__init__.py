"""Parts that the commands of all packages share: options, overrides and progress bars."""

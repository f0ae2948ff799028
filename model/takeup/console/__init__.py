"""Parts that all commands share: options, overrides and progress."""

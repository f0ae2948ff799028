"""The commands that join `takeup` through the entry-point group `takeup.commands`."""

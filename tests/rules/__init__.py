"""The rules, called one by one."""

"""Files that are broken or hostile: many are tried, and each must be read or refused with a reason."""

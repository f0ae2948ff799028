"""Results of Liwan quoted in documents: the commands that compute them, the stored figures, and the marked places."""

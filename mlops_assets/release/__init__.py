"""Release: gates, and their verdicts on evidence."""

"""The release room: gates and verdicts over evidence."""

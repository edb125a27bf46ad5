"""The runner: what `run`, `plan` and `replay` do with one use case, from a lock to a table of results."""

"""The graph: what assets and checks are called, what Dagster remembers of them, and what is stale. Knows no asset."""

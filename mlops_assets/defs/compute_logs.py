"""Dagster's compute logs, whose helper processes leave Ctrl-C to the process that they help; named in dagster.yaml."""

from mlops_assets.graph.dagster_internals import QuietComputeLogManager

__all__ = ["QuietComputeLogManager"]

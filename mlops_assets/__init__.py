"""mlops_assets: one YAML file in, a complete and governed machine-learning lifecycle in Dagster out."""

__version__ = "0.1.0"

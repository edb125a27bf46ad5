"""The only room that imports dagster: use case in, assets, checks, sensors and schedules out."""

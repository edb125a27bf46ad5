"""Sinks: one file for each way an alert can leave."""

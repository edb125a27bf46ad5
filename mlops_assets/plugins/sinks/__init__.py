"""Sinks: one file for each way to send an alert."""

"""Monitoring: batches, scoring, drift, and the replay of rows that were reserved for it."""

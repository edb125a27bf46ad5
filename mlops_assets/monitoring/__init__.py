"""The monitoring room: batches, scoring, drift and the replay of held-back rows."""

"""Synthesizers: one file a method. `synthesize` fits on real rows and draws synthetic ones."""

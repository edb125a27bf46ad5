"""Transforms: one file each. `Params` is its YAML and says what is read and computed; `apply` computes it."""

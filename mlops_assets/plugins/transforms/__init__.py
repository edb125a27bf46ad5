"""Transforms: one file each. `Params` is its YAML, `apply` computes it row by row, `formula` says it in words."""

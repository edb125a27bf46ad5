"""Drafting: what `new` does with a table, from its columns to a commented YAML."""

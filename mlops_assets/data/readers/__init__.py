"""Readers: one file a format. `read` returns the table as it stands, `SUFFIXES` the file endings it takes."""

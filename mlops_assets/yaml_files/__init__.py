"""YAML files validated against pydantic models: all mistakes at once, each with line and column.

Knows no use case: any model works. A text is parsed and read into the model (`reading`). Each value keeps its place,
and every problem is written in one style (`document`).
"""

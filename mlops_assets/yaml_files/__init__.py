"""YAML files held against pydantic models: every mistake at once, each with line and column.

Knows no use case: any model will do. A text is parsed and read into the model (`reading`); each value keeps its place,
and what is wrong is said in one style (`document`).
"""

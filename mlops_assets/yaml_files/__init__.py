"""YAML files held against pydantic models: every mistake at once, each with line and column.

Knows no use case: any model will do. A text is parsed (`source`), each value keeps its place (`document`), the
document is read into the model (`reading`), and what is wrong is said in one style (`problems`).
"""

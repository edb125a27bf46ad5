"""Pages: the parts of every page for people: the frame with its policy, Markdown, and the style of plots.

Holds how pages look, not what they mean: texts, numbers and tuples in, text out. Other packages decide what a page
says; how a number is written is in `mlops_assets/formatting.py`.
"""

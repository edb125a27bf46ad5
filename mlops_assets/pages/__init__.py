"""Pages: what every page for people is made of: the frame with its policy, Markdown, and the style of plots.

Holds how things look and nothing of what they mean: texts, numbers and tuples in, text out. The rooms decide what a
page says; how a number is written is in `mlops_assets/formatting.py`.
"""

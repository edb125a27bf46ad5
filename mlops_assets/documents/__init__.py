"""Documents: model card and data card, from evidence only."""

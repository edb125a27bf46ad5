"""The documents room: model card and data card, from evidence only."""

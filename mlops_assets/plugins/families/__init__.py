"""Model families: one file each, with its default search space and how it is explained."""

"""Features: declared transforms, encoding, selection, lineage and the registry page."""

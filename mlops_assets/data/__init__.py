"""The data package: sources, rules, validation, quarantine, profile and splits. Plain functions over frames."""

"""The data room: sources, rules, validation, quarantine, profile and splits. Plain functions over frames."""

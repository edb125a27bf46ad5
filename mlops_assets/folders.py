"""Folders: how the folders for what a run makes are created."""

from __future__ import annotations

from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Make a folder, with those above it that are missing, for its owner alone (mode 0700), and return it.

    Tables, models and ledgers hold personal data or what was learned from it. A folder that is there already keeps
    its mode, so that you can share one with a group.
    """
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for made in reversed(missing):
        made.mkdir(mode=0o700, exist_ok=True)
    return missing[0] if missing else folder

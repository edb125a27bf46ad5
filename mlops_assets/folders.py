"""Folders: creation of the folders that hold what a run writes."""

from __future__ import annotations

from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Create a folder and its missing parents for the owner only (mode 0700), and return it.

    Tables, models and ledgers contain personal data or results derived from it. An existing folder keeps its mode,
    so a folder can be shared with a group.
    """
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for made in reversed(missing):
        made.mkdir(mode=0o700, exist_ok=True)
    return missing[0] if missing else folder

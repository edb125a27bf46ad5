"""Readers: one file per format. `read` returns the table of a file, `SUFFIXES` lists the file suffixes it reads."""

from __future__ import annotations

from mlops_assets import plugins


def endings() -> dict[str, str]:
    """Return the reader of each file suffix, longest suffix first; readers that cannot be loaded are left out."""
    sound = [name for name in plugins.names("reader") if name not in plugins.broken("reader")]
    found = {suffix: name for name in sound for suffix in plugins.load("reader", name).SUFFIXES}
    return dict(sorted(found.items(), key=lambda one: -len(one[0])))

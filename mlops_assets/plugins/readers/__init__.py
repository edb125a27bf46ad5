"""Readers: one file a format. `read` returns the table as it stands, `SUFFIXES` the file endings it takes."""

from __future__ import annotations

from mlops_assets import plugins


def endings() -> dict[str, str]:
    """Return the reader of each ending of files, longest ending first; readers that cannot be loaded have none."""
    sound = [name for name in plugins.names("reader") if name not in plugins.broken("reader")]
    found = {suffix: name for name in sound for suffix in plugins.load("reader", name).SUFFIXES}
    return dict(sorted(found.items(), key=lambda one: -len(one[0])))

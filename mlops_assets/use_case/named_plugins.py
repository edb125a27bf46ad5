"""Named plugins: what is wrong with a plugin that a YAML names."""

from __future__ import annotations

from typing import Literal

from mlops_assets import plugins
from mlops_assets.errors import PluginError
from mlops_assets.yaml_files.problems import Path, Problem, unknown


def plugin_problem(
    kind: Literal["reader", "family", "sink"], name: str, path: Path, *, at_key: bool = False
) -> Problem | None:
    """Return the problem that there is no such plugin, or that its file does not meet the protocol of its kind."""
    if name not in plugins.names(kind):
        return unknown(kind, name, plugins.names(kind), path, at_key=at_key)
    try:
        plugins.load(kind, name)
    except PluginError as error:
        return Problem(path, f"{error.where}: {error.what}", error.expected, error.got, error.fix, at_key)
    return None

"""Plugins: a variant of something is one file in the folder of its kind; its name in YAML is the file's name.

`names` lists files without importing anything; `load` imports one and checks it against the protocol of its
kind. To add a kind, add a row to `KINDS`; to add a variant, add a file: there is no table of variants to edit.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from mlops_assets.errors import PluginError, listing, nearest

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Kind:
    """Where the variants of a kind live and which public names each module must define."""

    folder: str
    required: tuple[str, ...]


KINDS = {
    "reader": Kind("data/readers", ("SUFFIXES", "read")),
    "synthesizer": Kind("privacy/synthesizers", ("synthesize",)),
    "transform": Kind("features/transforms", ("Params", "inputs", "formula", "apply")),
    "family": Kind("training/families", ("SPACE", "DEFAULTS", "FIXED", "PARAMETERS", "EXPLAINER", "TYPES", "build")),
    "sink": Kind("stores/sinks", ("Params", "send")),
}


@cache
def names(kind: str) -> tuple[str, ...]:
    """Return the names of all plugins of a kind, sorted, importing none of them."""
    folder = _PACKAGE / KINDS[kind].folder
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


def module_name(kind: str, name: str) -> str:
    """Return the import path of a plugin; raise PluginError where there is no such file."""
    if name not in names(kind):
        near = nearest(name, names(kind))
        raise PluginError(
            f"no {kind} is called {name!r}",
            where=KINDS[kind].folder,
            expected=f"one of {listing(names(kind), 20)}",
            got=repr(name),
            fix=f"did you mean {near!r}?" if near else f"add {KINDS[kind].folder}/{name}.py",
        )
    return f"mlops_assets.{KINDS[kind].folder.replace('/', '.')}.{name}"


@cache
def load(kind: str, name: str) -> ModuleType:
    """Import one plugin and return its module; raise PluginError where it does not meet its protocol."""
    module = importlib.import_module(module_name(kind, name))
    missing = [attribute for attribute in KINDS[kind].required if not hasattr(module, attribute)]
    if missing:
        raise PluginError(
            f"{kind} {name!r} does not define {listing(missing)}",
            where=str(module.__file__),
            expected=f"a module that defines {listing(KINDS[kind].required, 20)}",
            fix="see docs/how-to for a template of this kind",
        )
    return module

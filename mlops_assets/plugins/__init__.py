"""Plugins: each plugin is one file in the folder of its kind; its name in YAML is the file name.

`names` lists files and `summary` reads their docstrings without importing anything; `load` imports one and checks it
against the protocol of its kind. To add a kind, write its protocol and a row of `KINDS`; to add a variant, add a file:
there is no table of variants to edit.

The kinds whose files say what a YAML may hold (parameters, search space, endings of files) are folders of this package,
below the configuration: checking a YAML imports no package above. A synthesizer declares nothing but its name,
uses the encoder of `privacy`, and stays there.
"""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, overload

from mlops_assets.errors import PluginError, listing, suggestion
from mlops_assets.plugins import protocols
from mlops_assets.plugins.protocols import shortcomings

if TYPE_CHECKING:
    from mlops_assets.plugins.declarations import TransformParams
    from mlops_assets.yaml_files.model import Model

_PACKAGE = Path(__file__).parents[1]


class Kind(NamedTuple):
    """The folder of the plugins of a kind, and the protocol that each of them satisfies."""

    folder: str
    protocol: type


KINDS = {
    "reader": Kind("plugins/readers", protocols.Reader),
    "synthesizer": Kind("privacy/synthesizers", protocols.Synthesizer),
    "transform": Kind("plugins/transforms", protocols.Transform),
    "family": Kind("plugins/families", protocols.Family),
    "sink": Kind("plugins/sinks", protocols.Sink),
}


@cache
def names(kind: str) -> tuple[str, ...]:
    """Return the names of all plugins of a kind, sorted, importing none of them."""
    folder = _PACKAGE / KINDS[kind].folder
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


def module_name(kind: str, name: str) -> str:
    """Return the import path of a plugin; raise PluginError if there is no such file."""
    if name not in names(kind):
        raise PluginError(
            f"no {kind} is called {name!r}",
            where=KINDS[kind].folder,
            expected=f"one of {listing(names(kind), 20)}",
            got=repr(name),
            fix=suggestion(name, names(kind)) or f"add {_file(kind, name)}",
        )
    return f"mlops_assets.{KINDS[kind].folder.replace('/', '.')}.{name}"


def summary(kind: str, name: str) -> str:
    """Return the first paragraph of a plugin's docstring on one line, without importing the plugin."""
    text = ast.get_docstring(ast.parse((_PACKAGE / _file(kind, name)).read_bytes())) or ""
    return " ".join(text.partition("\n\n")[0].split())


@overload
def load(kind: Literal["reader"], name: str) -> protocols.Reader: ...
@overload
def load(kind: Literal["synthesizer"], name: str) -> protocols.Synthesizer: ...
@overload
def load(kind: Literal["transform"], name: str) -> protocols.Transform[TransformParams]: ...
@overload
def load(kind: Literal["family"], name: str) -> protocols.Family: ...
@overload
def load(kind: Literal["sink"], name: str) -> protocols.Sink[Model]: ...
@cache
def load(kind: str, name: str) -> object:
    """Import one plugin and return its module.

    Raises:
        PluginError: there is no such file, it cannot be imported, or it does not meet the protocol of its kind.
    """
    path = module_name(kind, name)
    try:
        module = importlib.import_module(path)
    except Exception as error:
        raise PluginError(
            f"{kind} {name!r} cannot be imported",
            where=_file(kind, name),
            got=f"{type(error).__name__}: {error}",
            fix="correct the file",
        ) from error
    found = shortcomings(kind, name, module, KINDS[kind].protocol)
    if found:
        raise PluginError(
            f"{kind} {name!r} is not a valid {kind}: {listing((what for what, _ in found), 20)}",
            where=_file(kind, name),
            expected=listing((expected for _, expected in found), 20),
            fix="see docs/how-to/new-plugin.md",
        )
    return module


@cache
def broken(kind: str) -> dict[str, str]:
    """Return the reason for each plugin of a kind that cannot be loaded; only a use case that names it is affected."""
    found = {}
    for name in names(kind):
        try:
            load(kind, name)  # type: ignore[call-overload]  # any kind will do
        except PluginError as error:
            found[name] = str(error)
    return found


def _file(kind: str, name: str) -> str:
    return f"{KINDS[kind].folder}/{name}.py"

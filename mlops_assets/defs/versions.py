"""Code versions: a hash of the code that makes an asset and of exactly the configuration that it reads.

The code is the module of each given function and, transitively, the modules of this package that it imports.
Comments, docstrings and layout do not count, because the hash is over the syntax tree. The models of the
configuration do not count either: their values do.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from mlops_assets.defs.source_trees import syntax

_PACKAGE = "mlops_assets"
_OUTSIDE = re.compile(rf"{_PACKAGE}\.((use_case|yaml_files|errors|settings)(\.|$)|plugins(\.protocols)?$)")


def version_of(*code: ModuleType | str, reads: Iterable[Any] = ()) -> str:
    """Return a hash of twelve hex digits over `code`'s modules with all they import, and the values in `reads`.

    Args:
        code: modules, or their names, that the asset's body calls.
        reads: frozen configuration models and plain JSON-able values, in a fixed order.
    """
    names = sorted({name for part in code for name in _closure(part if isinstance(part, str) else part.__name__)})
    hashed = hashlib.sha256()
    for name in names:
        hashed.update(f"{name}:{syntax(name)[0]}\n".encode())
    hashed.update(json.dumps([_plain(value) for value in reads], sort_keys=True, default=str).encode())
    return hashed.hexdigest()[:12]


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return [[str(key), _plain(item)] for key, item in value.items()]
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


@cache
def _closure(name: str) -> frozenset[str]:
    found: set[str] = set()
    open_names = [name]
    while open_names:
        module = open_names.pop()
        if module in found or _OUTSIDE.match(module):
            continue
        found.add(module)
        open_names.extend(syntax(module)[1])
    return frozenset(found)

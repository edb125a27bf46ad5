"""Code versions: a hash of the code that makes an asset and of exactly the configuration that it reads.

The code is the module of each given function and, transitively, the modules of this package that it imports.
Comments, docstrings and layout do not count, because the hash is over the syntax tree. The models of the
configuration do not count either: their values do.

Parsing all modules takes longer than the rest of the definitions, so the results are cached next to the bytecode.
The key is the hash of the source, so the cache is never stale. As with bytecode, nothing is cached if Python is set to
write none or the folder is read-only.
"""

import ast
import contextlib
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from mlops_assets.stores.tables import write_text

_PACKAGE = "mlops_assets"
_MEMORY = Path(cache_from_source(__file__)).with_suffix(".json")
_PARSER = hashlib.sha256(Path(__file__).read_bytes())
_FRESH: set[str] = set()
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


@cache
def syntax(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the digest of a module's syntax tree without docstrings, and the modules of this package it imports.

    A module without a source has an empty digest.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return "", ()
    source = Path(spec.origin).read_bytes()
    content, known = _PARSER.copy(), _remembered()
    content.update(source)
    if name not in known or known[name][0] != content.hexdigest():
        known[name] = (content.hexdigest(), *_parse(source))
        _FRESH.add(name)
    _, digest, mentioned = known[name]
    return digest, tuple(module for module in mentioned if _is_module(module))


def remember() -> None:
    """Keep what was parsed in this process for the next one."""
    if not _FRESH or sys.dont_write_bytecode:
        return
    with contextlib.suppress(OSError):  # as with bytecode: a read-only installation only starts more slowly
        write_text(_MEMORY, json.dumps(_remembered(), indent=0, sort_keys=True), mode=0o644)
        _FRESH.clear()


@cache
def _remembered() -> dict[str, Any]:
    """Return by module the hash of its source with that of the parser, and what `syntax` found."""
    try:
        return dict(json.loads(_MEMORY.read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}  # nothing is remembered yet, or it was cut short


def _parse(source: bytes) -> tuple[str, tuple[str, ...]]:
    tree = ast.parse(source)
    mentioned: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_PACKAGE):
            mentioned.add(node.module)
            mentioned.update(f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, ast.Import):
            mentioned.update(alias.name for alias in node.names if alias.name.startswith(_PACKAGE))
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)] or [ast.Pass()]  # type: ignore[attr-defined]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tuple(sorted(mentioned))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def _is_module(name: str) -> bool:
    path = Path(__file__).parents[1].joinpath(*name.split(".")[1:])
    return path.with_name(f"{path.name}.py").exists() or (path / "__init__.py").exists()

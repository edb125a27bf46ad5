"""Source trees: the syntax of each module of this package as a digest, and the modules that it imports.

Parsing all of them takes longer than the rest of the definitions, so what was found is remembered beside the
bytecode, as Python remembers that: by the hash of the source, so that it is never stale, and not at all where
Python is told to write none or the folder is read-only.
"""

import ast
import contextlib
import hashlib
import json
import os
import sys
from functools import cache
from importlib.util import cache_from_source, find_spec
from pathlib import Path

_PACKAGE = "mlops_assets"
_Found = tuple[str, str, tuple[str, ...]]  # hash of the source, digest of the tree, names that it may import


@cache
def syntax(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the digest of a module's syntax tree without docstrings, and the modules of this package it imports.

    A module without a source has an empty digest.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return "", ()
    source = Path(spec.origin).read_bytes()
    known, content = _remembered(), hashlib.sha256(source).hexdigest()
    if name not in known or known[name][0] != content:
        known[name] = (content, *_parse(source))
        _FRESH.add(name)
    _, digest, mentioned = known[name]
    return digest, tuple(module for module in mentioned if _is_module(module))


def remember() -> None:
    """Keep what was parsed in this process for the next one."""
    if not _FRESH or sys.dont_write_bytecode:
        return
    content = json.dumps({"by": _own_hash(), "modules": _remembered()}, indent=0, sort_keys=True)
    temporary = _memory().with_suffix(f".{os.getpid()}.tmp")
    with contextlib.suppress(OSError):  # as with bytecode: a read-only installation only starts more slowly
        temporary.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(content, encoding="utf-8")
        temporary.replace(_memory())
        _FRESH.clear()


_FRESH: set[str] = set()


@cache
def _remembered() -> dict[str, _Found]:
    try:
        stored = json.loads(_memory().read_bytes())
        if stored["by"] != _own_hash():
            return {}
        return {name: (source, digest, tuple(found)) for name, (source, digest, found) in stored["modules"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # nothing is remembered yet, or it was cut short


def _memory() -> Path:
    return Path(cache_from_source(__file__)).with_suffix(".json")


@cache
def _own_hash() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


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

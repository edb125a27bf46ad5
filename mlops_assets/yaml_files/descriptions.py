"""Descriptions: the docstring below each field, given to the models when a page or a schema is made of them.

pydantic would read them out of the sources whenever a process starts, and no run looks at them: a seventh of the time
that the definitions take to load.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from mlops_assets.yaml_files.words import is_model


@cache
def describe_fields(model: type[BaseModel]) -> None:
    """Give every field of a model, and of the models inside it, its docstring as description.

    The inner models come first, because the schema of a model holds theirs.
    """
    for name, field in model.model_fields.items():
        for inner in _models_in(field.annotation):
            describe_fields(inner)
        owner = next(base for base in model.__mro__ if name in vars(base).get("__annotations__", {}))
        field.description = field.description or _docstrings(owner).get(name)
    model.model_rebuild(force=True)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if is_model(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


@cache
def _docstrings(model: type) -> dict[str, str]:
    """Return the text that stands below each field in the body of a class."""
    tree = _tree(model.__module__)
    body = next((n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == model.__qualname__), [])
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))

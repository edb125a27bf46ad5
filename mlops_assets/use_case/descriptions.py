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

from mlops_assets import plugins
from mlops_assets.use_case.base import Model
from mlops_assets.use_case.words import is_model


@cache
def describe_models() -> None:
    """Give every field of every model of the configuration its docstring as description, plugins included."""
    for kind in ("transform", "sink"):
        for name in plugins.names(kind):
            plugins.load(kind, name)
    models = [*_descendants(Model)]
    for model in models:
        for name, field in model.model_fields.items():
            owner = next(base for base in model.__mro__ if name in vars(base).get("__annotations__", {}))
            field.description = field.description or _docstrings(owner).get(name)
    done: set[type[BaseModel]] = set()
    for model in models:
        _rebuild(model, done)


def _descendants(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        yield child
        yield from _descendants(child)


@cache
def _docstrings(model: type) -> dict[str, str]:
    """Return the text that stands below each field in the body of a class."""
    body = _classes(model.__module__).get(model.__qualname__, [])
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
def _classes(module: str) -> dict[str, list[ast.stmt]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}


def _rebuild(model: type[BaseModel], done: set[type[BaseModel]]) -> None:
    """Build the schema of a model again, after those of the models inside it, which become a part of it."""
    if model in done:
        return
    done.add(model)
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            _rebuild(inner, done)
    model.model_rebuild(force=True)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if is_model(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)

"""Conformance: what a plugin's module lacks of the protocol of its kind, or has otherwise than the protocol says."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from string import Formatter
from types import ModuleType
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mlops_assets.plugins.declarations import TransformParams


def shortcomings(kind: str, name: str, module: ModuleType, protocol: type) -> list[tuple[str, str]]:
    """Return what is wrong with a module and what was expected instead, a pair for each member of the protocol."""
    found = [*_functions(module, protocol), *_values(module, protocol), *_own_name(kind, name, module)]
    return found or list(_of_features(module))


def _functions(module: ModuleType, protocol: type) -> Iterator[tuple[str, str]]:
    members = {name: member for name, member in vars(protocol).items() if inspect.isfunction(member)}
    for name, member in members.items():
        if name.startswith("_"):
            continue
        expected = f"{name}{_signature(member)}"
        found = getattr(module, name, None)
        if not callable(found):
            yield f"it does not define {name}", expected
        elif not _takes(found, list(inspect.signature(member).parameters)[1:]):
            yield f"it defines {name}{_signature(found)}", expected


def _takes(function: Callable[..., Any], arguments: list[str]) -> bool:
    """Return whether a function can be called with these arguments, by position or by name."""
    signature = inspect.signature(function)
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return list(signature.parameters)[: len(arguments)] == arguments


def _signature(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parameters = [one for one in signature.parameters.values() if one.name != "self"]
    return str(signature.replace(parameters=parameters)).replace("'", "")


def _values(module: ModuleType, protocol: type) -> Iterator[tuple[str, str]]:
    for name, annotation in get_type_hints(protocol).items():
        expected = f"{name}: {protocol.__annotations__[name]}"
        if not hasattr(module, name):
            yield f"it does not define {name}", expected
            continue
        try:
            TypeAdapter(annotation).validate_python(getattr(module, name), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            yield f"{'.'.join([name, *map(str, first['loc'][:1])])} is not right ({first['msg']})", expected


def _own_name(kind: str, name: str, module: ModuleType) -> Iterator[tuple[str, str]]:
    """Parameters that are told apart by the name of their plugin carry that of their file."""
    field = getattr(getattr(module, "Params", None), "model_fields", {}).get(kind)
    if field is not None and field.default != name:
        yield f"the key {kind!r} of its Params is {field.default!r}", f'{kind}: Literal["{name}"] = "{name}"'


def _of_features(module: ModuleType) -> Iterator[tuple[str, str]]:
    """The parameters of a transform say what is read and what is computed: lineage and guards rest on it."""
    params = getattr(module, "Params", None)
    if not (isinstance(params, type) and issubclass(params, TransformParams)):
        return
    if not params.column_fields():
        yield "no field of its Params names a column", "a field of the type ColumnName or ColumnGroup"
    if not params.FORMULA and params.formula is TransformParams.formula:
        yield "its Params have no FORMULA", 'FORMULA = "…", the computation in words'
    keys = {key for _, key, _, _ in Formatter().parse(params.FORMULA) if key is not None}
    for key in sorted(keys - set(params.model_fields)):
        yield f"FORMULA names {key!r}, which is no field of its Params", f"one of {', '.join(params.model_fields)}"

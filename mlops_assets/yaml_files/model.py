"""The base of every model that a YAML file is validated against, and the description of a type in plain words.

Messages and the reference page both use these descriptions, so neither can differ from the models.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Words:
    """The description of a type in messages and in the reference, if its constraints do not describe it well."""

    text: str


class Model(BaseModel):
    """A frozen, strict piece of configuration: no unknown keys, no silent conversion, no NaN.

    The docstring below a field is its description in the reference and the schemas.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    RENAMED: ClassVar[Mapping[str, str]] = {}
    """Earlier names of fields, each with the present one: files written for an earlier version keep working."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON schema: an earlier name of a field is deprecated, and replaces the present one."""
        schema = handler(core_schema)
        node = handler.resolve_ref_schema(schema)
        for earlier, present in cls.RENAMED.items():
            words = f"Earlier name of `{present}`."
            node["properties"][earlier] = {**node["properties"][present], "deprecated": True, "description": words}
            rule: dict[str, Any] = {"not": {"required": [earlier, present]}}
            if present in node.get("required", []):
                node["required"].remove(present)
                rule = {"oneOf": [{"required": [name]} for name in (earlier, present)]}
            node["allOf"] = [*node.get("allOf", []), rule]
        return schema


Slug = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60),
    Words("a name of lower-case letters, digits and underscores that starts with a letter, 60 characters at most"),
]
"""A name that is safe as an asset key, a file name and a URL: lower-case letters, digits and underscores."""

_ONE = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    dt.date: "a date YYYY-MM-DD",
    type(None): "null",
    Any: "any value",
}
_MANY = {int: "whole numbers", float: "numbers", str: "texts", bool: "true or false", dt.date: "dates YYYY-MM-DD"}


def unwrap(annotation: Any, metadata: tuple[Any, ...] | list[Any] = ()) -> tuple[Any, tuple[Any, ...]]:
    """Return the bare annotation and all of its metadata, including that of nested `Annotated` and `Field`."""
    said = list(metadata)
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        said = more + said
    flat: list[Any] = []
    for item in said:
        flat += [item, *item.metadata] if isinstance(item, FieldInfo) else [item]
    return annotation, tuple(flat)


def members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the annotation itself as the only one."""
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def is_model(annotation: Any) -> bool:
    """Return whether an annotation is a model."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def is_container(annotation: Any) -> str:
    """Return "mapping" or "list" for a type that holds other values, otherwise an empty text."""
    if is_model(annotation) or get_origin(annotation) is dict:
        return "mapping"
    return "list" if get_origin(annotation) is tuple else ""


def describe(annotation: Any, metadata: tuple[Any, ...] | list[Any] = ()) -> str:
    """Return what a value must be, for example "a number from 0 to 1, or null".

    >>> describe(Literal["a", "b"])
    'one of a, b'
    """
    annotation, said = unwrap(annotation, metadata)
    named = next((item.text for item in said if isinstance(item, Words)), None)
    if named:
        return named
    options = [_describe_member(part, said) for part in members(annotation)]
    if len(options) == 1:
        return options[0]
    unique = list(dict.fromkeys(option for option in options if option != "null"))
    text = unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} or {unique[-1]}"
    return f"{text}, or null" if "null" in options else text


def _describe_member(annotation: Any, said: tuple[Any, ...]) -> str:
    if get_origin(annotation) is Annotated:
        return describe(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        choices = ", ".join(str(c) if str(c).replace("_", "").isalnum() else repr(c) for c in arguments)
        return f"one of {choices}" if len(arguments) > 1 else choices
    if origin is tuple:
        return f"a list of {_plural(arguments[0])}{_length(said)}"
    if origin is dict:
        return f"a mapping from {describe(arguments[0])} to {describe(arguments[1])}{_length(said)}"
    if is_model(annotation):
        return "a mapping"
    return _ONE.get(annotation, str(annotation)) + _limits(annotation, said)


def _plural(annotation: Any) -> str:
    bare, said = unwrap(annotation)
    if any(isinstance(item, Words) for item in said) or len(members(bare)) > 1:
        return f"items, each {describe(annotation)}"
    if is_model(bare):
        return "mappings"
    return _MANY.get(bare, describe(bare)) + _limits(bare, said)


def _bounds(said: tuple[Any, ...]) -> dict[str, Any]:
    """Return the bounds and lengths of a type, by their names in `annotated_types`."""
    names = ("ge", "gt", "le", "lt", "min_length", "max_length")
    found = {name: getattr(item, name, None) for item in reversed(said) for name in names if hasattr(item, name)}
    return {name: bound for name, bound in found.items() if bound is not None}


def _length(said: tuple[Any, ...]) -> str:
    least = _bounds(said).get("min_length", 0)
    return f", {least} at least" if least else ""


def _limits(annotation: Any, said: tuple[Any, ...]) -> str:
    bounds = _bounds(said)
    if annotation is str:
        return _text_limits(bounds.get("min_length", 0), bounds.get("max_length"))
    if "ge" in bounds and "le" in bounds:
        return f" from {bounds['ge']} to {bounds['le']}"
    words = {"ge": "of at least", "gt": "above", "le": "of at most", "lt": "below"}
    parts = [f"{text} {bounds[name]}" for name, text in words.items() if name in bounds]
    return f" {' and '.join(parts)}" if parts else ""


def _text_limits(least: int, most: int | None) -> str:
    if least and most:
        return f" of {least} character" if least == most == 1 else f" of {least} to {most} characters"
    if most:
        return f" of at most {most} characters"
    return " that is not empty" if least else ""

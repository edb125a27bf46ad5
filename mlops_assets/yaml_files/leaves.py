"""Leaves: single values held against their annotation by pydantic, and its verdict in words that people use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mlops_assets.yaml_files.builder import resolve_plain
from mlops_assets.yaml_files.problems import suggestion
from mlops_assets.yaml_files.words import is_container, members, unwrap

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_ADAPTERS: dict[tuple[int, ...], tuple[Any, TypeAdapter[Any]]] = {}

_WORDS = {
    "greater_than": "out of range",
    "greater_than_equal": "out of range",
    "less_than": "out of range",
    "less_than_equal": "out of range",
    "finite_number": "not a finite number",
    "literal_error": "unknown choice",
    "string_pattern_mismatch": "not written as required",
    "string_too_short": "too short",
    "too_short": "too short",
    "too_long": "too long",
    "string_too_long": "too long",
}
_YES, _NO = ("yes", "on", "y", "true"), ("no", "off", "n", "false")


def check_leaf(annotation: Any, metadata: tuple[Any, ...], data: Any) -> tuple[str, Any]:
    """Return what is wrong with a value, nothing where it is right, and the value as the model takes it."""
    try:
        return "", _adapter(annotation, metadata).validate_python(data)
    except ValidationError as error:
        return _what(error), None
    except OverflowError:
        return "out of range", None


def message(detail: Mapping[str, Any]) -> str:
    """Return one error of pydantic as a clause: the words of a validator as they are."""
    if detail["type"] in ("value_error", "assertion_error"):
        return str(detail["ctx"]["error"])
    return _WORDS.get(detail["type"], "wrong type")


def hint_for(annotation: Any, data: Any) -> str:
    """Return the repair of a value that is nearly right: quotes, brackets, true for yes, the nearest choice."""
    kinds = [unwrap(option)[0] for option in members(annotation)]
    choices = [choice for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    if choices and isinstance(data, str):
        return suggestion(data, choices)
    if isinstance(data, str):
        return _hint_for_text(kinds, data)
    if data is None or isinstance(data, Mapping | tuple):
        return ""
    if str in kinds and not isinstance(data, bool):
        return f"write {str(data)!r} in quotes"
    return _brackets(kinds, data)


def _hint_for_text(kinds: list[Any], data: str) -> str:
    if bool in kinds and data.lower() in _YES + _NO:
        return f"write {'true' if data.lower() in _YES else 'false'}"
    plain = resolve_plain(data) if len(data) < 40 else data
    if isinstance(plain, float if float in kinds else int) or (float in kinds and type(plain) is int):
        return f"write {data} without quotes" if int in kinds or float in kinds else _brackets(kinds, data)
    return _brackets(kinds, data)


def _brackets(kinds: list[Any], data: Any) -> str:
    return f"write [{data}]" if any(is_container(kind) == "list" for kind in kinds) and len(str(data)) < 40 else ""


def _what(error: ValidationError) -> str:
    """Return the one fault that says most: a validator's own words, then a bound, then the type."""
    details = error.errors(include_url=False)
    own = [detail for detail in details if detail["type"] in ("value_error", "assertion_error")]
    known = [detail for detail in details if detail["type"] in _WORDS]
    return message((own or known or details)[0])


def _adapter(annotation: Any, metadata: tuple[Any, ...]) -> TypeAdapter[Any]:
    """Return the validator of an annotation, built once. The annotation is kept, so that its id stays its own."""
    key = (id(annotation), *(id(item) for item in metadata))
    if key not in _ADAPTERS:
        kind: Any = Annotated[(annotation, *metadata)] if metadata else annotation
        _ADAPTERS[key] = ((annotation, metadata), TypeAdapter(kind, config=_STRICT))
    return _ADAPTERS[key][1]

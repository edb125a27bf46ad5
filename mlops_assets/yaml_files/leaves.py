"""Leaves: single values validated against their annotation by pydantic, with its errors in plain words.

Also reports keys that a model does not have. A key similar to a missing one is treated as a misspelling of it, so
that one mistake is one problem and not two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from mlops_assets.errors import listing, nearest, suggestion
from mlops_assets.yaml_files.builder import resolve_plain
from mlops_assets.yaml_files.document import Path, Problem
from mlops_assets.yaml_files.model import is_container, is_model, members, unwrap

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
    """Return what is wrong with a value (empty if nothing is) and the value as the model reads it.

    Of several faults the first of these is returned: a validator's own message, a bound, the type.
    """
    try:
        return "", _adapter(annotation, metadata).validate_python(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        own = [detail for detail in details if detail["type"] in ("value_error", "assertion_error")]
        known = [detail for detail in details if detail["type"] in _WORDS]
        return message((own or known or details)[0]), None
    except OverflowError:
        return "out of range", None


def message(detail: Mapping[str, Any]) -> str:
    """Return one error of pydantic as a clause; the message of a validator is not changed."""
    if detail["type"] in ("value_error", "assertion_error"):
        return str(detail["ctx"]["error"])
    return _WORDS.get(detail["type"], "wrong type")


def hint_for(annotation: Any, data: Any) -> str:
    """Return the repair of a value that is almost right: quotes, brackets, true for yes, the most similar choice."""
    kinds = [unwrap(option)[0] for option in members(annotation)]
    choices = [choice for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    if choices and isinstance(data, str):
        return suggestion(data, choices)
    if isinstance(data, str):
        if bool in kinds and data.lower() in _YES + _NO:
            return f"write {'true' if data.lower() in _YES else 'false'}"
        plain = resolve_plain(data) if len(data) < 40 else data
        is_number = isinstance(plain, float if float in kinds else int) or (float in kinds and type(plain) is int)
        if is_number and (int in kinds or float in kinds):
            return f"write {data} without quotes"
    elif data is None or isinstance(data, Mapping | tuple):
        return ""
    elif str in kinds and not isinstance(data, bool):
        return f"write {str(data)!r} in quotes"
    return f"write [{data}]" if any(is_container(kind) == "list" for kind in kinds) and len(str(data)) < 40 else ""


def _adapter(annotation: Any, metadata: tuple[Any, ...]) -> TypeAdapter[Any]:
    """Return the validator of an annotation, built once. The annotation is kept, so that its id stays unique."""
    key = (id(annotation), *(id(item) for item in metadata))
    if key not in _ADAPTERS:
        kind: Any = Annotated[(annotation, *metadata)] if metadata else annotation
        _ADAPTERS[key] = ((annotation, metadata), TypeAdapter(kind, config=_STRICT))
    return _ADAPTERS[key][1]


def unknown_keys(
    model: type[BaseModel], data: Mapping[Any, Any], missing: Sequence[str], path: Path, root: type[BaseModel]
) -> tuple[list[Problem], set[str]]:
    """Return a problem for each key that the model does not have, and the missing keys that these explain.

    Args:
        model: the model of the mapping.
        data: the mapping.
        missing: keys that the model requires and the mapping lacks.
        path: where the mapping is.
        root: the model of the whole document, to find where a key belongs.
    """
    open_ended = model.model_config.get("extra") == "allow"
    unknown = [] if open_ended else [key for key in data if key not in model.model_fields]
    problems, explained = [], set()
    for key in unknown:
        free = [name for name in model.model_fields if name not in data]
        meant = nearest(str(key), [name for name in missing if name not in explained]) or nearest(str(key), free)
        if meant is None and len(unknown) == len(missing) == 1:
            meant = missing[0]
        explained |= {meant} & set(missing) if meant else set()
        homes = _homes(root).get(str(key), ())
        elsewhere = f"it belongs under {homes[0]}" if len(homes) == 1 and homes[0] else ""
        hint = f"did you mean {meant!r}?" if meant else elsewhere
        expected = f"one of {listing(model.model_fields, 20)}"
        problems.append(Problem((*path, key), "unknown key", expected, hint=hint, at_key=True))
    return problems, explained


@cache
def _homes(root: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Return for each key of the models below `root`, lists and mappings left out, the paths of these models."""
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, type[BaseModel]]] = [("", root)]
    for path, model in waiting:
        for name, field in model.model_fields.items():
            found[name] = (*found.get(name, ()), path)
            inner = (option for option in members(unwrap(field.annotation)[0]) if is_model(option))
            waiting += [(f"{path}.{name}".lstrip("."), option) for option in inner]
    return found

"""Keys: what to say of a key that a model does not have.

A key that is near to a missing one is taken for it misspelt, so that one slip is one problem and not two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from mlops_assets.errors import listing, nearest
from mlops_assets.yaml_files.problems import Path, Problem
from mlops_assets.yaml_files.words import is_model, members, unwrap


def unknown_keys(
    model: type[BaseModel], data: Mapping[Any, Any], missing: Sequence[str], path: Path, root: type[BaseModel]
) -> tuple[list[Problem], set[str]]:
    """Return a problem for each key that the model does not have, and the missing keys that these explain.

    Args:
        model: what the mapping is held against.
        data: the mapping.
        missing: keys that the model requires and the mapping lacks.
        path: where the mapping stands.
        root: the model of the whole document, to tell where a key belongs.
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
        hint = f"did you mean {meant!r}?" if meant else _elsewhere(key, root)
        expected = f"one of {listing(model.model_fields, 20)}"
        problems.append(Problem((*path, key), "unknown key", expected, hint=hint, at_key=True))
    return problems, explained


def _elsewhere(key: Any, root: type[BaseModel]) -> str:
    """Return where a key belongs, if there is exactly one place for it."""
    homes = _homes(root).get(str(key), ())
    return f"it belongs under {homes[0]}" if len(homes) == 1 and homes[0] else ""


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

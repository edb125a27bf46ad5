"""Every record that an asset keeps comes back from JSON as it went in."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import pandas as pd
import pytest
from pydantic import BaseModel

from mlops_assets.defs.assemble import build_definitions
from mlops_assets.stores import tables
from mlops_assets.training.bundle import Bundle
from mlops_assets.use_case.loader import load_project

REPOSITORY = Path(__file__).resolve().parents[2]
OTHERWISE_STORED = (pd.DataFrame, Bundle)
SCALARS: dict[type, list[Any]] = {
    bool: [True, False],
    int: [0, -7, 2**53 + 1],
    float: [0.1, -1.0, 1e300, 5e-324],
    str: ["", 'ä "{b}" | c\n', "1"],
    NoneType: [None],
}


@cache
def stored_classes() -> tuple[type, ...]:
    """Return the records among what assets say they return and what assets and checks take in."""
    defs = build_definitions(load_project(REPOSITORY, "local", {}))
    found = set()
    for part in (*defs.assets, *defs.asset_checks):
        hints = typing.get_type_hints(part.node_def.compute_fn.decorated_fn)
        inputs = {hint for name, hint in hints.items() if name in part.keys_by_input_name}
        found |= inputs | set(get_args(hints["return"]))
    records = {kind for kind in found if dataclasses.is_dataclass(kind) and kind not in OTHERWISE_STORED}
    return tuple(sorted(records, key=lambda kind: kind.__name__))


def test_all_records_are_found() -> None:
    """The walk over annotations must not lose some without a word."""
    names = {kind.__name__ for kind in stored_classes()}

    assert {"ValidationReport", "ExplanationReport", "Card", "SearchResult", "DriftReport", "ReleaseDecision"} <= names
    assert len(names) >= 14


@pytest.mark.parametrize("kind", stored_classes(), ids=lambda kind: kind.__name__)
def test_a_record_comes_back_from_json_equal_and_byte_for_byte(kind: type) -> None:
    """With every alternative of every field somewhere: empty and full, missing and there, odd texts, far numbers."""
    for record in examples(kind):
        written = tables.dump_record(record)
        again = tables.parse_record(written, kind)

        assert again == record
        assert tables.dump_record(again) == written


@pytest.mark.parametrize("kind", stored_classes(), ids=lambda kind: kind.__name__)
def test_a_record_cannot_be_changed_once_it_is_made(kind: type) -> None:
    """Nor can any record inside it."""
    loose = [inner.__name__ for inner in parts(kind) if not inner.__dataclass_params__.frozen]

    assert loose == []


def examples(kind: Any) -> list[Any]:
    """Return values of a type, so many that each alternative of each part is in one of them."""
    arguments = get_args(kind)
    if arguments:
        return _COMPOUND[get_origin(kind)](arguments)
    if kind in SCALARS:
        return SCALARS[kind]
    if issubclass(kind, BaseModel):
        return [value for value in _declared() if type(value) is kind]
    return list(kind) if issubclass(kind, Enum) else _records(kind)


def _alternatives(arguments: tuple[Any, ...]) -> list[Any]:
    return [value for argument in arguments for value in examples(argument)]


def _tuples(arguments: tuple[Any, ...]) -> list[Any]:
    if arguments[-1] is Ellipsis:
        return [(), tuple(examples(arguments[0]))]
    return [tuple(examples(argument)[0] for argument in arguments)]


def _mappings(arguments: tuple[Any, ...]) -> list[Any]:
    assert arguments[0] is str, "JSON has texts as keys"
    return [{}, {f"key {i}": value for i, value in enumerate(examples(arguments[1]))}]


def _records(kind: type) -> list[Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    values = {field.name: examples(hints[field.name]) for field in dataclasses.fields(kind) if field.init}
    height = max(len(alternatives) for alternatives in values.values())
    return [kind(**{name: found[i % len(found)] for name, found in values.items()}) for i in range(height)]


_COMPOUND: dict[Any, Callable[[tuple[Any, ...]], list[Any]]] = {
    Annotated: lambda arguments: examples(arguments[0]),
    Literal: list,
    typing.Union: _alternatives,
    UnionType: _alternatives,
    tuple: _tuples,
    dict: _mappings,
}


@cache
def _declared() -> tuple[BaseModel, ...]:
    """Return pieces of configuration that are part of a record: the derived features that ship."""
    project = load_project(REPOSITORY, "local", {})
    return tuple(derived for use_case in project.use_cases.values() for derived in use_case.features.derive)


def parts(kind: Any) -> set[type]:
    """Return a record's class with the classes of all records inside it."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return {inner for argument in get_args(kind) for inner in parts(argument)}
    hints = typing.get_type_hints(kind)
    return {kind} | {inner for hint in hints.values() for inner in parts(hint)}

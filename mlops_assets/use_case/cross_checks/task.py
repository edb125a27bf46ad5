"""Checks of the first part of a file: its name, and the target with its positive values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import PurePath

from mlops_assets.use_case.cross_checks.scope import NUMERIC, Scope, repeated, unknown_code
from mlops_assets.use_case.data import Column
from mlops_assets.values import Code
from mlops_assets.yaml_files.document import Path, Problem, shown

_TARGET = ("task", "target")
_POSITIVE = ("task", "positive")
_FEW = 1000


def check_name(scope: Scope) -> Iterator[Problem]:
    """The name equals the file name, so that a use case is found by it."""
    name, stem = getattr(scope.case, "name", None), PurePath(scope.reading.document.name).stem
    if name is not None and name != stem:
        fix = f"rename the file to {name}.yaml, or write name: {stem}"
        yield Problem(("name",), "the name differs from the file name", shown(stem), shown(name), fix)


def check_target(scope: Scope) -> Iterator[Problem]:
    """The target is a column that a model can predict."""
    if scope.target is None:
        return
    yield from scope.unknown_column(scope.target, _TARGET)
    column = scope.columns.get(scope.target)
    if column is None:
        return
    here = ("data", "columns", scope.target)
    if column.type not in ("category", "boolean", "integer"):
        fix = "declare its two or more values as a category"
        yield Problem(
            (*here, "type"), "the target cannot have this type", "category, boolean or integer", column.type, fix
        )
    if column.role != "feature":
        yield Problem((*here, "role"), "the target cannot have this role", "no role", column.role, "remove role")
    if column.nullable:
        fix = "remove nullable: rows without a target go to quarantine"
        yield Problem((*here, "nullable"), "the target may not be missing", "false", "true", fix)
    if column.type == "category" and column.codes and len(column.codes) < 2:
        yield Problem((*here, "allowed"), "the target has a single value", "at least two codes", shown(column.codes[0]))


def check_positive(scope: Scope) -> Iterator[Problem]:
    """The positive values are possible values of the target, each listed once, and at least one value is negative."""
    column, positive = scope.columns.get(scope.target or ""), scope.task.positive
    if column is None or scope.is_broken(_POSITIVE):
        return
    items = list(scope.items(_POSITIVE, positive)) if isinstance(positive, tuple) else [(_POSITIVE, positive)]
    problems = [problem for path, value in items for problem in _value(path, value, column)]
    yield from problems
    if not isinstance(positive, tuple):
        return
    yield from repeated("value", items)
    possible = _possible(column)
    if possible and not problems and possible <= {value for _, value in items}:
        fix = "remove the value that is not positive"
        yield Problem(_POSITIVE, "every value of the target is positive", "at least one negative value", hint=fix)


def _value(path: Path, positive: Code | bool, column: Column) -> Iterator[Problem]:
    """Yield a problem if the target cannot have a value."""
    low, high = _ends(column)
    if column.type == "category":
        yield from unknown_code(path, positive, column, "the target")
    elif column.type == "boolean":
        if positive not in (True, False):
            yield Problem(path, "the target is true or false", "true or false", shown(positive))
    elif column.type in NUMERIC and (isinstance(positive, bool | str) or not low <= positive <= high):
        yield Problem(path, "the target cannot have this value", "a whole number in its range", shown(positive))


def _possible(column: Column) -> set[Code | bool]:
    """Return the values that a target can have, empty if they are not known."""
    if column.type == "boolean":
        return {True, False}
    low, high = _ends(column)
    if column.type in NUMERIC and high - low < _FEW:
        return set(range(math.ceil(low), math.floor(high) + 1))
    return set(column.codes)


def _ends(column: Column) -> tuple[float, float]:
    """Return the bounds of a column, infinite if it declares none or dates."""
    low, high = column.min, column.max
    return low if isinstance(low, float | int) else -math.inf, high if isinstance(high, float | int) else math.inf

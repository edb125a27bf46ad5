"""Checks of the head of a file: its name, and the target with its positive value."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_assets.errors import listing
from mlops_assets.use_case.cross_checks.scope import NUMERIC, Check, Scope
from mlops_assets.use_case.problems import Problem, shown, suggestion

_TARGET = ("task", "target")


def check_name(scope: Scope) -> Iterator[Problem]:
    """The name is the file's, so that a use case is found by it."""
    name = getattr(scope.case, "name", None)
    if name is not None and name != scope.stem:
        fix = f"rename the file to {name}.yaml, or write name: {scope.stem}"
        yield Problem(("name",), "the name is not the file's", shown(scope.stem), shown(name), fix)


def check_target(scope: Scope) -> Iterator[Problem]:
    """The target is a column that can be predicted."""
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
        yield Problem((*here, "role"), "the target cannot have this role", "no role", column.role, "leave role out")
    if column.nullable:
        fix = "leave nullable out: rows without a target go to quarantine, as nothing can be learned from them"
        yield Problem((*here, "nullable"), "the target may not be missing", "false", "true", fix)
    if column.type == "category" and column.codes and len(column.codes) < 2:
        yield Problem((*here, "allowed"), "the target has a single value", "at least two codes", shown(column.codes[0]))


def check_positive(scope: Scope) -> Iterator[Problem]:
    """The positive value is one that the target can have."""
    column = scope.columns.get(scope.target or "")
    if column is None or scope.task is None:
        return
    positive, path = scope.task.positive, ("task", "positive")
    if column.type == "category" and column.codes:
        if not any(code == positive and type(code) is type(positive) for code in column.codes):
            same = next((code for code in column.codes if str(code) == str(positive)), None)
            hint = f"write {same!r}" if same is not None else suggestion(positive, column.codes)
            expected = f"one of {listing(map(repr, column.codes), 12)}"
            yield Problem(path, "the target has no such code", expected, shown(positive), hint)
    elif column.type == "boolean":
        if positive not in (True, False):
            yield Problem(path, "the target is true or false", "true or false", shown(positive))
    elif column.type in NUMERIC:
        outside = (
            isinstance(positive, int)
            and not isinstance(positive, bool)
            and (
                (isinstance(column.min, float | int) and positive < column.min)
                or (isinstance(column.max, float | int) and positive > column.max)
            )
        )
        if isinstance(positive, bool | str) or outside:
            yield Problem(path, "the target cannot have this value", "a whole number in its range", shown(positive))


CHECKS: tuple[Check, ...] = (check_name, check_target, check_positive)

"""Checks of `assurance`: protected attributes, their groups and the favourable outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_assets.errors import listing
from mlops_assets.use_case.cross_checks.scope import NUMERIC, Scope, repeated, unknown_code
from mlops_assets.use_case.data import Column
from mlops_assets.yaml_files.document import Path, Problem, shown

_FAIRNESS = ("assurance", "fairness")


def check_attributes(scope: Scope) -> Iterator[Problem]:
    """Protected attributes exist and define groups."""
    path, attributes = (*_FAIRNESS, "attributes"), scope.case.assurance.fairness.attributes
    yield from scope.unknown_columns(path, attributes)
    for place, name in _attributes(scope):
        column = scope.columns.get(name)
        if column is None:
            continue
        if name == scope.target:
            yield Problem(place, "the target cannot be a protected attribute", "another column", shown(name))
        elif column.type in ("text", "date"):
            got = f"{name!r} of type {column.type}"
            yield Problem(place, "the column cannot define groups", "a category, a boolean or a number", got)
        elif scope.case.assurance.fairness.needs_bins(name, column) and not scope.is_broken((*_FAIRNESS, "bins")):
            fix = f"write assurance.fairness.bins: {{{name}: [EDGE, EDGE]}}, edges that cut it into groups"
            yield Problem(place, "a numeric attribute needs bins", "inner edges of the groups", shown(name), fix)


def _attributes(scope: Scope) -> Iterator[tuple[Path, str]]:
    """Yield each protected attribute with the place of its declaration."""
    attributes = scope.case.assurance.fairness.attributes
    if attributes is not None:
        yield from scope.items((*_FAIRNESS, "attributes"), attributes)
    elif not scope.is_broken((*_FAIRNESS, "attributes")):
        for name, column in scope.columns.items():
            if column.sensitive:
                yield ("data", "columns", name, "sensitive"), name


def check_settings(scope: Scope) -> Iterator[Problem]:
    """Bins belong to numeric protected attributes, and a reference is a value of its protected attribute."""
    attributes = [name for _, name in _attributes(scope)]
    for key, words in (("bins", "the bins"), ("reference", "its reference")):
        for name, value in getattr(scope.case.assurance.fairness, key).items():
            path = (*_FAIRNESS, key, name)
            yield from scope.unknown_column(name, path, at_key=True)
            column = scope.columns.get(name)
            if column is None:
                continue
            if key == "bins" and column.type not in NUMERIC:
                what, expected, got = "only numbers are cut into bins", "a numeric column", f"type {column.type}"
                yield Problem(path, what, expected, got, "remove the bins: its values are the groups", at_key=True)
            elif name not in attributes:
                fix = f"mark the column sensitive: true, or remove {words}"
                yield Problem(path, "the column is not a protected attribute", hint=fix, at_key=True)
            elif key == "reference":
                yield from _of_column(path, value, column, "the column")


def check_favourable(scope: Scope) -> Iterator[Problem]:
    """Favourable outcomes are values of the target, and all belong to the same decision."""
    path, labels = (*_FAIRNESS, "favourable"), scope.case.assurance.fairness.favourable
    column, positives = scope.columns.get(scope.target or ""), scope.task.positives
    if labels is None or column is None or scope.is_broken(("task",)):
        return
    found = list(scope.items(path, labels))
    yield from repeated("label", iter(found))
    for place, label in found:
        yield from _of_column(place, label, column, "the target")
    sides = {label in positives for _, label in found}
    if len(sides) > 1:
        got = f"{listing(map(repr, labels), 5)}, while positive is {listing(map(repr, positives), 5)}"
        fix = "list only outcomes that are favourable to the person"
        yield Problem(path, "both decisions would be favourable", "outcomes of one decision", got, fix)


def _of_column(path: Path, value: object, column: Column, what: str) -> Iterator[Problem]:
    """Yield a problem if a column cannot have a value."""
    if column.type == "category":
        yield from unknown_code(path, value, column, what)
    elif column.type == "boolean":
        if not isinstance(value, bool):
            yield Problem(path, f"{what} is true or false", "true or false", shown(value))
    elif column.type in NUMERIC and (isinstance(value, bool) or not isinstance(value, int | float)):
        yield Problem(path, f"{what} holds numbers", "a number", shown(value))

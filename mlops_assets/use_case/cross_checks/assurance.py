"""Checks of `assurance`: protected attributes that make groups."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_assets.use_case.cross_checks.scope import NUMERIC, Check, Scope
from mlops_assets.use_case.problems import Path, Problem, shown

_FAIRNESS = ("assurance", "fairness")


def check_attributes(scope: Scope) -> Iterator[Problem]:
    """Protected attributes exist, and make groups."""
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
            yield Problem(place, "the column makes no groups", "a category, a boolean or a number", got)
        elif scope.case.assurance.fairness.needs_bins(name, column) and not scope.is_broken((*_FAIRNESS, "bins")):
            fix = f"write assurance.fairness.bins: {{{name}: [EDGE, EDGE]}}, edges that cut it into groups"
            yield Problem(place, "a numeric attribute needs bins", "inner edges of the groups", shown(name), fix)


def _attributes(scope: Scope) -> Iterator[tuple[Path, str]]:
    """Yield each protected attribute with where it is declared to be one."""
    attributes = scope.case.assurance.fairness.attributes
    if attributes is not None:
        yield from scope.items((*_FAIRNESS, "attributes"), attributes)
    elif not scope.is_broken((*_FAIRNESS, "attributes")):
        for name, column in scope.columns.items():
            if column.sensitive:
                yield ("data", "columns", name, "sensitive"), name


def check_bins(scope: Scope) -> Iterator[Problem]:
    """Bins cut attributes that are numeric."""
    fairness = scope.case.assurance.fairness
    attributes = [name for _, name in _attributes(scope)]
    for name in fairness.bins:
        path = (*_FAIRNESS, "bins", name)
        yield from scope.unknown_column(name, path, at_key=True)
        column = scope.columns.get(name)
        if column is None:
            continue
        if column.type not in NUMERIC:
            fix = "remove the bins: its values are the groups"
            yield Problem(
                path, "only numbers are cut into bins", "a numeric column", f"type {column.type}", fix, at_key=True
            )
        elif name not in attributes:
            fix = "mark the column sensitive: true, or remove the bins"
            yield Problem(path, "the column is no protected attribute", hint=fix, at_key=True)


CHECKS: tuple[Check, ...] = (check_attributes, check_bins)

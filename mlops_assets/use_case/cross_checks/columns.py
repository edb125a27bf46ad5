"""Checks of `data.columns` and `data.rules`: a declaration fits the column's type, rules compare comparable columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from mlops_assets.use_case.cross_checks.scope import NUMERIC, Scope, repeated, unknown_code
from mlops_assets.use_case.data import Column, Comparison
from mlops_assets.use_case.patterns import RE2, pattern_fault
from mlops_assets.yaml_files.document import Path, Problem, shown

_BOUNDED = (*NUMERIC, "date")
_STATED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "min": ("bounds", _BOUNDED, "remove min"),
    "max": ("bounds", _BOUNDED, "remove max"),
    "format": ("format", ("date",), "write type: date, or remove format"),
    "allowed": ("codes", ("category",), "remove allowed, or write type: category"),
    "undocumented": ("codes", ("category",), "remove undocumented, or write type: category"),
    "pattern": ("pattern", ("text", "category"), "remove pattern, or write type: text"),
}
"""Keys that only columns of some types may have: the name of the key in messages, these types, and the repair."""


def check_names(scope: Scope) -> Iterator[Problem]:
    """No column has the name of a column that the package adds to every table."""
    for name in scope.declared:
        if name.startswith("__"):
            fix = "rename the column in the file"
            path = ("data", "columns", name)
            yield Problem(path, "names that start with two underscores are reserved", hint=fix, at_key=True)


def check_types(scope: Scope) -> Iterator[Problem]:
    """A column has only keys that columns of its type can have."""
    for path, column in _columns(scope):
        for key, (fact, types, fix) in _STATED.items():
            if scope.at((*path, key)) is not None and column.type not in types:
                what = f"a column of type {column.type} has no {fact}"
                yield Problem((*path, key), what, hint=fix, at_key=True)
        if column.calendar and column.type not in (*NUMERIC, "category"):
            fix = "remove calendar: a date is a part of the calendar by its type"
            expected = "an integer, a number or a category"
            yield Problem((*path, "calendar"), "not a calendar column", expected, column.type, fix, at_key=True)


def check_bounds(scope: Scope) -> Iterator[Problem]:
    """Bounds are of the column's type, and the lower one is not above the upper one."""
    for path, column in _columns(scope):
        if column.type not in _BOUNDED:
            continue
        is_date = column.type == "date"
        ends = {key: getattr(column, key) for key in ("min", "max") if getattr(column, key) is not None}
        wrong = [key for key, end in ends.items() if isinstance(end, dt.date) != is_date]
        for key in wrong:
            expected = "a date YYYY-MM-DD" if is_date else "a number"
            yield Problem((*path, key), f"not a bound of type {column.type}", expected, shown(str(ends[key])))
        if len(ends) == 2 and not wrong and ends["min"] > ends["max"]:
            got = f"{ends['min']} and {ends['max']}"
            yield Problem((*path, "min"), "min is above max", "min at most max", got, "swap them")


def check_codes(scope: Scope) -> Iterator[Problem]:
    """Codes of a category are documented, each once, and no two look the same as text."""
    for path, column in _columns(scope):
        if column.type != "category":
            continue
        if column.undocumented and not column.documented:
            yield Problem(
                (*path, "undocumented"), "there are no documented codes", "allowed next to undocumented", at_key=True
            )
        if column.allowed is not None and not column.documented:
            yield Problem(
                (*path, "allowed"), "no code is allowed", "at least one code", hint="list the codes, or remove allowed"
            )
        seen: dict[str, object] = {}
        for position, code in enumerate(column.codes):
            if str(code) in seen:
                key = "allowed" if position < len(column.documented) else "undocumented"
                other = seen[str(code)]
                what = "the code is repeated" if type(other) is type(code) else "two codes read the same"
                yield Problem((*path, key), what, "each code once", f"{code!r} and {other!r}")
            seen.setdefault(str(code), code)


def check_patterns(scope: Scope) -> Iterator[Problem]:
    """A pattern is a regular expression."""
    for path, column in _columns(scope):
        if column.pattern is not None and (fault := pattern_fault(column.pattern)):
            yield Problem((*path, "pattern"), f"not a regular expression: {fault}", RE2, shown(column.pattern))


def check_warned_rules(scope: Scope) -> Iterator[Problem]:
    """A rule that only warns is a rule of the column."""
    for path, column in _columns(scope):
        for place, rule in scope.items((*path, "warn"), column.warn):
            absent = {
                "min": column.min is None,
                "max": column.max is None,
                "allowed": not column.codes,
                "pattern": column.pattern is None,
                "unique": not column.unique,
                "missing": column.nullable,
                "finite": column.type not in NUMERIC,
            }.get(rule, False)
            if absent:
                fix = (
                    "nullable: true allows missing values"
                    if rule == "missing"
                    else f"declare {rule}, or remove it here"
                )
                yield Problem(place, "the column has no such rule", got=shown(rule), hint=fix)
        yield from repeated("rule", scope.items((*path, "warn"), column.warn))


def check_rules(scope: Scope) -> Iterator[Problem]:
    """A rule across columns names columns that exist and can be compared, and has one right side."""
    path, rules = ("data", "rules"), scope.data.rules
    yield from repeated("rule", scope.items(path, rules), "name")
    for place, rule in scope.items(path, rules):
        yield from scope.unknown_column(rule.left, (*place, "left"))
        if rule.right is not None:
            yield from scope.unknown_column(rule.right, (*place, "right"))
        if (rule.right is None) == (rule.value is None):
            both = "both" if rule.right is not None else "neither"
            yield Problem(
                place, "a rule needs one right side", "right (a column) or value (a number)", both, at_key=True
            )
        else:
            yield from _compare(scope, place, rule)
        yield from _conditions(scope, place, rule)


def _compare(scope: Scope, place: Path, rule: Comparison) -> Iterator[Problem]:
    left, right = scope.columns.get(rule.left), scope.columns.get(rule.right or "")
    if left is None or (rule.right is not None and right is None):
        return
    kinds = _kind(left), _kind(right) if right is not None else "numbers"
    if kinds[0] != kinds[1]:
        got = f"{rule.left!r} of type {left.type} and " + (
            f"{rule.right!r} of type {right.type}" if right else "a number"
        )
        yield Problem(place, "the two sides cannot be compared", "two numbers or two dates", got, at_key=True)
    elif kinds[0] == "texts" and rule.operator not in ("==", "!="):
        yield Problem((*place, "operator"), "texts have no order", "== or !=", shown(rule.operator))


def _kind(column: Column) -> str:
    if column.type == "date":
        return "dates"
    numeric_codes = column.type == "category" and column.codes and all(isinstance(code, int) for code in column.codes)
    return "numbers" if column.type in (*NUMERIC, "boolean") or numeric_codes else "texts"


def _conditions(scope: Scope, place: Path, rule: Comparison) -> Iterator[Problem]:
    for name, codes in rule.when.items():
        path = (*place, "when", name)
        yield from scope.unknown_column(name, path, at_key=True)
        column = scope.columns.get(name)
        if column is None:
            continue
        if column.type not in ("category", "integer", "text", "boolean"):
            yield Problem(path, f"a column of type {column.type} has no codes", "a category", at_key=True)
        for position, code in enumerate(codes):
            yield from unknown_code((*path, position), code, column, "the column")


def _columns(scope: Scope) -> Iterator[tuple[Path, Column]]:
    for name, column in scope.read_columns.items():
        yield ("data", "columns", name), column

"""Checks of `privacy`: the statistics can be released within the budget, and the synthetic table can be drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from mlops_assets import plugins
from mlops_assets.use_case.cross_checks.scope import NUMERIC, Scope, repeated
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Statistic
from mlops_assets.values import as_number
from mlops_assets.yaml_files.document import Path, Problem, unknown

_STATISTICS = ("privacy", "statistics")
_ORDERED = (*NUMERIC, "date", "boolean")


def check_budget(scope: Scope) -> Iterator[Problem]:
    """The total cost of the statistics is within the budget."""
    if scope.is_broken(("privacy", "budget")):
        return
    statistics, budget = scope.case.privacy.statistics, scope.case.privacy.budget.epsilon
    total = sum((Decimal(repr(statistic.epsilon)) for statistic in statistics), Decimal(0))
    if total > Decimal(repr(budget)):
        path = ("privacy", "budget", "epsilon") if scope.at(("privacy", "budget")) else _STATISTICS
        fix = "lower the epsilons, drop a statistic, or raise the budget"
        expected = f"at most {budget:g}, the budget"
        yield Problem(path, "the statistics cost more than the budget", expected, f"{total:g} together", fix)


def check_statistics(scope: Scope) -> Iterator[Problem]:
    """Each statistic has a unique name and a column that it can be computed from."""
    statistics = scope.case.privacy.statistics
    yield from repeated("statistic", scope.items(_STATISTICS, statistics), "name")
    for path, statistic in scope.items(_STATISTICS, statistics):
        yield from _resolution(path, statistic, scope.columns.get(statistic.column or ""))
        if statistic.column is None:
            if statistic.kind != "count" and not scope.is_broken((*path, "column")):
                what = f"a {statistic.kind} needs a column"
                yield Problem(path, what, "the name of a column", hint="add column", at_key=True)
            continue
        yield from scope.unknown_column(statistic.column, (*path, "column"))
        column = scope.columns.get(statistic.column)
        if column is not None and statistic.kind != "count":
            yield from _fitting(path, statistic, column)
        yield from repeated("quantile", scope.items((*path, "quantiles"), statistic.quantiles))


def _fitting(path: Path, statistic: Statistic, column: Column) -> Iterator[Problem]:
    kind, name = statistic.kind, statistic.column
    if kind == "histogram" and column.type == "category":
        if not column.codes:
            fix = f"list the codes of {name!r} as allowed: they are never taken from the data, which would disclose it"
            yield Problem((*path, "column"), "the codes are not public", "a category with declared codes", hint=fix)
        return
    if column.type not in _ORDERED:
        got = f"{name!r} of type {column.type}"
        yield Problem((*path, "column"), f"a {kind} cannot be computed from it", "numbers, dates or booleans", got)
        return
    if column.type != "boolean":
        yield from _bounds(path, statistic, column)


def _bounds(path: Path, statistic: Statistic, column: Column) -> Iterator[Problem]:
    lower = statistic.lower if statistic.lower is not None else column.min
    upper = statistic.upper if statistic.upper is not None else column.max
    if lower is None or upper is None:
        fix = f"add lower and upper here, or min and max to {statistic.column!r}: bounds must not come from the data"
        yield Problem(path, "there are no public bounds", "a lower and an upper bound", hint=fix, at_key=True)
    elif isinstance(lower, dt.date) != isinstance(upper, dt.date):
        fix = "give both as days since 1970-01-01, or both by min and max of the column"
        yield Problem(path, "one bound is a date and the other a number", hint=fix, at_key=True)
    elif not as_number(lower) < as_number(upper):
        key = "lower" if statistic.lower is not None else "upper" if statistic.upper is not None else "column"
        yield Problem((*path, key), "the lower bound is not below the upper one", got=f"{lower} and {upper}")
    elif (step := statistic.resolution) is not None and step > (reach := as_number(upper) - as_number(lower)):
        expected = f"at most {reach:g}, the distance of the bounds"
        yield Problem((*path, "resolution"), "the resolution is wider than the bounds", expected, f"{step:g}")


def _resolution(path: Path, statistic: Statistic, column: Column | None) -> Iterator[Problem]:
    """Yield a problem if a statistic has a resolution but does not use it."""
    codes = statistic.kind == "histogram" and column is not None and column.type in ("category", "boolean")
    if statistic.resolution is not None and (statistic.kind in ("count", "mean") or codes):
        what = f"a {statistic.kind} {'over codes ' if codes else ''}has no resolution"
        yield Problem((*path, "resolution"), what, hint="remove resolution", at_key=True)


def check_synthesizer(scope: Scope) -> Iterator[Problem]:
    """The synthesizer exists."""
    name, known = scope.case.privacy.synthetic.synthesizer, plugins.names("synthesizer")
    if name not in known:
        yield unknown("synthesizer", name, known, ("privacy", "synthetic", "synthesizer"))


def check_constraints(scope: Scope) -> Iterator[Problem]:
    """Constraints of the synthetic table name columns that can satisfy them."""
    path = ("privacy", "synthetic", "constraints")
    for place, constraint in scope.items(path, scope.case.privacy.synthetic.constraints):
        names = (*place, "columns")
        yield from scope.unknown_columns(names, constraint.columns)
        if constraint.kind == "inequality" and len(constraint.columns) != 2:
            got = f"{len(constraint.columns)} columns"
            yield Problem(names, "an inequality compares two columns", "two columns", got, "write one for each pair")
        types = {scope.columns[name].type for name in constraint.columns if name in scope.columns}
        if constraint.kind == "inequality" and types and not (types <= set(NUMERIC) or types == {"date"}):
            got = " and ".join(sorted(types))
            yield Problem(names, "the columns cannot be compared", "two numbers or two dates", got)

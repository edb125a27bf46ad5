"""What a YAML declares about private statistics: public bounds, and every mistake before a budget is touched.

Nothing here looks at data, except `as_numbers`, which only changes its form.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mlops_assets.errors import ConfigError, listing, nearest
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Statistic

EPOCH = pd.Timestamp(0)
_ORDERED = ("integer", "number", "date", "boolean")


def check_statistics(statistics: Sequence[Statistic], columns: Mapping[str, Column]) -> None:
    """Raise ConfigError, naming every mistake, where a statistic cannot be released.

    It needs no data: call it before the ledger is charged.
    """
    problems = [problem for statistic in statistics if (problem := _problem(statistic, columns))]
    names = [statistic.name for statistic in statistics]
    problems += [
        f"privacy.statistics: {name!r} is declared twice; fix: rename one"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if problems:
        raise ConfigError(problems)


def public_bounds(statistic: Statistic, column: Column) -> tuple[float, float] | None:
    """Return the declared bounds of a statistic, or None where there are none: its own, else those of its column.

    A boolean lies between 0 and 1 by its type. Dates become days since 1970-01-01.
    """
    if column.type == "boolean":
        return 0.0, 1.0
    low = statistic.lower if statistic.lower is not None else column.min
    high = statistic.upper if statistic.upper is not None else column.max
    if low is None or high is None:
        return None
    return as_number(low), as_number(high)


def as_number(end: float | dt.date) -> float:
    """Return a declared bound as a number; a date as days since 1970-01-01."""
    return float(end) if isinstance(end, int | float) else float((pd.Timestamp(end) - EPOCH).days)


def as_numbers(values: pd.Series, column: Column) -> np.ndarray:
    """Return values without missing ones as float64; dates as days since 1970-01-01."""
    if column.type == "date":
        return ((pd.to_datetime(values) - EPOCH) / pd.Timedelta(days=1)).to_numpy(dtype="float64")
    return values.to_numpy(dtype="float64")


def _problem(statistic: Statistic, columns: Mapping[str, Column]) -> str | None:
    where = f"privacy.statistics.{statistic.name}"
    if statistic.column is None:
        missing = f"{where}: no column; expected the name of one, because the kind is {statistic.kind}"
        return None if statistic.kind == "count" else missing
    column = columns.get(statistic.column)
    if column is None:
        near = nearest(statistic.column, columns)
        hint = f"; did you mean {near!r}?" if near else ""
        return f"{where}.column: unknown column; expected one of {listing(columns, 8)}; got {statistic.column!r}{hint}"
    return None if statistic.kind == "count" else _misfit(where, statistic, column)


def _misfit(where: str, statistic: Statistic, column: Column) -> str | None:
    """Return why a column cannot give a mean, a histogram or quantiles; None where it can."""
    if statistic.kind == "histogram" and column.type == "category":
        missing = f"{where}: {statistic.column!r} has no declared codes; fix: list them under data.columns (allowed)"
        return None if column.codes else missing
    if column.type not in _ORDERED:
        fitting = listing(_ORDERED)
        return (
            f"{where}: {statistic.column!r} is a {column.type} and has no {statistic.kind}; expected one of {fitting}"
        )
    bounds = public_bounds(statistic, column)
    if bounds is None:
        return (
            f"{where}: no public bounds for {statistic.column!r}; expected lower and upper, or min and max of the "
            "column; they are never taken from the data, because that would disclose it"
        )
    if not bounds[0] < bounds[1]:
        return f"{where}: the lower bound is not below the upper one; got {bounds[0]:g} and {bounds[1]:g}"
    return None

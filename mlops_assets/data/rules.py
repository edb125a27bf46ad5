"""The rules that the YAML states: each with its name, its severity, its words and the function that checks rows.

Each fact of a column (`min`, `allowed`, `pattern` …) is one named rule, and so is each rule across columns. The rule
`type` has a name and words here; parsing checks it, because a value of another type cannot be compared.
`table_schema` makes a Pandera schema of them. Add a rule here when `use_case.data.ColumnRule` gets one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlops_assets.data.parsing import expected, kind_of
from mlops_assets.errors import listing
from mlops_assets.use_case.data import Column, ColumnRule, Comparison
from mlops_assets.use_case.patterns import full_matches
from mlops_assets.values import OPERATORS, Code, is_one_of
from mlops_assets.verdicts import Severity


@dataclass(frozen=True)
class Rule:
    """One rule of a table.

    Attributes:
        name: `COLUMN.RULE`, or the name of a rule across columns.
        column: the column that it is about, the left one of a rule across columns.
        kind: the last part of the name, or `comparison`.
        severity: what breaking it does to the row.
        breach: what is wrong with a row that breaks it, in words.
    """

    name: str
    column: str
    kind: ColumnRule | Literal["undocumented", "comparison"]
    severity: Severity
    breach: str


RowCheck = Callable[[Any], pd.Series]
"""From a column, or a whole table, to one bool a row: whether it satisfies the rule."""


def type_rule(name: str, column: Column) -> Rule:
    """Return the rule that a value is of the column's type."""
    limit = ", 2^53 at most because values may be missing" if column.type == "integer" and column.may_be_missing else ""
    return Rule(f"{name}.type", name, "type", column.severity("type"), f"the value is not {expected(column)}{limit}")


def column_rules(name: str, column: Column, target: str | None) -> Iterator[tuple[Rule, RowCheck]]:
    """Yield each rule of a column with the function that checks it, on values that are present.

    Only `NAME.missing` checks missing values. A target must be known in every row, even if its column is nullable. The
    caller leaves out ignored columns, which have no rules.
    """

    def rule(kind: ColumnRule, breach: str) -> Rule:
        return Rule(f"{name}.{kind}", name, kind, column.severity(kind), breach)

    if name == target:
        yield Rule(f"{name}.missing", name, "missing", "error", "the target has no value"), pd.Series.notna
    elif not column.nullable:
        yield rule("missing", "there is no value, and nullable is false"), pd.Series.notna
    if kind_of(column) == "number":
        yield rule("finite", "the value is infinite"), np.isfinite
    yield from _bounds(column, rule)
    if column.allowed is not None:
        codes = listing(map(repr, column.codes), 20)
        yield rule("allowed", f"the value is none of {codes}"), lambda values: _has_code(values, column.codes)
    if column.undocumented:
        breach = "the code occurs, but is not documented"
        undocumented = Rule(f"{name}.undocumented", name, "undocumented", "warning", breach)
        yield undocumented, lambda values: ~_has_code(values, column.undocumented)
    if column.pattern is not None:
        breach = f"the text does not match {column.pattern!r} as a whole"
        yield rule("pattern", breach), _matches(column.pattern)
    if column.unique:
        breach = "the value is not unique; every row that has it is suspect"
        yield rule("unique", breach), lambda values: ~values.duplicated(keep=False)


def _has_code(values: pd.Series, codes: Iterable[Code]) -> pd.Series:
    return pd.Series(is_one_of(values, codes), values.index)


def _bounds(column: Column, rule: Callable[[ColumnRule, str], Rule]) -> Iterator[tuple[Rule, RowCheck]]:
    if column.min is not None:
        low = _bound(column.min)
        yield rule("min", f"the value is below {_in_words(column.min)}"), lambda values: values >= low
    if column.max is None:
        return
    high, breach = _bound(column.max), f"the value is above {_in_words(column.max)}"
    if isinstance(high, pd.Timestamp):  # every hour of the last day is allowed
        day_after = high + pd.Timedelta(days=1)
        yield rule("max", breach), lambda values: values < day_after
    else:
        yield rule("max", breach), lambda values: values <= high


def _bound(value: float | dt.date) -> Any:
    if isinstance(value, dt.date):
        return pd.Timestamp(value)
    return int(value) if float(value).is_integer() else value  # an int compares exactly with large whole numbers


def _in_words(bound: float | dt.date) -> str:
    return bound.isoformat() if isinstance(bound, dt.date) else str(_bound(bound))


def _matches(pattern: str) -> RowCheck:
    return lambda values: pd.Series(full_matches(values.tolist(), pattern), values.index, dtype=bool)


def comparison_rule(comparison: Comparison) -> tuple[Rule, RowCheck]:
    """Return a rule across columns with the function that checks whole rows.

    A row satisfies it where a side is missing, and where the codes of `when` are not met.
    """
    breach = f"{comparison.words} does not hold"
    rule = Rule(comparison.name, comparison.left, "comparison", comparison.severity, breach)

    def satisfies(frame: pd.DataFrame) -> pd.Series:
        judged, held = hold_against(frame, comparison)
        satisfied = np.ones(len(frame), dtype=bool)
        satisfied[judged] = held
        return pd.Series(satisfied, index=frame.index)

    return rule, satisfies


def hold_against(frame: pd.DataFrame, comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that a rule across columns applies to, bool of shape (rows,), and which of those satisfy it."""
    left = frame[comparison.left]
    other: Any = frame[comparison.right] if comparison.right is not None else comparison.value
    judged = np.asarray(left.notna()) & np.asarray(pd.notna(other))
    for name, codes in comparison.when.items():
        judged &= is_one_of(frame[name], codes)
    known = other[judged] if isinstance(other, pd.Series) else other
    return judged, np.asarray(OPERATORS[comparison.operator](left[judged], known), dtype=bool)

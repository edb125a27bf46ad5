"""The rules that the YAML states, as a Pandera schema over the parsed table.

Each fact of a column (`min`, `allowed`, `pattern` …) is one named check, and so is each rule across columns. The rule
`type` is not here: it is judged where texts are parsed, because a value that is not of the type has none to compare.
Add a rule here when `use_case.data.ColumnRule` gets one.
"""

from __future__ import annotations

import datetime as dt
import operator
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from mlops_assets.data.parsing import kind_of
from mlops_assets.errors import DataError, listing
from mlops_assets.use_case.patterns import RE2, full_matches, pattern_fault

if TYPE_CHECKING:
    import pandera.pandas as pa

    from mlops_assets.use_case.data import Column, ColumnRule, Comparison, Data
    from mlops_assets.verdicts import Severity

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
_DTYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "date": "datetime64[ns]"}
_SHOWN = 5


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


Keeps = Callable[[Any], pd.Series]
"""From a column, or a whole table, to one bool a row: whether it keeps the rule."""


def column_rules(name: str, column: Column, target: str | None) -> Iterator[tuple[Rule, Keeps]]:
    """Yield each rule of a column with the function that judges it, on values that are there.

    `NAME.missing` alone judges missing values. A target must be known in every row whatever its column says. A column
    that is ignored has no rules, which is for the caller to see to.
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
        yield rule("allowed", f"the value is none of {codes}"), lambda values: values.isin(column.codes)
    if column.undocumented:
        breach = "the code occurs, but nobody documented it"
        undocumented = Rule(f"{name}.undocumented", name, "undocumented", "warning", breach)
        yield undocumented, lambda values: ~values.isin(column.undocumented)
    if column.pattern is not None:
        breach = f"the text does not match {column.pattern!r} as a whole"
        yield rule("pattern", breach), _matches(name, column.pattern)
    if column.unique:
        yield rule("unique", "the value occurs more than once; every row that has it is suspect"), _is_unique


def _bounds(column: Column, rule: Callable[[ColumnRule, str], Rule]) -> Iterator[tuple[Rule, Keeps]]:
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


def _is_unique(values: pd.Series) -> pd.Series:
    return ~values.duplicated(keep=False)


def _matches(name: str, pattern: str) -> Keeps:
    fault = pattern_fault(pattern)
    if fault is not None:
        raise DataError(
            "the pattern is not a regular expression",
            where=f"data.columns.{name}.pattern",
            expected=RE2,
            got=f"{pattern!r}: {fault}",
        )
    return lambda values: pd.Series(full_matches(values.tolist(), pattern), values.index, dtype=bool)


def comparison_rule(comparison: Comparison) -> tuple[Rule, Keeps]:
    """Return a rule across columns with the function that judges whole rows.

    A row keeps it where a side is missing, and where the codes of `when` are not met.
    """
    right = comparison.right if comparison.right is not None else f"{comparison.value:g}"
    breach = f"{comparison.left} {comparison.operator} {right} does not hold"
    rule = Rule(comparison.name, comparison.left, "comparison", comparison.severity, breach)
    compare = _OPERATORS[comparison.operator]

    def keeps(frame: pd.DataFrame) -> pd.Series:
        left = frame[comparison.left]
        other: Any = frame[comparison.right] if comparison.right is not None else comparison.value
        judged = np.asarray(left.notna()) & np.asarray(pd.notna(other))
        for name, codes in comparison.when.items():
            judged &= np.asarray(frame[name].isin(codes), dtype=bool)
        kept = np.ones(len(frame), dtype=bool)
        known = other[judged] if isinstance(other, pd.Series) else other
        kept[judged] = np.asarray(compare(left[judged], known), dtype=bool)
        return pd.Series(kept, index=frame.index)

    return rule, keeps


def build_schema(data: Data, target: str | None) -> tuple[pa.DataFrameSchema, dict[str, Rule]]:
    """Return the schema of the parsed table, and its rules by name.

    The dtype of each column is checked as well, which holds the parser to its word. Each check keeps its first few
    failure cases only: Pandera lists every failing value otherwise, without a limit.
    """
    import pandera.pandas as pa

    rules: dict[str, Rule] = {}

    def check(rule: Rule, keeps: Keeps, *, see_missing: bool) -> pa.Check:
        rules[rule.name] = rule
        return pa.Check(keeps, name=rule.name, ignore_na=not see_missing, n_failure_cases=_SHOWN)

    columns = {
        name: pa.Column(
            _DTYPES.get(kind_of(column), object),
            checks=[
                check(rule, keeps, see_missing=keeps is pd.Series.notna)
                for rule, keeps in (column_rules(name, column, target) if name not in data.ignored else ())
            ],
            nullable=True,  # `NAME.missing` is a check of its own, so that it has a severity
        )
        for name, column in data.columns.items()
    }
    across = [check(*comparison_rule(comparison), see_missing=True) for comparison in data.rules]
    return pa.DataFrameSchema(columns, checks=across), rules


def find_breaches(frame: pd.DataFrame, data: Data, target: str | None) -> dict[Rule, np.ndarray]:
    """Return each rule that is broken, in the order of the YAML, with one bool a row: whether the row breaks it.

    Args:
        frame: the parsed table, index 0 … n-1.
        data: what is declared of it.
        target: name of the column that must be known in every row, if any.

    Raises:
        DataError: a rule cannot be evaluated on values of these types.
    """
    import pandera.pandas as pa

    schema, rules = build_schema(data, target)
    try:
        with warnings.catch_warnings():
            # Pandera concatenates failure cases of several dtypes for its message, which pandas deprecates.
            warnings.filterwarnings("ignore", "The behavior of DataFrame concatenation", FutureWarning)
            schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        found = {error.check.name: _mask(error, len(frame)) for error in errors.schema_errors}
        return {rule: found[name] for name, rule in rules.items() if name in found}
    return {}


def _mask(error: Any, rows: int) -> np.ndarray:
    kept = getattr(error, "check_output", None)
    if not isinstance(kept, pd.Series):
        raise DataError(
            "the rule cannot be evaluated",
            where=str(getattr(error.check, "name", error.check)),
            expected="values that can be compared so",
            got=str(error.failure_cases).splitlines()[-1][:200],
            fix="correct the rule or the type of its columns in data.columns",
        ) from error
    broken = np.zeros(rows, dtype=bool)
    broken[kept.index.to_numpy()[~np.asarray(kept, dtype=bool)]] = True
    return broken

"""What is declared of a table, and its Pandera schema: as it is stored in Parquet, and as rows are checked before that.

The declaration is data, all that decides which rows are valid: it is stored with a model (`stores.bundle_records`). The
rules come from `rules`, the dtypes from `coercion`. Compile a schema once and use it for many tables.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_assets.data.coercion import stored_type
from mlops_assets.data.frames import ROW
from mlops_assets.data.parsing import kind_of
from mlops_assets.data.rules import RowCheck, Rule, column_rules, comparison_rule, type_rule
from mlops_assets.errors import DataError
from mlops_assets.use_case.data import Column, Comparison, Data

if TYPE_CHECKING:
    import pandera.pandas as pa

_SHOWN = 5


@dataclass(frozen=True)
class TableDeclaration:
    """What is declared of a table.

    Attributes:
        columns: every column by name, in the order of the YAML.
        rules: rules across columns.
        target: column that must be known in every row; None where nothing is learned from the table.
        ignored: columns that have no rules and may be absent (`Data.ignored`).
        decimal: decimal mark of numbers that arrive as texts.
    """

    columns: dict[str, Column]
    rules: tuple[Comparison, ...] = ()
    target: str | None = None
    ignored: tuple[str, ...] = ()
    decimal: str = "."

    def restricted(self, names: Collection[str]) -> TableDeclaration:
        """Return the declaration of some of the columns, with the rules across them, to use the rows and not learn."""
        return TableDeclaration(
            columns={name: column for name, column in self.columns.items() if name in names},
            rules=tuple(rule for rule in self.rules if rule.reads <= set(names)),
            ignored=tuple(name for name in self.ignored if name in names),
            decimal=self.decimal,
        )


def declare(data: Data, target: str | None) -> TableDeclaration:
    """Return the declaration of the table that `data` names; `target` must be known in every row, if there is one."""
    return TableDeclaration(data.columns, data.rules, target, data.ignored, data.source.decimal)


def declare_batch(data: Data, target: str, present: Collection[str]) -> TableDeclaration:
    """Return the declaration of an incoming batch: its outcomes may be missing, or absent as a column.

    Args:
        data: what is declared of the table that was learned from.
        target: column of the outcome.
        present: columns of the batch.
    """
    table = declare(data, None)
    if target not in present:
        return table.restricted([name for name in data.columns if name != target])
    columns = {**data.columns, target: data.columns[target].model_copy(update={"nullable": True})}
    return replace(table, columns=columns)


def table_schema(table: TableDeclaration) -> pa.DataFrameSchema:
    """Return the schema of the stored table: `schema.validate(pd.read_parquet(path))` passes where the table is valid.

    Each rule is one check, named as in the validation report; a rule of severity warning raises a `SchemaWarning` and
    lets the table pass. Every check keeps its first five failure cases only, because Pandera lists every failing value
    otherwise. Codes that mix whole numbers and texts are JSON texts in Parquet, and codes again in what `validate`
    returns. The rules by name are in the `metadata` of the schema.
    """
    import pandera.pandas as pa

    rules: dict[str, Rule] = {}

    def check(rule: Rule, satisfies: RowCheck, *, see_missing: bool) -> pa.Check:
        rules[rule.name] = rule
        return pa.Check(
            satisfies,
            name=rule.name,
            ignore_na=not see_missing,
            raise_warning=rule.severity == "warning" and rule.kind != "type",  # what is stored is of the type
            n_failure_cases=_SHOWN,
            description=rule.breach,
        )

    def stored_column(name: str, column: Column) -> pa.Column:
        is_ignored = name in table.ignored
        found = () if is_ignored else tuple(column_rules(name, column, table.target))
        dtype, is_of_type = stored_type(column, is_ignored=is_ignored)
        checks = [] if is_of_type is None else [check(type_rule(name, column), is_of_type, see_missing=False)]
        checks += [check(rule, satisfies, see_missing=rule.kind == "missing") for rule, satisfies in found]
        return pa.Column(
            dtype,
            checks,
            parsers=pa.Parser(_codes_reader(column)) if kind_of(column) == "codes" else None,
            nullable=not any(rule.kind == "missing" and rule.severity == "error" for rule, _ in found),
            description=column.description or None,
        )

    columns = {ROW: pa.Column("int64", pa.Check.ge(0), unique=True, description="position in the source file, from 0")}
    columns |= {name: stored_column(name, column) for name, column in table.columns.items()}
    across = [check(*comparison_rule(rule), see_missing=True) for rule in table.rules]
    return pa.DataFrameSchema(columns, across, strict=True, name="table", metadata={"rules": rules})


def _codes_reader(column: Column) -> RowCheck:
    codes = {json.dumps(code, ensure_ascii=False): code for code in column.codes}
    return lambda values: pd.Series([codes.get(value, value) for value in values], values.index, dtype=object)


def find_breaches(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> dict[Rule, np.ndarray]:
    """Return each rule that is broken, columns first, with one bool a row: whether the row breaks it.

    The rule `type` and the dtypes are not checked: the rows may be those before quarantine, with missing values where
    none are allowed, and parsing has checked their types.

    Args:
        frame: parsed columns, index 0 … n-1.
        schema: what `table_schema` returned.

    Raises:
        DataError: a rule cannot be evaluated on values of these types.
    """
    rules: dict[str, Rule] = schema.metadata["rules"]
    judged = [(frame[name], check) for name, column in schema.columns.items() if name != ROW for check in column.checks]
    judged += [(frame, check) for check in schema.checks]
    found = {rules[check.name]: _broken(values, check) for values, check in judged if rules[check.name].kind != "type"}
    return {rule: broken for rule, broken in found.items() if broken is not None}


def _broken(values: pd.Series | pd.DataFrame, check: pa.Check) -> np.ndarray | None:
    try:
        result: Any = check(values)
    except (TypeError, ValueError) as fault:
        raise DataError(
            "the rule cannot be evaluated",
            where=str(check.name),
            expected="values of types that can be compared",
            got=str(fault)[:200],
            fix="correct the rule or the type of its columns in data.columns",
        ) from fault
    if result.check_passed:
        return None
    passed = result.check_output  # of the rows that are not missing, where the rule ignores those
    broken = np.zeros(len(values), dtype=bool)
    broken[passed.index.to_numpy()[~np.asarray(passed, dtype=bool)]] = True
    return broken

"""What is declared of a table, as one record: all that decides which rows are valid.

The record is data: it is stored with a model (`stores.bundle_records`), and `table_schema.table_schema` compiles it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_assets.use_case.data import Column, Comparison

if TYPE_CHECKING:
    from mlops_assets.use_case.data import Data


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

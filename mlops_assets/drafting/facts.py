"""Facts: everything that a draft knows of a table, before it is written as sections of a use case."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.target import TargetDraft
from mlops_assets.use_case.data import Quarantine, Source


@dataclass(frozen=True)
class Facts:
    """What is known of a table.

    Attributes:
        source: the file and how it is read.
        columns: the columns, in the order of the file.
        target: what is predicted.
        rows: rows of the file.
        nested: columns that hold lists or records and are left out.
        leaks: columns that nearly are the target.
        copies: rows that are copies of others, identifiers aside.
    """

    source: Source
    columns: tuple[ColumnDraft, ...]
    target: TargetDraft
    rows: int
    nested: tuple[str, ...]
    leaks: tuple[str, ...]
    copies: int

    @property
    def others(self) -> tuple[ColumnDraft, ...]:
        """The columns beside the target."""
        return tuple(column for column in self.columns if column is not self.target.column)

    @property
    def sensitive(self) -> tuple[ColumnDraft, ...]:
        """Protected attributes, by their names or values."""
        return tuple(column for column in self.columns if column.column.sensitive)

    @property
    def attributes(self) -> tuple[ColumnDraft, ...]:
        """Protected attributes that make groups."""
        return tuple(column for column in self.sensitive if column.column.type not in ("date", "text"))

    @property
    def quarantined(self) -> float:
        """Largest share of rows that may be quarantined: the default, with room for rows without a target."""
        usual: float = Quarantine.model_fields["maximum_share"].default
        missing = self.target.missing_share
        return min(1.0, math.ceil((missing + usual) * 100) / 100) if missing else usual

"""Draft of facts: everything that the page of a drafted use case says, before it is written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.sizes import Sizes
from mlops_assets.drafting.target import TargetDraft
from mlops_assets.use_case.data import Quarantine, Source


@dataclass(frozen=True)
class Page:
    """Everything that the page says.

    Attributes:
        name: name of the use case.
        source: the file and how it is read.
        columns: the columns, in the order of the file.
        task: the target and its positive value.
        rows: rows of the file.
        sizes: what depends on the number of rows.
        nested: columns that hold lists or records and are left out.
        leaks: columns that nearly are the target.
        copies: rows that are copies of others, identifiers aside.
    """

    name: str
    source: Source
    columns: tuple[ColumnDraft, ...]
    task: TargetDraft
    rows: int
    sizes: Sizes
    nested: tuple[str, ...]
    leaks: tuple[str, ...] = ()
    copies: int = 0

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.task.column.name

    @property
    def sensitive(self) -> tuple[ColumnDraft, ...]:
        """Protected attributes, by their names."""
        return tuple(column for column in self.columns if column.sensitive)

    @property
    def attributes(self) -> tuple[ColumnDraft, ...]:
        """Protected attributes that make groups."""
        return tuple(column for column in self.sensitive if column.type not in ("date", "text"))

    @property
    def quarantined(self) -> float:
        """Largest share of rows that may be quarantined: the default, with room for rows without a target."""
        usual: float = Quarantine.model_fields["maximum_share"].default
        missing = self.task.missing_share
        return min(1.0, math.ceil((missing + usual) * 100) / 100) if missing else usual

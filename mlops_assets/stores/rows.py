"""Rows of a stored table: those of some splits, and of the columns that are asked for alone.

Another stored table, `splits`, has the split of each row. The two are matched by the number of the row, never by
position alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW, SPLIT, SPLITS
from mlops_assets.errors import DataError
from mlops_assets.stores.content import Content
from mlops_assets.stores.tables import load_parts, load_table


@dataclass(frozen=True)
class Projection:
    """What is read of a table.

    Attributes:
        columns: names of columns; all of them where it is None. `SPLIT` stands for the split of each row.
        split: only rows of this split; of several, each as a table of its own; all rows where it is None.
    """

    columns: tuple[str, ...] | None = None
    split: str | tuple[str, ...] | None = None

    @classmethod
    def declared(cls, metadata: Mapping[str, Any]) -> Projection:
        """Return the projection that the metadata of an input declare, where lists stand for tuples."""
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in metadata.items()})

    @property
    def needs_splits(self) -> bool:
        """Whether the table `splits` is needed to find it."""
        return self.split is not None or SPLIT in (self.columns or ())


WHOLE = Projection()
"""All columns of all rows."""


def load_rows(
    content: Content, projection: Projection = WHOLE, splits: Content | None = None
) -> pd.DataFrame | dict[str, pd.DataFrame]:
    """Return what a projection asks for, index 0 … n-1, in the order of the table; by split where it names several.

    Args:
        content: what was recorded of the table.
        projection: its columns and splits. A column `SPLIT` comes last.
        splits: what was recorded of the table `splits`, where the projection needs it.

    Raises:
        IntegrityError: one of the files is missing, or another one.
        DataError: a column is missing, or the two tables are not about the same rows in the same order.
    """
    columns = None if projection.columns is None else tuple(name for name in projection.columns if name != SPLIT)
    if splits is None:
        return load_table(content.path, content.sha256, digests=content.columns, columns=columns)
    rows, codes = _assigned(splits.path, splits.sha256, tuple(splits.columns.items()))
    _check_rows(content, rows)
    split = projection.split
    names: tuple[str | None, ...] = split if isinstance(split, tuple) else (split,)
    masks = [None if name is None else codes == SPLITS.index(name) for name in names]
    frames = load_parts(content.path, content.sha256, digests=content.columns, columns=columns, parts=masks)
    if SPLIT in (projection.columns or ()):
        for frame, mask in zip(frames, masks, strict=True):
            frame[SPLIT] = np.array(SPLITS, dtype=object)[codes if mask is None else codes[mask]]
    return dict(zip(split, frames, strict=True)) if isinstance(split, tuple) else frames[0]


@lru_cache(maxsize=1)
def _assigned(path: Path, sha256: str, columns: tuple[tuple[str, str], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each row (int64) and the position of its split in `SPLITS` (int8), in their order.

    The steps of a process that ask for the same content share it, 9 bytes a row.
    """
    digests: Mapping[str, str] = dict(columns)
    frame = load_table(path, sha256, digests=digests, columns=(ROW, SPLIT))
    codes = pd.Categorical(frame[SPLIT], categories=SPLITS).codes
    return frame[ROW].to_numpy(), np.asarray(codes, dtype=np.int8)


def _check_rows(content: Content, rows: np.ndarray) -> None:
    found = load_table(content.path, content.sha256, digests=content.columns, columns=(ROW,))[ROW].to_numpy()
    if not np.array_equal(found, rows):
        raise DataError(
            f"the rows of {content.path.stem} are not those of splits",
            where=ROW,
            expected=f"{len(rows)} equal row numbers",
            got=f"{len(found)} rows",
            fix="materialize it again: mlops-assets run USE_CASE",
        )

"""Rows of a split, found by their number in plain pandas: another way than `stores.rows` goes."""

from __future__ import annotations

import pandas as pd

from mlops_assets.data.frames import ROW, SPLIT


def rows_of(frame: pd.DataFrame, splits: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of a table that are in a split, in their order, index 0 … n-1."""
    wanted = splits.loc[splits[SPLIT] == name, ROW]
    return frame[frame[ROW].isin(wanted)].reset_index(drop=True)

"""The matrix: the features and the target of one split, row by row from the same source rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW, SPLIT
from mlops_assets.data.target import binary_target
from mlops_assets.errors import DataError
from mlops_assets.use_case.model import Task


def matrix(
    features: pd.DataFrame, validated: pd.DataFrame, splits: pd.DataFrame, task: Task, *names: str
) -> tuple[pd.DataFrame, pd.Series]:
    """Return features X, shape (rows, features), and target y in {0, 1} of the named splits, both indexed by ROW.

    Raises:
        DataError: the three tables are not about the same rows in the same order.
    """
    rows = validated[ROW].to_numpy()
    for asset, frame in (("features", features), ("splits", splits)):
        if not np.array_equal(frame[ROW].to_numpy(), rows):
            raise DataError(
                f"the rows of {asset} are not those of validated",
                where=ROW,
                expected=f"{len(rows)} equal row numbers",
                got=f"{len(frame)} rows",
                fix=f"materialize {asset} again",
            )
    chosen = splits[SPLIT].isin(names).to_numpy()
    y = binary_target(validated, task)
    index = pd.Index(rows[chosen], name=ROW)
    return features.loc[chosen].drop(columns=ROW).set_index(index), y[chosen].set_axis(index)

"""The matrix: the features and the target of one split, row by row from the same source rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW
from mlops_assets.data.target import binary_target
from mlops_assets.errors import DataError
from mlops_assets.use_case.model import Task


def matrix(features: pd.DataFrame, rows: pd.DataFrame, task: Task) -> tuple[pd.DataFrame, pd.Series]:
    """Return features X, shape (rows, features), and target y in {0, 1} of some rows, both indexed by ROW.

    Args:
        features: features of these rows.
        rows: the same rows, validated, with the target.
        task: what is predicted.

    Raises:
        DataError: the two tables are not about the same rows in the same order.
    """
    if not np.array_equal(features[ROW].to_numpy(), rows[ROW].to_numpy()):
        raise DataError(
            "the rows of features are not those of validated",
            where=ROW,
            expected=f"{len(rows)} equal row numbers",
            got=f"{len(features)} rows",
            fix="materialize features again",
        )
    index = pd.Index(rows[ROW].to_numpy(), name=ROW)
    return features.drop(columns=ROW).set_index(index), binary_target(rows, task).set_axis(index)

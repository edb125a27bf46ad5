"""The target as what a binary classifier learns: 1 where it is positive, 0 where it is not."""

from __future__ import annotations

import pandas as pd

from mlops_assets.errors import DataError
from mlops_assets.use_case.model import Task
from mlops_assets.values import is_one_of


def binary_target(frame: pd.DataFrame, task: Task) -> pd.Series:
    """Return the target of each row: int8, 1 where it is one of `task.positives`, else 0; index as in `frame`.

    More than two values become binary by the positive ones against the rest. A frame of one class is allowed here,
    because a small batch may well have only one; fitting asks for two.

    Raises:
        DataError: a value is missing: an unknown outcome is not a negative one.
    """
    values = frame[task.target]
    unknown = int(values.isna().sum())
    if unknown:
        raise DataError(
            f"the target is missing in {unknown} of {len(values)} rows",
            where=task.target,
            expected="a known outcome in every row",
            fix="validate the table with target given, which sends these rows to quarantine",
        )
    return pd.Series(is_one_of(values, task.positives).astype("int8"), index=frame.index, name=task.target)

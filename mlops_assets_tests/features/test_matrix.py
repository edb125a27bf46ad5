"""The matrix: features and target of a split, matched by row or refused."""

import pandas as pd
import pytest

from mlops_assets.errors import DataError
from mlops_assets.features.matrix import matrix
from mlops_assets.use_case.model import Task

ROWS = [2, 5, 7]
VALIDATED = pd.DataFrame({"__row__": ROWS, "y": [1, 0, 1]})
FEATURES = pd.DataFrame({"__row__": ROWS, "x": [0.1, 0.2, 0.3]})
SPLITS = pd.DataFrame({"__row__": ROWS, "__split__": ["train", "test", "train"]})


def test_a_split_holds_its_own_rows_indexed_by_their_number() -> None:
    X, y = matrix(FEATURES, VALIDATED, SPLITS, Task(target="y"), "train")

    assert X.index.tolist() == y.index.tolist() == [2, 7]
    assert X["x"].tolist() == [0.1, 0.3]
    assert y.tolist() == [1, 1]
    assert list(X.columns) == ["x"]


def test_tables_about_other_rows_are_refused() -> None:
    with pytest.raises(DataError, match=r"features are not those of validated.*materialize features again"):
        matrix(FEATURES.assign(__row__=[2, 5, 8]), VALIDATED, SPLITS, Task(target="y"), "train")

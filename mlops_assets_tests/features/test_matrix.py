"""The matrix: features and target of some rows, matched by row or refused."""

import pandas as pd
import pytest

from mlops_assets.errors import DataError
from mlops_assets.features.matrix import matrix
from mlops_assets.use_case.model import Task

ROWS = [2, 5, 7]
VALIDATED = pd.DataFrame({"__row__": ROWS, "y": [1, 0, 1]})
FEATURES = pd.DataFrame({"__row__": ROWS, "x": [0.1, 0.2, 0.3]})


def test_features_and_target_are_indexed_by_the_number_of_their_row() -> None:
    X, y = matrix(FEATURES, VALIDATED, Task(target="y"))

    assert X.index.tolist() == y.index.tolist() == ROWS
    assert X["x"].tolist() == [0.1, 0.2, 0.3]
    assert y.tolist() == [1, 0, 1]
    assert list(X.columns) == ["x"]


def test_tables_about_other_rows_are_refused() -> None:
    with pytest.raises(DataError, match=r"features are not those of validated.*materialize features again"):
        matrix(FEATURES.assign(__row__=[2, 5, 8]), VALIDATED, Task(target="y"))

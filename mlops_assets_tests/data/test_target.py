"""The target becomes 0 and 1, and an unknown outcome never becomes 0."""

from __future__ import annotations

import pandas as pd
import pytest

from mlops_assets.data.target import binary_target
from mlops_assets.errors import DataError
from mlops_assets.use_case.model import Task


@pytest.mark.parametrize(
    ("values", "positive", "expected"),
    [
        ([0, 1, 1], 1, [0, 1, 1]),
        (["no", "yes", "no"], "yes", [0, 1, 0]),
        ([True, False, True], True, [1, 0, 1]),
        ([True, False, True], 1, [1, 0, 1]),
        (["a", "b", "c"], "b", [0, 1, 0]),
        (["a", "b", "c"], ("c", "a"), [1, 0, 1]),
        ([1.0, 2.0, 3.0], (2, 3), [0, 1, 1]),
        (["1", 1, "2"], ("1",), [1, 0, 0]),
    ],
)
def test_the_positive_value_becomes_one_and_the_rest_zero(values, positive, expected):
    frame = pd.DataFrame({"y": values}, index=[5, 6, 7])
    found = binary_target(frame, Task(target="y", positive=positive))

    assert found.tolist() == expected
    assert found.dtype == "int8"
    assert found.index.tolist() == [5, 6, 7]


def test_a_missing_outcome_is_refused():
    with pytest.raises(DataError, match="y: the target is missing in 1 of 2 rows"):
        binary_target(pd.DataFrame({"y": ["a", None]}), Task(target="y", positive="a"))

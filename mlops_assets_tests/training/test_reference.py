"""Reference predictions: they are read for the model and the rows that they are of, or refused."""

from __future__ import annotations

import pandas as pd
import pytest

from mlops_assets.errors import DataError
from mlops_assets.training.bundle import FINGERPRINT, read_reference

STORED = pd.DataFrame({"__row__": [3, 5, 9], "probability": [0.1, 0.2, 0.3], FINGERPRINT: "a" * 64})


def test_probabilities_are_those_of_the_rows_in_their_order() -> None:
    assert read_reference(STORED, "a" * 64, STORED["__row__"]).tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("model", "rows"),
    [("b" * 64, [3, 5, 9]), ("a" * 64, [3, 9, 5]), ("a" * 64, [3, 5]), ("a" * 64, [])],
    ids=["another model", "another order", "fewer rows", "no rows"],
)
def test_those_of_another_model_or_of_other_rows_are_refused(model: str, rows: list[int]) -> None:
    with pytest.raises(DataError, match=r"not those of this model for these rows.*makes them again"):
        read_reference(STORED, model, pd.Series(rows, dtype="int64"))


def test_rows_of_two_models_are_refused() -> None:
    mixed = STORED.assign(**{FINGERPRINT: ["a" * 64, "a" * 64, "b" * 64]})

    with pytest.raises(DataError, match="not those of this model"):
        read_reference(mixed, "a" * 64, mixed["__row__"])

"""Reference predictions: what a model gives the rows of the test split, which it was not fitted on.

They are stored once for each model. Its evaluation, its fairness and the drift of every batch that it scores read
them, and nobody predicts these rows again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW
from mlops_assets.errors import DataError
from mlops_assets.statistics.ranking import Floats
from mlops_assets.training.bundle import PROBABILITY, Bundle, predict_features

FINGERPRINT = "__model__"
"""Fingerprint of the model, the same in every row."""


def predict_reference(bundle: Bundle, features: pd.DataFrame) -> pd.DataFrame:
    """Return `ROW`, `PROBABILITY` and `FINGERPRINT` for rows of features that hold `ROW`, in their order."""
    probability = predict_features(bundle, features)
    return pd.DataFrame({ROW: features[ROW].to_numpy(), PROBABILITY: probability, FINGERPRINT: bundle.fingerprint})


def read_reference(reference: pd.DataFrame, fingerprint: str, rows: pd.Series) -> Floats:
    """Return the stored probabilities, shape (rows,), where they are those of this model for these rows.

    Args:
        reference: what `predict_reference` returned.
        fingerprint: of the model.
        rows: numbers of the rows that are judged.

    Raises:
        DataError: they are of another model, or of other rows.
    """
    models = reference[FINGERPRINT].unique().tolist()
    if models != [fingerprint] or not np.array_equal(reference[ROW].to_numpy(), rows.to_numpy()):
        raise DataError(
            "the stored predictions are not those of this model for these rows",
            where="reference_predictions",
            expected=f"{len(rows)} rows, model {fingerprint[:12]}",
            got=f"{len(reference)} rows, model {', '.join(str(model)[:12] for model in models)}",
            fix="mlops-assets run USE_CASE, which makes them again",
        )
    return reference[PROBABILITY].to_numpy()

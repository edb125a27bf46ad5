"""The asset `reference_predictions`: what the model gives the test split, kept for every model that was ever made."""

import dagster as dg
import pandas as pd

from mlops_assets.defs import metadata
from mlops_assets.defs.io import STORED_AS, load_stored
from mlops_assets.defs.stage import Stage, made
from mlops_assets.errors import DataError
from mlops_assets.graph import keys
from mlops_assets.graph.stored import materializations, stored_content
from mlops_assets.stores.layout import Layout
from mlops_assets.training import bundle as bundles
from mlops_assets.training.bundle import PROBABILITY, Bundle

MODEL = "model/fingerprint"
"""Metadata of this asset and of `scored`: fingerprint of the model that predicted."""


def build_reference(stage: Stage) -> dg.AssetsDefinition:
    """Return the asset. Each model's predictions are a file of their own: a batch may be of an earlier champion."""

    @stage.asset(
        "reference_predictions",
        description="Probability that the model gives each row of the test split, which it was not fitted on. What is "
        "evaluated, and what the predictions of a batch are compared with.",
        kinds={"scikitlearn", "parquet"},
        code=(bundles,),
        ins=stage.ins("model", features=stage.rows("features", split="test")),
    )
    def reference_predictions(features: pd.DataFrame, model: Bundle) -> dg.MaterializeResult[pd.DataFrame]:
        predicted = bundles.predict_reference(model, features)
        shown = {
            **metadata.table(predicted),
            MODEL: model.fingerprint,
            STORED_AS: model.fingerprint[:16],
            "probability/mean": float(predicted[PROBABILITY].mean()),
        }
        return made(predicted, shown)

    return reference_predictions


def stored_reference(instance: dg.DagsterInstance, layout: Layout, use_case: str, fingerprint: str) -> pd.DataFrame:
    """Return the predictions of the model of this fingerprint, which need not be the latest one.

    Raises:
        DataError: none are stored of it.
        IntegrityError: they are not the ones that were made.
    """
    key = keys.asset_key(use_case, "reference_predictions")
    for earlier in materializations(instance, key):
        content = stored_content(earlier, layout) if earlier.metadata.get(MODEL) == fingerprint else None
        if content is not None:
            found: pd.DataFrame = load_stored(content, pd.DataFrame, use_case)
            return found
    raise DataError(
        "no predictions on the test split are stored of the model that scored this batch",
        where=key.to_user_string(),
        expected=f"those of the model {fingerprint[:12]}",
        got="none: it was made by an earlier version of this package, or its materializations were wiped",
        fix=f"mlops-assets run {use_case} --again scored:BATCH, which scores the batch by the champion",
    )

"""The asset `model`: the bundle. The search is in `tuning`, and what the model is worth in `evaluation`."""

from typing import Any

import dagster as dg

from mlops_assets.data.frames import digest
from mlops_assets.data.table_schema import declare
from mlops_assets.defs.evaluation import build_checks, build_evaluation, clusters, outcome
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.reference import build_reference
from mlops_assets.defs.stage import Stage, Tables, made
from mlops_assets.defs.tuning import build_tuning, family_modules
from mlops_assets.features import matrix as matrices
from mlops_assets.features.pipeline import FeaturePipeline
from mlops_assets.formatting import estimate_text
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.training import baseline as baselines
from mlops_assets.training import bundle as bundles
from mlops_assets.training.bundle import Bundle
from mlops_assets.training.calibration import Calibrator
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.model import UseCase


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage."""
    stage = Stage(use_case, "training")
    return [build_tuning(stage), _model(stage), build_reference(stage), build_evaluation(stage), *build_checks(stage)]


def _model(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    training, data = use_case.training, use_case.data
    kept = (data.columns, data.rules, data.ignored, data.source.decimal)  # the schema that the bundle carries
    reads = (training.calibration, training.threshold, training.search.seed, use_case.task, *kept)

    @stage.asset(
        "model",
        description="The winner refitted on the whole training split, calibrated, with its threshold, the feature "
        "pipeline and the input schema: one verified bundle without pickle.",
        kinds={"scikitlearn", "skops"},
        code=(bundles, matrices, "mlops_assets.stores.bundles", *family_modules(use_case)),
        reads=(*reads, data.splits.grouping),
        ins=stage.ins(
            "feature_pipeline",
            "tuning",
            features=stage.rows("features", split=("train", "calibration")),
            validated=stage.rows("validated", outcome(use_case), split=("train", "calibration")),
        ),
    )
    def model(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        features: Tables,
        validated: Tables,
        feature_pipeline: FeaturePipeline,
        tuning: SearchResult,
    ) -> dg.MaterializeResult[Bundle]:
        train_X, train_y = matrices.matrix(features["train"], validated["train"], use_case.task)
        calibration_X, calibration_y = matrices.matrix(features["calibration"], validated["calibration"], use_case.task)
        fitted = bundles.fit_bundle(
            train_X,
            train_y,
            calibration_X,
            calibration_y,
            search_result=tuning,
            training=training,
            pipeline=feature_pipeline.restricted(baselines.set_of(feature_pipeline.sets, tuning.features)),
            table=declare(data, use_case.task.target),
            task=use_case.task,
            use_case=use_case.name,
            trained_on=digest(train_X),
            calibration_groups=clusters(use_case, validated["calibration"]),
        )
        with mlflow.run(context, use_case.name) as run:
            run.log_params(
                {
                    "model.family": fitted.family,
                    "model.threshold": fitted.threshold.value,
                    "model.calibration": fitted.calibrator.method,
                    "model.fingerprint": fitted.fingerprint,
                }
            )
            linked = run.metadata() | {"mlflow_model": dg.MetadataValue.text(run.log_model(fitted).model_uri)}
        shown = linked | _shown(fitted) | {"model/feature_set": tuning.features, "rows/train": len(train_X)}
        return made(fitted, shown, version=fitted.fingerprint)

    return model


def _shown(fitted: Bundle) -> dict[str, Any]:
    """Return what the bundle is, the methods of calibration that were compared, and the threshold with its interval."""
    calibrator, threshold = fitted.calibrator, fitted.threshold
    return {
        "model/family": fitted.family,
        "model/features": len(fitted.pipeline.names),
        "model/fingerprint": fitted.fingerprint,
        "params": dg.MetadataValue.json(dict(fitted.params)),
        "versions": dg.MetadataValue.json(dict(fitted.versions)),
        "model/calibration": calibrator.method,
        "model/calibration_reason": calibrator.reason,
        "model/threshold": float(threshold.value),
        "model/threshold_interval": estimate_text(threshold.value, threshold.low, threshold.high),
        "rows/calibration": calibrator.rows,
        "calibrations": _compared(calibrator),
    }


def _compared(calibrator: Calibrator) -> dg.MetadataValue:
    head = ("method", "cross-validated log loss", "above the least", "standard error", "rejected")
    rows = [
        (each.method, each.log_loss, each.difference, each.standard_error, each.rejected)
        for each in calibrator.candidates
    ]
    return dg.MetadataValue.md(markdown_table(head, rows, right=head[1:4]))

"""Assets of the features stage: the fitted pipeline, the feature table and its registry page."""

import dagster as dg
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data.files import release_memory
from mlops_assets.data.frames import ROW, SPLIT, SPLITS
from mlops_assets.data.splits import groups_of
from mlops_assets.data.target import binary_target
from mlops_assets.defs import metadata
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.stage import Stage, Tables, made
from mlops_assets.features import pipeline as pipelines
from mlops_assets.features import registry as registries
from mlops_assets.features.pipeline import FeaturePipeline
from mlops_assets.stores import tables
from mlops_assets.use_case.model import UseCase


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets of this stage."""
    stage = Stage(use_case, "features")
    return [_feature_pipeline(stage), _features(stage), _feature_registry(stage)]


def all_features(use_case: UseCase, rows: pd.DataFrame, pipeline: FeaturePipeline) -> pd.DataFrame:
    """Return the features of all rows, those of the training split as `build_training_features` gives them.

    Takes the column `SPLIT` off the rows.
    """
    is_train = rows.pop(SPLIT).to_numpy() == "train"
    train = rows.loc[is_train, [name for name in (use_case.task.target, use_case.data.splits.grouping) if name]]
    y, groups = binary_target(train, use_case.task), groups_of(train, use_case.data.splits)
    del train  # as large as two features, while all of them are built
    return pipelines.build_all_features(rows, is_train, y, pipeline, groups)


def _columns(use_case: UseCase) -> tuple[str | None, ...]:
    """Return what features are learned from: the columns of a model, the target, and what groups the rows."""
    return (*use_case.model_columns, use_case.task.target, use_case.data.splits.grouping)


def transform_modules(use_case: UseCase) -> tuple[str, ...]:
    """Return the modules of the transforms that a use case names: they are loaded by name, so no import shows them."""
    named = {plugins.module_name("transform", derived.transform) for derived in use_case.features.derive}
    return tuple(sorted(named))


def _feature_pipeline(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    inputs, columns, config = use_case.inputs, use_case.data.columns, use_case.features

    @stage.asset(
        "feature_pipeline",
        description="The declared features with what had to be learned for them (categories, selection), learned on "
        "the training split only. Plain JSON, no pickle.",
        kinds={"scikitlearn", "json"},
        code=(pipelines, *transform_modules(use_case)),
        reads=(inputs, columns, config.model_copy(update={"groups": {}}), use_case.task, use_case.data.splits.grouping),
        ins=stage.ins(train=stage.rows("validated", _columns(use_case), split="train")),
    )
    def feature_pipeline(train: pd.DataFrame) -> dg.MaterializeResult[FeaturePipeline]:
        fitted = pipelines.fit_pipeline(
            train,
            binary_target(train, use_case.task),
            inputs=inputs,
            columns=columns,
            features=config,
            groups=groups_of(train, use_case.data.splits),
        )
        shown = {
            "features/kept": len(fitted.names),
            "features/dropped": len(fitted.dropped),
            **{f"features/set/{name}": len(members) for name, members in fitted.sets.items()},
            **_selection(fitted),
            "rows/train": len(train),
            "dropped": dg.MetadataValue.md(_dropped(fitted)),
        }
        return made(fitted, shown)

    return feature_pipeline


def _selection(fitted: FeaturePipeline) -> dict[str, int | str]:
    """Return how many columns selection ranks above chance; if none, a note that those it keeps are no better."""
    if not fitted.ranking:
        return {}
    above = sum(ranked.above_chance for ranked in fitted.ranking)
    counted: dict[str, int | str] = {"selection/ranked": len(fitted.ranking), "selection/above_chance": above}
    return counted if above else {**counted, "selection/note": "nothing is above chance: the highest scores are kept"}


def _dropped(fitted: FeaturePipeline) -> str:
    lines = [f"- `{dropped.name}`: {dropped.reason}" for dropped in fitted.dropped]
    return "\n".join(lines) or "No feature was dropped."


def _features(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case

    @stage.asset(
        "features",
        description="Every feature of every valid row, for every feature set; rows of the training split as a "
        "model learns from them. Column lineage leads back to the raw columns.",
        kinds={"pandas", "parquet"},
        code=(pipelines, *transform_modules(use_case)),
        reads=(use_case.task, use_case.data.splits.grouping),
        ins=stage.ins("feature_pipeline", validated=stage.rows("validated", (*_columns(use_case), SPLIT))),
    )
    def features(validated: pd.DataFrame, feature_pipeline: FeaturePipeline) -> dg.MaterializeResult[pd.DataFrame]:
        built = all_features(use_case, validated, feature_pipeline)
        built.insert(0, ROW, validated[ROW])
        validated.drop(columns=list(validated), inplace=True)  # Dagster holds it until the step ends
        release_memory()
        shown = {
            **metadata.table(built),
            "dagster/column_lineage": _lineage(feature_pipeline, stage.key("validated")),
            "missing_share": sum(int(built[name].isna().sum()) for name in built) / built.size,
        }
        return made(built, shown)

    return features


def _lineage(pipeline: FeaturePipeline, upstream: dg.AssetKey) -> dg.MetadataValue:
    """Return the raw columns behind each feature, where no table is a local variable (see `metadata.table`)."""
    deps = {
        feature.name: [dg.TableColumnDep(asset_key=upstream, column_name=column) for column in feature.columns]
        for feature in pipeline.features
    }
    return dg.MetadataValue.column_lineage(dg.TableColumnLineage(deps))


def _feature_registry(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case

    @stage.asset(
        "feature_registry",
        description="The page of all features: name, formula, lineage, type and missing share.",
        kinds={"html", "json"},
        code=(registries,),
        ins=stage.ins("feature_pipeline", features=stage.rows("features", split=SPLITS)),
    )
    def feature_registry(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        features: Tables,
        feature_pipeline: FeaturePipeline,
    ) -> dg.MaterializeResult[registries.Registry]:
        registry = registries.build_registry(feature_pipeline, features)
        html = registries.render_registry(registry, f"{use_case.name}: features")
        path = tables.write_text(mlflow.workspace.layout.report(use_case.name, "features.html"), html)
        shown = {
            **metadata.file(path),
            **mlflow.log_reports(context, use_case.name, path),
            "features": len(feature_pipeline.names),
        }
        return made(registry, shown)

    return feature_registry

"""Assets of the monitoring stage, partitioned by incoming batch: the batch, its scores and its drift."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data import findings, validation
from mlops_assets.data import source as sources
from mlops_assets.data.validation import ValidationReport
from mlops_assets.defs import arrivals, metadata
from mlops_assets.defs.features import transform_modules
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.reference import MODEL, stored_reference
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage, made
from mlops_assets.errors import DataError
from mlops_assets.graph import keys
from mlops_assets.graph.stored import latest
from mlops_assets.monitoring import drift as drifts
from mlops_assets.monitoring import drift_record
from mlops_assets.monitoring.drift_record import DriftReport, judge_drift
from mlops_assets.plugins.readers import endings
from mlops_assets.stores import registry, tables
from mlops_assets.training import bundle as bundles
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Verdict

MODEL_VERSION = "__model_version__"


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage."""
    stage = Stage(use_case, "monitoring")
    return [_incoming(stage), _scored(stage), _drift(stage), *_checks(stage)]


def _incoming(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    data, target = use_case.data, use_case.task.target
    readers = sorted({plugins.module_name("reader", name) for name in endings().values()})
    reads = (data.columns, data.rules, data.source.dialect, data.extra_columns, data.ignored, target)
    descriptions = {
        "incoming": "Rows of one incoming batch that satisfy every rule. The outcome is not known yet.",
        "incoming_quarantine": "Complete rows of the batch that break a rule, with the rules they break.",
        "incoming_report": "How often each rule was broken in the batch, and how its rows reconcile.",
    }
    inbox = stage.key(arrivals.INBOX)

    @stage.multi_asset(
        descriptions,
        kinds={"pandera", "pandas"},
        code=(sources, validation, *readers),
        reads=reads,
        partitions_def=keys.batches(use_case.name),
        deps=[inbox],
    )
    def receive(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult]:
        file = arrivals.batch_file(use_case, workspace.layout, context.partition_key)
        read = sources.read_batch_file(workspace.layout.root / file.path, data, target)
        found = validation.validate_batch(read.frame, data, target)
        report = found.report()
        counts = {"rows/raw": found.rows_in, "rows/valid": len(found.valid), "rows/quarantined": len(found.quarantined)}
        values = {"incoming": found.valid, "incoming_quarantine": found.quarantined, "incoming_report": report}
        for asset, value in values.items():
            of_table = metadata.table(value, data.columns) if isinstance(value, pd.DataFrame) else {}
            shown = {**of_table, **counts, "source/path": dg.MetadataValue.path(file.path)}
            yield made(value, shown, asset_key=stage.key(asset), tags={keys.input_tag(inbox): read.sha256})

    return receive


def _scored(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    release = use_case.release.registry

    @stage.asset(
        "scored",
        description="Probability and decision for each row of the batch, by the model that was champion when the "
        "batch was scored. A later champion does not rescore earlier batches.",
        kinds={"scikitlearn", "mlflow", "parquet"},
        code=(bundles, *transform_modules(use_case)),
        reads=(use_case.model_name, release.champion),
        ins=stage.ins("incoming"),
        deps=[stage.key("deployment")],
        partitions_def=keys.batches(use_case.name),
    )
    def scored(mlflow: MlflowResource, incoming: pd.DataFrame) -> dg.MaterializeResult[pd.DataFrame]:
        champion, version = registry.load_champion(mlflow.tracking_uri(), use_case.model_name, release.champion)
        frame = bundles.predict_rows(champion, incoming)
        frame[MODEL_VERSION] = str(version)
        shown = {
            **metadata.table(frame),
            "model/version": str(version),
            MODEL: champion.fingerprint,
            "probability/mean": float(frame["probability"].mean()) if len(frame) else 0.0,
            "decision/share": float(frame["decision"].mean()) if len(frame) else 0.0,
        }
        return made(frame, shown)

    return scored


def _drift(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    config, columns = use_case.monitoring.drift, use_case.data.columns
    candidates = drifts.candidate_columns(use_case)

    @stage.asset(
        "drift",
        description="The batch against the training reference, by Evidently: every watched column against the training "
        "split, and the prediction against the predictions on the test split, which the model was not fitted on.",
        kinds={"evidently", "html"},
        code=(drifts,),
        reads=(config, {name: (columns[name].type, why_not) for name, why_not in candidates.items()}),
        ins=stage.ins(
            "scored",
            incoming=stage.rows("incoming", candidates),
            train=stage.rows("validated", candidates, split="train"),
        ),
        partitions_def=keys.batches(use_case.name),
    )
    def drift(
        context: dg.AssetExecutionContext,
        workspace: Workspace,
        mlflow: MlflowResource,
        incoming: pd.DataFrame,
        scored: pd.DataFrame,
        train: pd.DataFrame,
    ) -> dg.MaterializeResult[DriftReport]:
        version, by = _scored_by(scored, context.partition_key), stage.key("scored")
        fingerprint = str(latest(context.instance, by, context.partition_key).metadata.get(MODEL))
        reference = stored_reference(context.instance, workspace.layout, use_case.name, fingerprint)
        report, html = drifts.measure_drift(
            train,
            incoming,
            {name: columns[name] for name in candidates},
            config,
            (reference[bundles.PROBABILITY], scored["probability"]),
            with_html=True,
        )
        pages = _drift_pages(workspace, use_case.name, context.partition_key, version, report, html)
        page = workspace.layout.report(use_case.name, f"drift/{context.partition_key}.html")
        shares = {"columns": len(report.drifted), "share": report.drifted_share}
        linked = mlflow.log_reports(context, use_case.name, page, **shares, prediction=report.prediction.score)
        shown = {
            **pages,
            **linked,
            "drift/columns": len(report.drifted),
            "drift/share": report.drifted_share,
            "drift/prediction": report.prediction.score,
            "model/version": version,
            "scores": dg.MetadataValue.md(drift_record.drift_table(report)),
        }
        return made(report, shown)

    return drift


def _drift_pages(
    workspace: Workspace, use_case: str, batch: str, version: str, report: DriftReport, html: str | None
) -> dict[str, dg.MetadataValue]:
    """Write the page of a batch, and Evidently's page if there is one; return where they are."""
    place, found, details = workspace.layout.report, {}, ""
    if html:
        details = f"evidently/{batch}.html"
        found = metadata.file(tables.write_text(place(use_case, f"drift/{details}"), html), "evidently")
    page = drift_record.render_drift(report, use_case=use_case, batch=batch, model=version, details=details)
    return {**metadata.file(tables.write_text(place(use_case, f"drift/{batch}.html"), page)), **found}


def _scored_by(scored: pd.DataFrame, batch: str) -> str:
    """Return the version of the model that scored a batch, which need not be the champion of today."""
    if scored.empty:
        raise DataError(
            "no row of this batch was scored",
            where=f"scored [{batch}]",
            expected="at least one valid row",
            fix="see incoming_quarantine of this batch, and have the file sent again",
        )
    return str(scored[MODEL_VERSION].iloc[0])


def _checks(stage: Stage) -> list[dg.AssetChecksDefinition]:
    use_case = stage.use_case
    partitions = keys.batches(use_case.name)

    @stage.check(
        "incoming",
        "schema",
        description="Few enough rows of the batch are quarantined, and some remain to score.",
        code=(validation,),
        reads=(use_case.data.quarantine,),
        blocking=True,
        partitions_def=partitions,
        additional_ins=stage.ins(report="incoming_report"),
    )
    def schema(report: ValidationReport) -> Verdict:
        return validation.judge_validation(report, use_case.data, None)

    @stage.check(
        "incoming",
        "warnings",
        description="The batch breaks no rule of severity warning that the table of the model satisfies, such as a "
        "code that was never seen.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(findings,),
        partitions_def=partitions,
        additional_ins=stage.ins(report="incoming_report", learned="validation_report"),
    )
    def warnings(report: ValidationReport, learned: ValidationReport) -> Verdict:
        return findings.judge_batch_warnings(report, learned)

    no_drift = stage.check(
        "drift",
        "no_drift",
        description="Neither the prediction nor more than the declared share of watched columns drifted.",
        code=(drifts,),
        partitions_def=partitions,
    )(judge_drift)

    return [schema, warnings, no_drift]

"""Assets of the data stage: raw, validated with its quarantine and report, profile, splits."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data import findings, validation
from mlops_assets.data import profile as profiles
from mlops_assets.data import source as sources
from mlops_assets.data import splits as splitting
from mlops_assets.data.frames import SPLIT, SPLITS
from mlops_assets.data.validation import Validation, ValidationReport
from mlops_assets.defs import arrivals, metadata, suspicions
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage, made
from mlops_assets.graph import keys
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.stores import tables
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Verdict

Definition = dg.AssetsDefinition | dg.AssetChecksDefinition


def build(use_case: UseCase) -> list[Definition]:
    """Return the assets and checks of this stage."""
    stage = Stage(use_case, "data")
    return [
        _raw(stage),
        _validated(stage),
        _profile(stage),
        _splits(stage),
        *_checks(stage),
        *suspicions.build(use_case),
    ]


def _raw(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    data = use_case.data
    source, columns = data.source, data.columns
    reader = sources.reader_name(source)

    @stage.asset(
        "raw",
        description=f"{source.title or source.path} as it is in the file, one row per line. "
        "Its data version is the hash of the file's bytes.",
        kinds={"pandas", "parquet", "file"},
        code=(sources, plugins.module_name("reader", reader)),
        reads=(source, columns, data.extra_columns, data.ignored),
        deps=[stage.key(arrivals.SOURCE)],
    )
    def raw(workspace: Workspace) -> dg.MaterializeResult[pd.DataFrame]:
        path = workspace.layout.root / source.path
        read = sources.read_file(path, source, columns, extra_columns=data.extra_columns, optional=data.ignored)
        shown = {
            **metadata.table(read.frame, columns),
            "source/path": dg.MetadataValue.path(str(path)),
            "source/bytes": read.size,
            "source/sha256": read.sha256,
            "source/licence": source.licence or "not declared",
        }
        tags = {keys.input_tag(stage.key(arrivals.SOURCE)): read.sha256}
        return made(read.frame, shown, version=read.sha256, tags=tags)

    return raw


def _validated(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    data, target = use_case.data, use_case.task.target
    descriptions = {
        "validated": "Rows that satisfy every rule of severity error, typed as declared.",
        "quarantine": "Complete rows that break a rule of severity error, with the rules they break.",
        "validation_report": "How often each rule was broken, with first examples, and how the rows reconcile.",
    }

    @stage.multi_asset(
        descriptions,
        kinds={"pandera", "pandas"},
        # The data version of `raw` is that of the bytes, so everything that decides how they are parsed counts here.
        code=(validation, sources, plugins.module_name("reader", sources.reader_name(data.source))),
        reads=(data.columns, data.rules, data.source.dialect, data.ignored, target),
        ins=stage.ins("raw"),
    )
    def validate(raw: pd.DataFrame) -> Iterator[dg.MaterializeResult]:
        found: Validation = validation.validate(raw, data, target=target)
        report = found.report()
        counts = {"rows/raw": found.rows_in, "rows/valid": len(found.valid), "rows/quarantined": len(found.quarantined)}
        values: dict[str, tuple[Any, dict[str, Any]]] = {
            "validated": (found.valid, metadata.table(found.valid, data.columns, data.rules)),
            "quarantine": (found.quarantined, metadata.table(found.quarantined, data.columns)),
            "validation_report": (report, {"findings": _findings(report)}),
        }
        for asset, (value, shown) in values.items():
            yield made(value, {**shown, **counts}, asset_key=stage.key(asset))

    return validate


def _findings(report: ValidationReport) -> dg.MetadataValue:
    rows = [(found.rule, str(found.severity), found.count, ", ".join(found.examples)) for found in report.findings]
    table = markdown_table(("rule", "severity", "rows", "first examples"), rows)
    return dg.MetadataValue.md(table if rows else "Every row satisfies every rule.")


def _profile(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case

    @stage.asset(
        "profile",
        description="What each column holds: missing, distinct, range and distribution, with an HTML report.",
        kinds={"pandas", "html"},
        code=(profiles,),
        reads=(use_case.data.columns, use_case.task),
        ins=stage.ins("validated"),
    )
    def profile(
        context: dg.AssetExecutionContext, workspace: Workspace, mlflow: MlflowResource, validated: pd.DataFrame
    ) -> dg.MaterializeResult[profiles.Profile]:
        record = profiles.build_profile(validated, use_case.data, use_case.task)
        html = profiles.render_profile(record, use_case.data, f"{use_case.name}: profile")
        path = tables.write_text(workspace.layout.report(use_case.name, "profile.html"), html)
        shown = {
            **metadata.file(path),
            **mlflow.log_reports(context, use_case.name, path),
            "rows": len(validated),
            "columns": len(record.columns),
        }
        return made(record, shown)

    return profile


def _splits(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    config, task = use_case.data.splits, use_case.task

    @stage.asset(
        "splits",
        description=f"Which split each valid row belongs to, {config.method}: train, calibration, test, and replay, "
        "held back for replay.",
        kinds={"pandas", "parquet"},
        code=(splitting,),
        reads=(config.model_dump(mode="json", exclude={"minimum_positives"}), task),
        ins=stage.ins(validated=stage.rows("validated", (task.target, config.column))),
    )
    def splits(validated: pd.DataFrame) -> dg.MaterializeResult[pd.DataFrame]:
        assigned = splitting.assign_splits(validated, config, task)
        counts = assigned[SPLIT].value_counts()
        shown = {**metadata.table(assigned), **{f"rows/{name}": int(counts.get(name, 0)) for name in SPLITS}}
        return made(assigned, shown)

    return splits


def _checks(stage: Stage) -> list[dg.AssetChecksDefinition]:
    use_case = stage.use_case
    report_in = stage.ins(report="validation_report")

    @stage.check(
        "validated",
        "schema",
        description="Few enough rows are quarantined, enough rows remain, and the target has both classes.",
        code=(validation,),
        reads=(use_case.data.minimum_rows, use_case.data.quarantine, use_case.task),
        blocking=True,
        additional_ins=report_in,
    )
    def schema(report: ValidationReport) -> Verdict:
        return validation.judge_validation(report, use_case.data, use_case.task)

    @stage.check(
        "validated",
        "warnings",
        description="No undocumented code, no broken rule of severity warning, no constant or empty column.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(findings,),
        additional_ins=report_in,
    )
    def warnings(report: ValidationReport) -> Verdict:
        return findings.judge_warnings(report)

    @stage.check(
        "splits",
        "no_overlap",
        description="Every valid row is in exactly one split, no group is in two splits, and time order is kept.",
        code=(splitting,),
        blocking=True,
        additional_ins=stage.ins(validated=stage.rows("validated", (use_case.data.splits.column,))),
    )
    def no_overlap(splits: pd.DataFrame, validated: pd.DataFrame) -> Verdict:
        return splitting.judge_splits(validated, splits, use_case.data.splits)

    return [schema, warnings, no_overlap]

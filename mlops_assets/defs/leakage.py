"""Asset of the data stage that a validator asks for first: columns of the training rows that know the outcome."""

import dagster as dg
import pandas as pd

from mlops_assets.data import leakage as leaking
from mlops_assets.data import splits as splitting
from mlops_assets.data.leakage import LeakageReport
from mlops_assets.data.target import binary_target
from mlops_assets.defs.stage import Stage, made
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Verdict


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the report and its check."""
    stage = Stage(use_case, "data")
    return [_leakage_report(stage), _no_leakage(stage)]


def _leakage_report(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    columns, task, config = use_case.model_columns, use_case.task, use_case.data.splits

    @stage.asset(
        "leakage_report",
        description="Columns that nearly are the target on the training rows, told by their values.",
        kinds={"numpy", "json"},
        code=(leaking, splitting),
        reads=(columns, task, config.grouping),
        ins=stage.ins(train=stage.rows("validated", (*columns, task.target, config.grouping), split="train")),
    )
    def leakage_report(context: dg.AssetExecutionContext, train: pd.DataFrame) -> dg.MaterializeResult[LeakageReport]:
        groups = splitting.groups_of(train, config)
        report = leaking.find_leaks(train, binary_target(train, task).to_numpy(), columns, groups)
        shown = {"columns": report.columns, "rows": report.rows, "findings": _leaks(report)}
        return made(report, shown)

    return leakage_report


def _leaks(report: LeakageReport) -> dg.MetadataValue:
    lines = [f"- {leak.sentence}" for leak in report.findings]
    return dg.MetadataValue.md("\n".join(lines) or "No column nearly is the target.")


def _no_leakage(stage: Stage) -> dg.AssetChecksDefinition:
    @stage.check(
        "leakage_report",
        "no_leakage",
        description="No column that a model may see nearly is the target.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(leaking,),
    )
    def no_leakage(leakage_report: LeakageReport) -> Verdict:
        return leaking.judge_leakage(leakage_report)

    return no_leakage

"""What a validator asks about the data first: columns that leak the outcome, and enough rows of both classes."""

import dagster as dg
import pandas as pd

from mlops_assets.data import leakage as leaking
from mlops_assets.data import positives as counting
from mlops_assets.data import splits as splitting
from mlops_assets.data.leakage import LeakageReport
from mlops_assets.data.positives import ClassCount
from mlops_assets.data.target import binary_target
from mlops_assets.defs.stage import Stage, made
from mlops_assets.use_case.model import Task, UseCase
from mlops_assets.verdicts import Verdict


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the report of leaks with its check, and the checks of the splits by class."""
    stage = Stage(use_case, "data")
    return [_leakage_report(stage), _no_leakage(stage), *_enough_of_both(stage)]


def _leakage_report(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    columns, task, config = use_case.model_columns, use_case.task, use_case.data.splits

    @stage.asset(
        "leakage_report",
        description="Columns that are nearly the target on the training rows, found by their values.",
        kinds={"numpy", "json"},
        code=(leaking, splitting),
        reads=(columns, task, config.grouping),
        ins=stage.ins(train=stage.rows("validated", (*columns, task.target, config.grouping), split="train")),
    )
    def leakage_report(train: pd.DataFrame) -> dg.MaterializeResult[LeakageReport]:
        groups = splitting.groups_of(train, config)
        report = leaking.find_leaks(train, binary_target(train, task).to_numpy(), columns, groups)
        leaks = "\n".join(f"- {leak.sentence}" for leak in report.findings) or "No column is nearly the target."
        shown = {"columns": report.columns, "rows": report.rows, "findings": dg.MetadataValue.md(leaks)}
        return made(report, shown)

    return leakage_report


def _no_leakage(stage: Stage) -> dg.AssetChecksDefinition:
    return stage.check(
        "leakage_report",
        "no_leakage",
        description="No column that a model may see is nearly the target.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(leaking,),
    )(leaking.judge_leakage)


def _enough_of_both(stage: Stage) -> list[dg.AssetChecksDefinition]:
    use_case, task = stage.use_case, stage.use_case.task
    minimum, folds = use_case.data.splits.minimum_positives, use_case.training.search.folds
    also = stage.ins(validated=stage.rows("validated", (task.target,)))

    @stage.check(
        "splits",
        "learnable",
        description=f"At least {max(minimum, folds)} training rows of each class; without them nothing is trained.",
        code=(counting,),
        reads=(minimum, folds, task),
        blocking=True,
        additional_ins=also,
    )
    def learnable(splits: pd.DataFrame, validated: pd.DataFrame) -> Verdict:
        return counting.judge_learnable(_counts(splits, validated, task), minimum, folds)

    @stage.check(
        "splits",
        "enough_positives",
        description=f"At least {counting.ENOUGH} test rows of each class, so that intervals are narrow.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(counting,),
        reads=(task,),
        additional_ins=also,
    )
    def enough_positives(splits: pd.DataFrame, validated: pd.DataFrame) -> Verdict:
        return counting.judge_positives(_counts(splits, validated, task))

    return [learnable, enough_positives]


def _counts(splits: pd.DataFrame, validated: pd.DataFrame, task: Task) -> dict[str, ClassCount]:
    return counting.count_classes(splits, binary_target(validated, task).to_numpy())

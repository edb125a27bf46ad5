"""Checks of the splits: rows enough of both classes, to learn from and to judge by."""

import dagster as dg
import pandas as pd

from mlops_assets.data import positives as counting
from mlops_assets.data.positives import ClassCount
from mlops_assets.data.target import binary_target
from mlops_assets.defs.stage import Stage
from mlops_assets.use_case.model import Task, UseCase
from mlops_assets.verdicts import Verdict


def build(use_case: UseCase) -> list[dg.AssetChecksDefinition]:
    """Return the checks."""
    stage, task = Stage(use_case, "data"), use_case.task
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

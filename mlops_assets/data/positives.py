"""Positives: whether the rarer class of a target has enough rows to learn from and to evaluate a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_assets.data.frames import SPLIT, SPLITS
from mlops_assets.errors import listing
from mlops_assets.formatting import number_text
from mlops_assets.verdicts import Outcome, Verdict, judge, limit_words

LEAST_ROWS = 50
"""Fewest training rows, of both classes together, that anything is learned from."""
ENOUGH = 100
"""Test rows of the rarer class from which metrics are precise enough for most purposes (Collins, Ogundimu and Altman,
Statistics in Medicine 35, 2016: at least 100 events for the external validation of a prognostic model)."""


@dataclass(frozen=True)
class ClassCount:
    """Rows of one split.

    Attributes:
        positives, negatives: its rows by class.
    """

    positives: int
    negatives: int

    @property
    def rarer(self) -> int:
        """Rows of the rarer class."""
        return min(self.positives, self.negatives)

    def __str__(self) -> str:
        """Return the counts in words."""
        return f"{number_text(self.positives)} positive and {number_text(self.negatives)} negative"


def count_classes(splits_frame: pd.DataFrame, positive: np.ndarray) -> dict[str, ClassCount]:
    """Return the rows of each class in each split; `positive` (0 or 1) is in the order of the rows of the splits."""
    chosen = {name: np.asarray(positive)[splits_frame[SPLIT].to_numpy() == name] for name in SPLITS}
    return {name: ClassCount(int(y.sum()), int(len(y) - y.sum())) for name, y in chosen.items()}


def judge_learnable(counts: Mapping[str, ClassCount], minimum: int, folds: int) -> Verdict:
    """Check whether there are enough training rows to learn from: in total, of the rarer class, and in each fold."""
    found, needed = counts["train"], max(minimum, folds)
    asked = "training.search.folds" if folds > minimum else "data.splits.minimum_positives"
    words = f"{limit_words(needed, None)} of each class ({asked}), and {LEAST_ROWS} in all"
    verdict = judge("learnable", found.rarer, at_least=needed)
    if verdict.outcome is Outcome.PASSED and found.positives + found.negatives >= LEAST_ROWS:
        return replace(verdict, reason=f"there are {found} training rows; {words}")
    fix = "get more rows, or give train a larger share in data.splits.shares"
    reason = f"there are {found} training rows, too few to learn from; required: {words}: {fix}"
    return replace(verdict, outcome=Outcome.FAILED, reason=reason)


def judge_positives(counts: Mapping[str, ClassCount]) -> Verdict:
    """Check whether there are enough test rows of the rarer class for metrics that separate good from fair models."""
    verdict = judge("enough_positives", counts["test"].rarer, at_least=ENOUGH)
    text = listing((f"{name} {counts[name]}" for name in SPLITS), len(SPLITS))
    if verdict.outcome is Outcome.PASSED:
        return replace(verdict, reason=text)
    reason = f"fewer than {ENOUGH} test rows of a class: intervals are wide, and gates may stay uncertain ({text})"
    return replace(verdict, reason=reason)

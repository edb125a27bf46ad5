"""Trials: the records that a search leaves behind."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from mlops_assets.use_case.training import Scalar


class TrialState(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Attributes:
        number: position in the search, from 0; the first trial of each family is its default.
        family: model family.
        params: all parameters, the fixed ones among them.
        state: how it ended.
        value: mean of the folds; None unless complete.
        folds: scores of the folds that were fitted, in order.
        error: what a failed trial raised.
        seconds: wall time. It is the one field that differs between two equal searches.
    """

    number: int
    family: str
    params: dict[str, Scalar]
    state: TrialState
    value: float | None
    folds: tuple[float, ...]
    error: str | None
    seconds: float


@dataclass(frozen=True)
class SearchResult:
    """The winner of a search and everything that was tried.

    Attributes:
        family, params: the winner; `params` holds all parameters, the fixed ones among them.
        value: its mean over the folds.
        number: which trial it is.
        metric, higher_is_better: what was optimised.
        trials: all trials in order; interrupted ones are not among them.
        folds, rows, seed: of the cross-validation.
        study_name: name of the study in the journal.
    """

    family: str
    params: dict[str, Scalar]
    value: float
    number: int
    metric: str
    higher_is_better: bool
    trials: tuple[TrialRecord, ...]
    folds: int
    rows: int
    seed: int
    study_name: str

    @property
    def digest(self) -> str:
        """SHA-256 of the result without the wall times: equal searches have equal digests."""
        told = asdict(self)
        for trial in told["trials"]:
            del trial["seconds"]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

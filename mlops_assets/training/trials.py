"""Trials: the records that a search leaves behind."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from mlops_assets.formatting import number_text
from mlops_assets.plugins.declarations import Scalar
from mlops_assets.training.cutting import WORDS


class TrialState(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Attributes:
        number: position in the result, from 0. Trial 0 is the baseline; the defaults of the other families follow.
        family: model family.
        params: all parameters, the fixed ones among them.
        state: how it ended.
        value: mean of the folds; None unless complete.
        folds: scores of the folds that were fitted, in order.
        error: what a failed trial raised.
        seconds: wall time. It is the one field that differs between two equal searches.
        features: feature set: `raw`, `derived` (raw and derived) or `selected`.
        standard_error: of the value, over the held rows; None unless complete, and where it cannot be had.
        gain: how much better than the baseline on the same held rows, above 0 where better; None unless complete.
        gain_error: paired standard error of the gain; None for the baseline itself and where there is no gain.
    """

    number: int
    family: str
    params: dict[str, Scalar]
    state: TrialState
    value: float | None
    folds: tuple[float, ...]
    error: str | None
    seconds: float
    features: str = "raw"
    standard_error: float | None = None
    gain: float | None = None
    gain_error: float | None = None


@dataclass(frozen=True)
class SearchResult:
    """The choice of a search and everything that was tried.

    Attributes:
        family, params: the choice; `params` holds all parameters, the fixed ones among them.
        value: its mean over the folds.
        number: which trial it is; 0 where no trial was better than the baseline by more than one standard error.
        metric, higher_is_better: what was optimised.
        trials: all trials; the baseline first; interrupted ones are not among them.
        folds, rows, seed: of the cross-validation.
        features: feature set of the choice.
        low, high: 95 % interval of `value`, over the held rows, no wider than the range of the metric.
        gain, gain_error: how much better it is than the baseline, and the paired standard error of that.
        candidates: how many of the trials are defaults of a family on the plainest features, the baseline among them.
        method: how the folds were cut, as `data.splits.method`.
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
    features: str = "raw"
    low: float | None = None
    high: float | None = None
    gain: float = 0.0
    gain_error: float | None = None
    candidates: int = 1
    method: str = "stratified"

    @property
    def baseline(self) -> TrialRecord:
        """The baseline: the best family at its defaults on the plainest features, or the declared one."""
        return self.trials[0]

    @property
    def keeps_baseline(self) -> bool:
        """Whether nothing that was tried was better than the baseline by more than one standard error."""
        return self.number == 0

    @property
    def meaning(self) -> str:
        """What the cross-validated value is, in one sentence."""
        made = f"mean {self.metric} over {self.folds} folds ({WORDS[self.method]}) of {number_text(self.rows)} rows"
        fitted = "of the training split, with encoders and selection fitted inside each fold"
        tried = f"the choice among {len(self.trials)} trials, which makes it optimistic"
        return f"{made} {fitted}; {tried}; its interval reflects the held-out rows only"

    @property
    def reason(self) -> str:
        """Why this trial was chosen, in one sentence."""
        baseline = f"the baseline ({self.baseline.family} at its defaults on {self.baseline.features} features)"
        if self.keeps_baseline:
            return f"{baseline} was kept: no trial was better by more than one standard error of its paired gain"
        return (
            f"trial {self.number} was better than {baseline} by {number_text(self.gain)} in cross-validation, more "
            f"than the standard error of that gain, {number_text(self.gain_error)}"
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the result without the wall times: equal searches have equal digests."""
        facts = asdict(self)
        for trial in facts["trials"]:
            del trial["seconds"]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

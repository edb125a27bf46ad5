"""Trials: the records of a search, which of them is the baseline, and which one the search chooses.

The baseline stays the choice unless another trial is better by more than one standard error. That is the rule of one
standard error (Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3), here
with the standard error of the paired difference: both were evaluated on the same held-out rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.formatting import number_text
from mlops_assets.plugins.declarations import Scalar
from mlops_assets.statistics.resampling import standard_error
from mlops_assets.training.cutting import WORDS

if TYPE_CHECKING:
    from mlops_assets.training.folds import FoldScore


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
        standard_error: of the value, over the held-out rows; None unless complete, and where it is undefined.
        gain: how much better than the baseline on the same held-out rows, above 0 where better; None unless complete.
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
        low, high: 95 % interval of `value`, over the held-out rows, no wider than the range of the metric.
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
        """What the cross-validated metric means, in one sentence."""
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


@dataclass(frozen=True)
class Ended:
    """A trial that was not interrupted, as the journal holds it; the fields are those of `TrialRecord`."""

    family: str
    features: str
    params: dict[str, Scalar]
    state: TrialState
    scores: tuple[FoldScore, ...]
    error: str | None
    seconds: float

    @property
    def value(self) -> float | None:
        """Mean of the folds, None unless complete."""
        return float(np.mean([score.value for score in self.scores])) if self.state == TrialState.COMPLETE else None


def find_baseline(candidates: Sequence[Ended], declared: str, *, higher_is_better: bool) -> int | None:
    """Return the place of the baseline: the declared family, or with `auto` the best value, of equal ones the first.

    None where the declared family failed, or all did.
    """
    sign = 1 if higher_is_better else -1
    places = [
        place
        for place, trial in enumerate(candidates)
        if trial.value is not None and declared in ("auto", trial.family)
    ]
    return max(places, key=lambda place: sign * (candidates[place].value or 0.0), default=None)


def build_records(ended: Sequence[Ended], baseline: int, *, higher_is_better: bool) -> tuple[TrialRecord, ...]:
    """Return the records of all trials, the baseline first, each with its gain over the baseline."""
    first = ended[baseline]
    ordered = (first, *(trial for place, trial in enumerate(ended) if place != baseline))
    sign = 1 if higher_is_better else -1
    return tuple(_record(number, trial, first, sign) for number, trial in enumerate(ordered))


def choose(trials: Sequence[TrialRecord], *, higher_is_better: bool) -> TrialRecord:
    """Return the best trial among those whose gain exceeds its standard error; trial 0 where there is none."""
    sign = 1 if higher_is_better else -1
    better = [
        trial
        for trial in trials[1:]
        if trial.gain is not None and trial.gain_error is not None and trial.gain > trial.gain_error
    ]
    return max(better, key=lambda trial: sign * (trial.value or 0.0), default=trials[0])


def _record(number: int, trial: Ended, baseline: Ended, sign: int) -> TrialRecord:
    value, base = trial.value, baseline.value
    is_paired = value is not None and number > 0
    pairs = zip(trial.scores, baseline.scores, strict=is_paired)
    differences = [np.subtract(one.replicates, other.replicates) for one, other in pairs]
    return TrialRecord(
        number=number,
        family=trial.family,
        features=trial.features,
        params=trial.params,
        state=trial.state,
        value=value,
        folds=tuple(score.value for score in trial.scores),
        standard_error=None if value is None else _error([np.array(score.replicates) for score in trial.scores]),
        gain=None if value is None or base is None else sign * (value - base),
        gain_error=_error(differences) if is_paired else None,
        error=trial.error,
        seconds=trial.seconds,
    )


def _error(replicates: Sequence[np.ndarray]) -> float | None:
    """Return the standard error of a mean over folds from the jackknife of each; each held-out row is in one fold."""
    errors = [standard_error(each) for each in replicates]
    if any(error is None for error in errors):
        return None
    return float(np.sqrt(sum(error**2 for error in errors if error is not None)) / len(errors))

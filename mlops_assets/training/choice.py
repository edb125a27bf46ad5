"""Choice: which trial is the baseline, how much better the others are, and which one a search chooses.

The baseline stays the choice unless another trial is better by more than one standard error. That is the rule of one
standard error (Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3), here
with the standard error of the paired difference: both were judged on the same held rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops_assets.plugins.declarations import Scalar
from mlops_assets.statistics.jackknife import standard_error
from mlops_assets.training.folds import FoldScore
from mlops_assets.training.trials import TrialRecord, TrialState


@dataclass(frozen=True)
class Ended:
    """A trial that ended by itself, as the journal holds it; the fields are those of `TrialRecord`."""

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
        gain_error=_error(_differences(trial.scores, baseline.scores)) if is_paired else None,
        error=trial.error,
        seconds=trial.seconds,
    )


def _differences(scores: Sequence[FoldScore], others: Sequence[FoldScore]) -> list[np.ndarray]:
    return [np.subtract(one.replicates, other.replicates) for one, other in zip(scores, others, strict=True)]


def _error(replicates: Sequence[np.ndarray]) -> float | None:
    """Return the standard error of a mean over folds from the jackknife of each; held rows are in one fold only."""
    errors = [standard_error(each) for each in replicates]
    if any(error is None for error in errors):
        return None
    return float(np.sqrt(sum(error**2 for error in errors if error is not None)) / len(errors))

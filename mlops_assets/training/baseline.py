"""Baseline: the plain model that the served one is compared with, and what each step beyond it is worth.

The search chooses the baseline, by cross-validation: its trial 0. Here it is fitted on the whole training split and
scored on rows it never saw, and so is the same family with further features: the ablation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError, listing
from mlops_assets.statistics.ranking import Floats, Labels
from mlops_assets.statistics.resampling import aucs, interval
from mlops_assets.training.fitting import as_labels, fit_estimator, score_rows
from mlops_assets.verdicts import MetricValue, Outcome, Verdict, judge

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.training.evaluation import EvaluationReport
    from mlops_assets.training.trials import SearchResult
    from mlops_assets.use_case.training import Evaluation

_STEPS = {"raw": "raw inputs", "derived": "+ features", "selected": "+ selection"}
SEARCHED = "+ search"
"""Name of the last step: the served model."""


@dataclass(frozen=True)
class AblationStep:
    """One row of the ablation, on the test split.

    Attributes:
        name: what this step adds to the row before it.
        family: model family; of all steps but the last the baseline's, at its defaults.
        features: feature set: `raw`, `derived` or `selected`.
        width: number of features.
        auc: AUC on the test rows.
        gain: AUC minus that of the row before, on the same resamples; None for the first row.
        over_baseline: AUC minus that of the first row; None for the first row.
    """

    name: str
    family: str
    features: str
    width: int
    auc: MetricValue
    gain: MetricValue | None
    over_baseline: MetricValue | None


@dataclass(frozen=True)
class Comparison:
    """The baseline of an evaluation, and the ablation.

    Attributes:
        family, features, width: the baseline: family at its defaults, feature set, number of features.
        is_served: whether the baseline is the served model itself; what is gained over it is then 0 by construction.
        reason: why the search chose what is served.
        ablation: raw inputs, + features, + selection, + search; steps that the YAML does not declare are left out.
    """

    family: str
    features: str
    width: int
    is_served: bool
    reason: str
    ablation: tuple[AblationStep, ...]


def set_of(sets: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """Return the features of a feature set; raise DataError where a pipeline has no such set."""
    if name not in sets:
        raise DataError(
            f"the search chose features that the pipeline does not have: {name!r}",
            where="feature_pipeline",
            expected=listing(sets),
            got=repr(name),
            fix="materialize tuning and what depends on it again",
        )
    return sets[name]


def compare(
    train: tuple[pd.DataFrame, pd.Series],
    test: tuple[pd.DataFrame, pd.Series],
    p: Floats,
    *,
    result: SearchResult,
    sets: Mapping[str, tuple[str, ...]],
    evaluation: Evaluation,
    groups: npt.NDArray[np.int64] | None = None,
) -> tuple[Floats, Comparison]:
    """Fit the baseline and the steps between it and the served model; return the baseline's probabilities and both.

    The baseline's probabilities are its own, without calibration, except where it is the served model: then they are
    `p`, and nothing is gained or lost.

    Args:
        train: all features of the training split, shape (rows, features), and its outcomes.
        test: the same of the test split.
        p: probabilities of the served model on the test rows, shape (rows,).
        result: the search.
        sets: names of features by feature set, of the pipeline that made the features.
        evaluation: resamples, confidence and seed of the intervals.
        groups: group of each test row as a number from 0 without gaps, where rows belong together.

    Raises:
        DataError: a feature set is not there.
    """
    baseline = result.baseline
    width = len(set_of(sets, baseline.features))
    names = list(sets)[list(sets).index(baseline.features) :]
    scored = {
        name: p if result.keeps_baseline and name == baseline.features else _scores(train, test[0], sets, name, result)
        for name in names
    }
    steps = [(_STEPS.get(name, f"+ {name}"), baseline.family, name) for name in names]
    steps.append((SEARCHED, result.family, result.features))
    probabilities = [*scored.values(), p]
    metrics = _metrics(as_labels(test[1], "the rows to evaluate"), probabilities, evaluation, groups)
    ablation = tuple(
        AblationStep(name, family, features, len(set_of(sets, features)), *found)
        for (name, family, features), found in zip(steps, metrics, strict=True)
    )
    about = Comparison(baseline.family, baseline.features, width, result.keeps_baseline, result.reason, ablation)
    return scored[baseline.features], about


def judge_baseline(report: EvaluationReport, margin: float) -> Verdict:
    """Judge that the served model is not worse than the baseline: the whole interval of the gain is above -margin.

    That is a test of non-inferiority (Piaggio et al., JAMA 308(24), 2012): a model that is no better may be served,
    one that may be worse by more than the margin does not pass.
    """
    gain = report.metrics["auc_gain"]
    name = "AUC gain over the baseline"
    if report.comparison is not None and report.comparison.is_served:
        why = "the served model is the baseline itself, so the gain is 0 by construction"
        reason = f"{why}: {report.comparison.reason}"
        return Verdict(name, Outcome.PASSED, reason, gain.value, gain.low, gain.high, -margin)
    return judge(name, gain, at_least=-margin)


def _scores(
    train: tuple[pd.DataFrame, pd.Series],
    test_X: pd.DataFrame,
    sets: Mapping[str, tuple[str, ...]],
    features: str,
    result: SearchResult,
) -> Floats:
    """Return the probabilities of the baseline's family, at the baseline's parameters, on another feature set."""
    names = list(set_of(sets, features))
    family, params = result.baseline.family, result.baseline.params
    outcome = as_labels(train[1], "the training split")
    estimator = fit_estimator(train[0][names], outcome, family=family, params=params, seed=result.seed)
    return score_rows(estimator, test_X[names])


def _metrics(
    y: Labels, scored: list[Floats], evaluation: Evaluation, groups: npt.NDArray[np.int64] | None
) -> list[tuple[MetricValue, MetricValue | None, MetricValue | None]]:
    """Return AUC, gain over the one before and gain over the first of each, all on the same resamples."""
    found = aucs(scored, y, resamples=evaluation.bootstrap, seed=evaluation.seed, groups=groups)

    def metric(draws: Floats) -> MetricValue:
        return interval(draws[0], draws[1:], evaluation.confidence)

    gains = [(metric(own - before), metric(own - found[0])) for before, own in pairwise(found)]
    return [(metric(own), *gain) for own, gain in zip(found, [(None, None), *gains], strict=True)]

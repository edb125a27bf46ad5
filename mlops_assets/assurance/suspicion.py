"""Suspicion: metrics that are too good to be true, compared with what data without a leak rarely give.

Neither proves a leak. They are what a validator asks about first, so they are always reported.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlops_assets.formatting import estimate_text, percent_text
from mlops_assets.verdicts import MetricValue, Outcome, Verdict, limit_words

TOO_GOOD = 0.99
"""Area under the ROC curve of a test above which a model is suspected to know the outcome."""
SURELY_GOOD = 0.95
"""Lower end of its interval from which few test rows do not explain it."""
DOMINANT = 0.8
"""Share of the whole importance above which one column dominates the model."""
_ADVICE = "look for a column that is known only after the outcome, and for rows that are in both training and test"


def judge_performance(test_auc: MetricValue) -> Verdict:
    """Check whether a model ranks the test rows better than data without a leak allow.

    Above the limit it fails; where the interval reaches far below, few test rows may explain it, and it is uncertain.
    """
    name, value, words = "not_too_good", test_auc.value, limit_words(None, TOO_GOOD)
    if value is None:
        reason = "the test AUC could not be measured"
        return Verdict(name, Outcome.NOT_APPLICABLE, reason, limit=TOO_GOOD, limits=words)
    text = f"the test AUC is {estimate_text(value, test_auc.low, test_auc.high)}"
    if value <= TOO_GOOD:
        outcome, reason = Outcome.PASSED, text
    elif test_auc.low is not None and test_auc.low > SURELY_GOOD:
        outcome, reason = Outcome.FAILED, f"{text}: {_ADVICE}"
    else:
        outcome, reason = Outcome.UNCERTAIN, f"{text}, which few test rows may explain; else {_ADVICE}"
    return Verdict(name, outcome, reason, value, test_auc.low, test_auc.high, TOO_GOOD, limits=words)


def judge_dominance(importance: Mapping[str, float]) -> Verdict:
    """Check whether one raw column dominates the model.

    Args:
        importance: mean absolute SHAP value by raw column, all features that are made of it folded together.
    """
    name, total, words = "no_dominant_column", sum(importance.values()), limit_words(None, DOMINANT)
    if len(importance) < 2 or total <= 0:
        reason = "the model sees a single column" if len(importance) == 1 else "no column moves the score"
        return Verdict(name, Outcome.NOT_APPLICABLE, reason, limit=DOMINANT, limits=words)
    column = max(importance, key=lambda key: importance[key])
    share = importance[column] / total
    text = f"{column!r} carries {percent_text(share)} of the importance, the most of {len(importance)} columns"
    if share <= DOMINANT:
        return Verdict(name, Outcome.PASSED, text, share, limit=DOMINANT, limits=words)
    reason = f"{text}: check that it is known before the outcome"
    return Verdict(name, Outcome.FAILED, reason, share, limit=DOMINANT, limits=words)

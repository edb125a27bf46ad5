"""Utility: does a model that has only seen synthetic rows work on real ones, and is the table worth its synthesizer?

Train on synthetic, test on real (TSTR), beside train on real, test on real (TRTR), after Esteban, Hyland and Rätsch,
"Real-valued (medical) time series generation with recurrent conditional GANs", arXiv:1706.02633, 2017; and beside the
trivial table, whose columns are drawn independently of each other within each class of the target. All three models
are the same gradient boosting with the same seed on the plain columns, so that only the rows differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_assets.statistics.ranking import Floats, Labels
from mlops_assets.statistics.resampling import aucs, interval
from mlops_assets.verdicts import MetricValue

RESAMPLES = 500
COVERAGE = 0.95

Table = tuple[Floats, Labels]
"""A matrix of shape (rows, columns), NaN for missing, and a target of 0 and 1, shape (rows,)."""

_NOTHING = MetricValue(None)


@dataclass(frozen=True)
class Utility:
    """What a model learns from synthetic rows. Intervals are 95 % percentile bootstraps over the test rows.

    Attributes:
        tstr_auc: AUC on real test rows of the model that was trained on synthetic rows.
        trtr_auc: the same of the model that was trained on real rows.
        tstr_ratio: the first over the second, resampled together.
        trivial_auc: AUC of the model that was trained on the trivial table: real values, columns independent of each
            other within each class.
        tstr_gain: `tstr_auc` minus `trivial_auc`, resampled together; below 0 the synthesizer costs utility.
        missing: why a metric is missing or says nothing; empty where all are there.
    """

    tstr_auc: MetricValue = _NOTHING
    trtr_auc: MetricValue = _NOTHING
    tstr_ratio: MetricValue = _NOTHING
    trivial_auc: MetricValue = _NOTHING
    tstr_gain: MetricValue = _NOTHING
    missing: str = ""


def measure_utility(synthetic: Table, real: Table, test: Table, seed: int) -> Utility:
    """Train on each table and test all models on the same real rows.

    Args:
        synthetic: synthetic rows.
        real: real training rows; as many trivial rows as synthetic ones are drawn from them.
        test: real rows that neither the synthesizer nor a model saw.
        seed: of the models, of the trivial table and of the resampling of test rows.
    """
    tables = {"synthetic": synthetic, "real training": real, "real test": test}
    lone = [name for name, (_, target) in tables.items() if len(np.unique(target)) < 2]
    if synthetic[0].shape[1] == 0:
        return Utility(missing="no column but the target was synthesized")
    if "real test" in lone:
        return Utility(missing="the real test rows hold one class of the target only")
    known = {name: table for name, table in tables.items() if name not in lone and name != "real test"}
    if "real training" in known:
        known["trivial"] = trivial_table(real, len(synthetic[1]), seed)
    scores = [_scores(table, test[0], seed) for table in known.values()]
    draws = dict(zip(known, aucs(scores, test[1], resamples=RESAMPLES, seed=seed), strict=True)) if known else {}
    nothing = np.full(RESAMPLES + 1, np.nan)
    ours, theirs, trivial = (draws.get(name, nothing) for name in ("synthetic", "real training", "trivial"))
    trtr, ratio = metric_of(theirs), metric_of(ours / theirs)
    why = f"the {lone[0]} rows hold one class of the target only" if lone else ""
    if not why and trtr.low is not None and trtr.low <= 0.5:
        why = "a model trained on real rows is no better than chance, so the ratio is meaningless"
        ratio = MetricValue(None)
    return Utility(metric_of(ours), trtr, ratio, metric_of(trivial), metric_of(ours - trivial), why)


def trivial_table(real: Table, rows: int, seed: int) -> Table:
    """Return a table that keeps each column's distribution within each class of the target, and no other relation."""
    rng = np.random.default_rng(seed)
    target = np.sort(rng.choice(real[1], size=rows))
    drawn = np.empty((rows, real[0].shape[1]))
    for label in (0, 1):
        source, wanted = real[0][real[1] == label], target == label
        for place in range(drawn.shape[1]):
            drawn[wanted, place] = rng.choice(source[:, place], size=int(wanted.sum()))
    return drawn, target


def _scores(table: Table, test: Floats, seed: int) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    # OpenMP threads wait by spinning: on a busy machine two of them take ten times as long as one.
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=seed).fit(*table)
        scores: Floats = model.predict_proba(test)[:, 1]
    return scores


def metric_of(draws: Floats) -> MetricValue:
    """Return the first of `draws`, the metric on the rows themselves, with the 95 % interval of the others."""
    return interval(float(draws[0]), draws[1:], COVERAGE)

"""Usefulness: does a model that has only seen synthetic rows work on real ones?

Train on synthetic, test on real (TSTR), beside train on real, test on real (TRTR), after Esteban, Hyland and Rätsch,
"Real-valued (medical) time series generation with recurrent conditional GANs", arXiv:1706.02633, 2017. Both models are
the same gradient boosting with the same seed on the plain columns, so the ratio is about the rows and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_assets.verdicts import Figure

RESAMPLES = 500
COVERAGE = 0.95


@dataclass(frozen=True)
class Usefulness:
    """What a model learns from synthetic rows.

    Attributes:
        tstr_auc: AUC on real test rows of the model that was trained on synthetic rows, with its interval.
        trtr_auc: the same of the model that was trained on real rows.
        tstr_ratio: the first over the second, resampled together.
        missing: why a figure is missing or says nothing; empty where all are there.
    """

    tstr_auc: Figure
    trtr_auc: Figure
    tstr_ratio: Figure
    missing: str = ""


def measure_usefulness(
    synthetic: tuple[np.ndarray, np.ndarray],
    real: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    seed: int,
) -> Usefulness:
    """Train on either table and test both models on the same real rows.

    Args:
        synthetic: a matrix of shape (rows, columns), NaN for missing, and a target of 0 and 1, shape (rows,).
        real: the same of real training rows.
        test: the same of real test rows.
        seed: of the models and of the resampling of test rows behind the 95 % percentile intervals.
    """
    tables = {"synthetic": synthetic, "real training": real, "real test": test}
    lone = [name for name, (_, target) in tables.items() if len(np.unique(target)) < 2]
    if synthetic[0].shape[1] == 0:
        return _nothing("no column but the target was synthesized")
    if "real test" in lone:
        return _nothing("the real test rows hold one class of the target only")
    points, weights = test[1].astype(bool), _weights(len(test[1]), seed)
    aucs = {
        name: None if name in lone else _auc(_scores(tables[name], test[0], seed), points, weights)
        for name in ("synthetic", "real training")
    }
    ours, theirs = aucs["synthetic"], aucs["real training"]
    ratio = None if ours is None or theirs is None else ours / theirs
    why = f"the {lone[0]} rows hold one class of the target only" if lone else ""
    trtr = _figure(theirs)
    if not why and trtr.low is not None and trtr.low <= 0.5:
        why = "a model trained on real rows is not better than chance either, so the ratio says nothing"
        ratio = None
    return Usefulness(_figure(ours), trtr, _figure(ratio), why)


def _nothing(why: str) -> Usefulness:
    return Usefulness(Figure(None), Figure(None), Figure(None), why)


def _scores(table: tuple[np.ndarray, np.ndarray], test: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    # OpenMP threads wait by spinning: on a busy machine two of them take ten times as long as one.
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=seed).fit(*table)
        scores: np.ndarray = model.predict_proba(test)[:, 1]
    return scores


def _weights(rows: int, seed: int) -> np.ndarray:
    """Return how often each test row is in each sample, shape (RESAMPLES + 1, rows); the first is the test itself."""
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
    return np.vstack([np.ones((1, rows), dtype=drawn.dtype), drawn])


def _auc(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the AUC of every sample: the chance that a positive scores above a negative, ties half (Mann-Whitney)."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(scores[order]) > 0)))
    ranked = weights[:, order].astype("float64")
    up = np.add.reduceat(ranked * positive[order], starts, axis=1)
    down = np.add.reduceat(ranked * ~positive[order], starts, axis=1)
    below = np.cumsum(down, axis=1) - down / 2
    pairs = up.sum(axis=1) * down.sum(axis=1)
    return np.divide((up * below).sum(axis=1), pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def _figure(samples: np.ndarray | None) -> Figure:
    """Return the first sample as the value and percentiles of the others; samples without a value are left out."""
    if samples is None:
        return Figure(None)
    resampled = samples[1:][np.isfinite(samples[1:])]
    if len(resampled) < RESAMPLES / 2:
        return Figure(float(samples[0]))
    low, high = np.quantile(resampled, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Figure(float(samples[0]), float(low), float(high))

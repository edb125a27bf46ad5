"""Fidelity and utility of synthetic rows, by models: can a classifier detect them, and what does a model learn?

The scores of sdmetrics (`similarity`) look at columns and pairs one by one and are high even for tables that differ
obviously. The fidelity here is how well a classifier separates synthetic rows from real ones, and how closely the
rate of the positive class follows each column.

Utility is train on synthetic, test on real (TSTR), beside train on real, test on real (TRTR), after Esteban, Hyland
and Rätsch, "Real-valued (medical) time series generation with recurrent conditional GANs", arXiv:1706.02633, 2017; and
beside the trivial table, whose columns are drawn independently of each other within each class of the target. All
three models are the same gradient boosting with the same seed on the plain columns, so that only the rows differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from mlops_assets.statistics.ranking import Floats, Labels
from mlops_assets.statistics.resampling import aucs, interval
from mlops_assets.verdicts import MetricValue

RESAMPLES = 500
COVERAGE = 0.95
ROWS = 6000
"""Most rows of either table that the classifier sees."""
FOLDS = 3
LEAST_ROWS = 50
"""Fewest real rows of a bin whose rate is compared: below, chance alone moves it by more than 0.1."""
BINS = 10

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
        missing: why a metric is missing or meaningless; empty where all are present.
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


@dataclass(frozen=True)
class Association:
    """How the rate of the positive class follows one column, in real and in synthetic rows.

    Attributes:
        error: mean absolute difference of the rates over the bins, weighted by the real rows of each; None where no
            bin has enough rows of both tables.
        worst: largest absolute difference of a bin, None where no bin has enough rows of both tables.
        bin: that bin, in words.
        real, synthetic: its two rates.
    """

    error: float | None
    worst: float | None
    bin: str
    real: float | None
    synthetic: float | None


def two_sample_auc(real: Floats, synthetic: Floats, seed: int) -> MetricValue:
    """Return the AUC of gradient boosting at telling synthetic from real rows, with its 95 % interval.

    0.5 means that it cannot separate them, 1 that it always can: lower is better. Each row is scored by a model of
    other folds that did not see it, and the rows of both kinds are equally many (a classifier two-sample test: Lopez-
    Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017). The interval is a bootstrap over the scored
    rows and takes the models as given.

    Args:
        real: real rows that the synthesizer never saw, shape (rows, columns), NaN for missing.
        synthetic: synthetic rows, the same columns.
        seed: of the samples, folds, models and resampling.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    size = min(len(real), len(synthetic), ROWS)
    if size < 2 * FOLDS or real.shape[1] == 0:
        return MetricValue(None)
    rng = np.random.default_rng(seed)
    X = np.vstack([table[np.sort(rng.choice(len(table), size, replace=False))] for table in (real, synthetic)])
    y = np.repeat(np.array([0, 1], dtype=np.int8), size)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=seed)
        p = cross_val_predict(model, X, y, cv=folds, method="predict_proba")[:, 1]
    return metric_of(aucs([p], y, resamples=RESAMPLES, seed=seed)[0])


def associations(real: Table, synthetic: Table, names: Mapping[str, tuple[str, ...] | None]) -> dict[str, Association]:
    """Compare the rate of the positive class bin by bin of every column.

    Args:
        real: real rows.
        synthetic: synthetic rows with the same columns.
        names: by column, in the order of the matrix, the labels of its codes; None for numbers, which are cut at the
            deciles of the real rows. Missing values are a bin of their own.
    """
    found = {}
    for place, (name, codes) in enumerate(names.items()):
        binned, labels = _bins(real[0][:, place], synthetic[0][:, place], codes)
        found[name] = _compare(binned, (real[1], synthetic[1]), labels)
    return found


def _bins(real: Floats, synthetic: Floats, codes: tuple[str, ...] | None) -> tuple[tuple[Floats, Floats], list[str]]:
    """Return the bin of each value of either table, and what each bin is called; the last bin holds missing values."""
    placed: tuple[np.ndarray, ...] = (real, synthetic)
    if codes is not None:
        labels = list(codes)
    else:
        known = real[~np.isnan(real)]
        distinct = np.unique(known)
        if len(distinct) <= 2 * BINS:
            inner, labels = (distinct[1:] + distinct[:-1]) / 2, [f"{value:g}" for value in distinct]
        else:
            inner = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
            ends = ["", *(f"{edge:.4g}" for edge in inner), ""]
            labels = [f"{low or 'below'} to {high or 'above'}" for low, high in pairwise(ends)]
        placed = (np.searchsorted(inner, real, side="right"), np.searchsorted(inner, synthetic, side="right"))
    found = [
        np.where(np.isnan(table), len(labels), bins) for table, bins in zip((real, synthetic), placed, strict=True)
    ]
    return (found[0], found[1]), [*labels, "missing"]


def _compare(binned: tuple[Floats, Floats], targets: tuple[np.ndarray, np.ndarray], labels: list[str]) -> Association:
    rates, rows = [], []
    for place, target in zip(binned, targets, strict=True):
        frame = pd.DataFrame({"bin": place.astype(np.int64), "y": target})
        found = frame.groupby("bin")["y"].agg(["mean", "size"]).reindex(range(len(labels)))
        rates.append(found["mean"].to_numpy(dtype=np.float64))
        rows.append(found["size"].fillna(0).to_numpy(dtype=np.float64))
    enough = (rows[0] >= LEAST_ROWS) & (rows[1] >= LEAST_ROWS)
    gap = np.where(enough, np.abs(rates[0] - rates[1]), 0.0)
    # A real bin that no synthetic row reaches is as wrong as its rate allows: the table does not contain it.
    lost = (rows[0] >= LEAST_ROWS) & (rows[1] == 0)
    gap = np.where(lost, np.maximum(rates[0], 1 - rates[0]), gap)
    judged = enough | lost
    if not judged.any():
        return Association(None, None, "", None, None)
    error = float(np.average(gap[judged], weights=rows[0][judged]))
    at = int(np.argmax(np.where(judged, gap, -1.0)))
    synthetic_rate = None if lost[at] else float(rates[1][at])
    return Association(error, float(gap[at]), labels[at], float(rates[0][at]), synthetic_rate)

"""Fidelity: can a classifier tell synthetic rows from real ones, and is the target related to each column as it was?

The scores of sdmetrics (`similarity`) look at columns and pairs one by one and come out high for tables that anybody
can tell apart; these two metrics do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from mlops_assets.privacy.utility import RESAMPLES, Table, metric_of
from mlops_assets.statistics.ranking import Floats
from mlops_assets.statistics.resampling import aucs
from mlops_assets.verdicts import MetricValue

ROWS = 6000
"""Most rows of either table that the classifier sees."""
FOLDS = 3
LEAST_ROWS = 50
"""Fewest real rows of a bin whose rate is compared: below, chance alone moves it by more than 0.1."""
BINS = 10


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

    0.5 means that it cannot tell them apart, 1 that it always can: lower is better. Each row is scored by a model of
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
    if codes is not None:
        labels = list(codes)
        placed = [np.where(np.isnan(values), len(labels), values) for values in (real, synthetic)]
    else:
        known = real[~np.isnan(real)]
        distinct = np.unique(known)
        if len(distinct) <= 2 * BINS:
            inner, labels = (distinct[1:] + distinct[:-1]) / 2, [f"{value:g}" for value in distinct]
        else:
            inner = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
            ends = ["", *(f"{edge:.4g}" for edge in inner), ""]
            labels = [f"{low or 'below'} to {high or 'above'}" for low, high in pairwise(ends)]
        placed = [
            np.where(np.isnan(values), len(labels), np.searchsorted(inner, values, side="right"))
            for values in (real, synthetic)
        ]
    return (placed[0], placed[1]), [*labels, "missing"]


def _compare(binned: tuple[Floats, Floats], targets: tuple[np.ndarray, np.ndarray], labels: list[str]) -> Association:
    rates, rows = [], []
    for place, target in zip(binned, targets, strict=True):
        frame = pd.DataFrame({"bin": place.astype(np.int64), "y": target})
        found = frame.groupby("bin")["y"].agg(["mean", "size"]).reindex(range(len(labels)))
        rates.append(found["mean"].to_numpy(dtype=np.float64))
        rows.append(found["size"].fillna(0).to_numpy(dtype=np.float64))
    enough = (rows[0] >= LEAST_ROWS) & (rows[1] >= LEAST_ROWS)
    gap = np.where(enough, np.abs(rates[0] - rates[1]), 0.0)
    # A real bin that no synthetic row reaches is as wrong as its rate allows: the table cannot tell it at all.
    lost = (rows[0] >= LEAST_ROWS) & (rows[1] == 0)
    gap = np.where(lost, np.maximum(rates[0], 1 - rates[0]), gap)
    judged = enough | lost
    if not judged.any():
        return Association(None, None, "", None, None)
    error = float(np.average(gap[judged], weights=rows[0][judged]))
    at = int(np.argmax(np.where(judged, gap, -1.0)))
    synthetic_rate = None if lost[at] else float(rates[1][at])
    return Association(error, float(gap[at]), labels[at], float(rates[0][at]), synthetic_rate)

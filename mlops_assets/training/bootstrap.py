"""The percentile bootstrap over rows, as matrix products over resampled row counts (Efron 1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.statistics.ranking import Floats
from mlops_assets.training.metrics import all_scores
from mlops_assets.verdicts import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from mlops_assets.use_case.training import Evaluation

_CELLS = 500_000  # Row counts held at once: 4 MB, which stays in the cache.
_LEAST_DEFINED = 0.95  # Below this share of defined resamples an interval would only describe the lucky ones.

Scored = tuple[Floats, "npt.NDArray[np.int8]"]
"""Probabilities and decisions over the same rows."""


def resample_scores(
    y: npt.NDArray[np.int8], scored: Mapping[str, Scored], evaluation: Evaluation
) -> tuple[dict[str, dict[str, Floats]], dict[str, dict[str, Floats]]]:
    """Return every metric of each of `scored`: on the rows themselves (1,), and on resamples of them (resamples,).

    All see the same resamples, so that the difference of two of them is paired.
    """
    values = {who: all_scores(y, p, decision, np.ones((1, len(y)))) for who, (p, decision) in scored.items()}
    rng = np.random.default_rng(evaluation.seed)
    parts: dict[str, list[dict[str, Floats]]] = {who: [] for who in scored}
    for size in _chunks(evaluation.bootstrap, len(y)):
        counts = _row_counts(rng, size, len(y))
        for who, (p, decision) in scored.items():
            parts[who].append(all_scores(y, p, decision, counts))
    draws = {who: {name: np.concatenate([part[name] for part in parts[who]]) for name in values[who]} for who in scored}
    return values, draws


def _chunks(resamples: int, rows: int) -> list[int]:
    size = max(1, min(resamples, _CELLS // rows))
    return [min(size, resamples - start) for start in range(0, resamples, size)]


def _row_counts(rng: np.random.Generator, resamples: int, rows: int) -> Floats:
    """Return how often each row is drawn when `rows` rows are drawn with replacement: (resamples, rows)."""
    drawn = rng.integers(0, rows, size=(resamples, rows), dtype=np.int64)
    drawn += np.arange(resamples, dtype=np.int64)[:, None] * rows
    return np.bincount(drawn.ravel(), minlength=resamples * rows).reshape(resamples, rows).astype(np.float64)


def interval(value: Floats, draws: Floats, confidence: float) -> Figure:
    """Return a figure with its percentile interval.

    The value is None where it is undefined; the ends are None where more than one resample in twenty is.
    """
    if np.isnan(value[0]):
        return Figure(None)
    defined = draws[~np.isnan(draws)]
    if len(defined) < _LEAST_DEFINED * len(draws):
        return Figure(float(value[0]))
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Figure(float(value[0]), float(low), float(high))

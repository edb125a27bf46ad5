"""Resampling: the bootstrap over rows, or over groups of rows, as row counts, and when draws make an interval.

A resample is how often each row is drawn, so a figure that takes weights is computed for many resamples by one matrix
product. Add here what every bootstrap shares; which figures are resampled is the room's business.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.ranking import Floats
from mlops_assets.verdicts import MetricValue

_CELLS = 500_000  # Row counts held at once: 4 MB, which stays in the cache.
_LEAST_DEFINED = 0.95  # Below this share of defined resamples an interval would only describe the lucky ones.


def resample_rows(
    rows: int, *, resamples: int, seed: int, groups: npt.NDArray[np.int64] | None = None, cells: int = _CELLS
) -> Iterator[Floats]:
    """Yield how often each row is drawn, in chunks of shape (resamples of the chunk, rows) (Efron 1979).

    All chunks come from one stream of random numbers: the size of a chunk changes neither a draw nor its order.

    Args:
        rows: rows to draw from, at least one; each resample draws as many with replacement.
        resamples: resamples in all.
        seed: seed of the stream.
        groups: group of each row as a number from 0 without gaps, shape (rows,). Whole groups are drawn where it is
            given (cluster bootstrap): rows of one person are not independent of each other.
        cells: most counts held at once.
    """
    rng = np.random.default_rng(seed)
    units = rows if groups is None else int(groups.max()) + 1
    size = max(1, min(resamples, cells // rows))
    for start in range(0, resamples, size):
        counts = _counts(rng, min(size, resamples - start), units)
        yield counts if groups is None else counts[:, groups]


def _counts(rng: np.random.Generator, resamples: int, units: int) -> Floats:
    drawn = rng.integers(0, units, size=(resamples, units), dtype=np.int64)
    drawn += np.arange(resamples, dtype=np.int64)[:, None] * units
    return np.bincount(drawn.ravel(), minlength=resamples * units).reshape(resamples, units).astype(np.float64)


def interval(value: float, draws: Floats, confidence: float) -> MetricValue:
    """Return a figure with its percentile interval (Efron 1981).

    Args:
        value: the figure on the rows themselves; NaN where it is undefined, and then there is no figure.
        draws: the figure on resamples, shape (resamples,), NaN where it is undefined.
        confidence: coverage. The ends are None where more than one resample in twenty is undefined.
    """
    if np.isnan(value):
        return MetricValue(None)
    defined = draws[~np.isnan(draws)]
    if len(defined) < _LEAST_DEFINED * len(draws):
        return MetricValue(float(value))
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return MetricValue(float(value), float(low), float(high))

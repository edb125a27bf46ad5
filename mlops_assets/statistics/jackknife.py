"""The delete-a-group jackknife: the standard error of a metric, and of the difference of two on the same rows.

Rows are dealt into blocks, the metric is computed once without each block, and the spread of these replicates is the
standard error (Shao and Tu, The Jackknife and Bootstrap, 1995, chapter 2). Two metrics over the same blocks are
paired: the replicates of their difference are the differences of their replicates. It needs a metric that moves
smoothly with single rows, as means and rank statistics do, and far fewer evaluations than a bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.ranking import Floats
from mlops_assets.statistics.resampling import defined

BLOCKS = 50
"""Blocks, fewer only where there are fewer clusters. The standard error of one fold then has 49 degrees of freedom."""
_CELLS = 2_000_000  # Weights held at once: 16 MB.


def replicate(metric: Callable[[Floats], Floats], blocks: npt.NDArray[np.int64]) -> Floats:
    """Return the metric without each block in turn, shape (blocks,); NaN where it is undefined.

    Args:
        metric: from weights of shape (resamples, rows) to values of shape (resamples,).
        blocks: block of each row, from `folds.deal_rows`.
    """
    count, rows = int(blocks.max()) + 1, len(blocks)
    size = max(1, _CELLS // rows)
    parts = []
    for start in range(0, count, size):
        left_out = np.arange(start, min(start + size, count))
        parts.append(metric((blocks[None, :] != left_out[:, None]).astype(np.float64)))
    return np.concatenate(parts)


def standard_error(replicates: Floats) -> float | None:
    """Return the standard error from replicates of one metric; None where they do not say (see `defined`)."""
    known = defined(replicates, share=1.0)
    if known is None:
        return None
    count = len(known)
    return float(np.sqrt((count - 1) / count * ((known - known.mean()) ** 2).sum()))

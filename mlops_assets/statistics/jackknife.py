"""The delete-a-group jackknife: the standard error of a figure, and of the difference of two on the same rows.

Rows are dealt into blocks, the figure is computed once without each block, and the spread of these replicates is the
standard error (Shao and Tu, The Jackknife and Bootstrap, 1995, chapter 2). Two figures over the same blocks are
paired: the replicates of their difference are the differences of their replicates. It needs a figure that moves
smoothly with single rows, as means and rank statistics do, and far fewer evaluations than a bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.ranking import Floats

BLOCKS = 50
"""Blocks, fewer only where there are fewer clusters. The standard error of one fold then has 49 degrees of freedom."""
_CELLS = 2_000_000  # Weights held at once: 16 MB.


def deal_blocks(
    labels: npt.NDArray[np.int8], clusters: npt.NDArray[np.int64], rng: np.random.Generator, blocks: int = BLOCKS
) -> npt.NDArray[np.int64]:
    """Return the block of each row, shape (rows,): clusters stay whole, and each class is spread evenly.

    Args:
        labels: class of each row; a cluster goes by the largest label in it.
        clusters: which rows belong together, numbers from 0; all different where each row stands for itself.
        rng: order in which clusters are dealt.
        blocks: number of blocks at most.
    """
    found, positions = np.unique(clusters, return_inverse=True)
    label = np.full(len(found), labels.min(initial=0), dtype=labels.dtype)
    np.maximum.at(label, positions, labels)
    order = rng.permutation(len(found))
    order = order[np.argsort(label[order], kind="stable")]
    block_of = np.empty(len(found), dtype=np.int64)
    block_of[order] = np.arange(len(found)) % min(blocks, len(found))
    return block_of[positions]


def replicate(figure: Callable[[Floats], Floats], blocks: npt.NDArray[np.int64]) -> Floats:
    """Return the figure without each block in turn, shape (blocks,); NaN where it is undefined.

    Args:
        figure: from weights of shape (resamples, rows) to values of shape (resamples,).
        blocks: block of each row, from `deal_blocks`.
    """
    count, rows = int(blocks.max()) + 1, len(blocks)
    size = max(1, _CELLS // rows)
    parts = []
    for start in range(0, count, size):
        left_out = np.arange(start, min(start + size, count))
        parts.append(figure((blocks[None, :] != left_out[:, None]).astype(np.float64)))
    return np.concatenate(parts)


def standard_error(replicates: Floats) -> float | None:
    """Return the standard error from replicates of one figure; None from fewer than two, or where one is undefined."""
    count = len(replicates)
    if count < 2 or not np.isfinite(replicates).all():
        return None
    return float(np.sqrt((count - 1) / count * ((replicates - replicates.mean()) ** 2).sum()))

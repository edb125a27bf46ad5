"""Selection: which raw columns and derived features have more information about the target than chance gives.

The mutual information of a binned column and the target, in nats (Cover and Thomas, Elements of Information Theory,
2006, section 2.3), by counting:

    I(X; Y) = sum over cells of n_xy / n * log(n_xy * n / (n_x * n_y))

Counting overstates it, and more so with more bins. It is therefore compared with the same number for shuffled
targets: a column is above chance where its information, in standard deviations of its own shuffles, exceeds the
1 - level quantile of the largest such number of any column in each shuffle (the single-step maxT procedure: Westfall
and Young, Resampling-Based Multiple Testing, 1993). Means and standard deviations come from shuffles of their own, so
that the target and the shuffles it is compared with are treated alike. Of a table without information, anything is
then kept with a chance of at most `level`, however many columns it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError
from mlops_assets.features.encoding import CATEGORIES, Encoder, code_positions
from mlops_assets.features.info import FeatureInfo, Ranked

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.use_case.features import Selection

    Codes = npt.NDArray[np.int32]

BINS = 20
"""Values with at most so many distinct ones are counted as they are, others in as many bins of equal frequency."""
SHUFFLES = 199
"""Shuffled targets that the real one is compared with."""
SCALING = 100
"""Further shuffled targets, which mean and standard deviation of each column are estimated from."""


def binned(values: np.ndarray) -> Codes:
    """Return the bin of each number, shape (rows,), 0 and up; missing is a bin of its own.

    A value that makes up a whole bin by itself, such as a zero that many rows have, shares it with no other.
    """
    known = ~np.isnan(values)
    codes = np.zeros(len(values), dtype=np.int32)
    if not known.any():
        return codes
    distinct, places = np.unique(values[known], return_inverse=True)
    if len(distinct) > BINS:
        edges = np.unique(np.quantile(values[known], np.arange(1, BINS) / BINS))
        places = np.searchsorted(edges, values[known]) + np.searchsorted(edges, values[known], side="right")
    codes[known] = places + 1
    return codes


def candidates(
    train: pd.DataFrame, built: pd.DataFrame, encoders: Sequence[Encoder], kept: Sequence[FeatureInfo]
) -> dict[str, tuple[tuple[str, ...], Codes]]:
    """Return what selection ranks: each raw column whole, and each derived feature, with the bin of every row."""
    names = {info.name for info in kept}
    found = {}
    for encoder in encoders:
        features = tuple(name for name in encoder.names if name in names)
        if features and encoder.kind in CATEGORIES:
            found[encoder.column] = (features, code_positions(train[encoder.column], encoder).astype(np.int32))
        elif features:
            found[encoder.column] = (features, binned(built[features[0]].to_numpy()))
    derived = (info.name for info in kept if info.kind == "derived")
    return found | {name: ((name,), binned(built[name].to_numpy())) for name in derived}


def feature_sets(kept: Sequence[FeatureInfo], ranking: Sequence[Ranked]) -> dict[str, tuple[str, ...]]:
    """Return the features of each set, in order; no set is empty. See `FeaturePipeline.sets`."""
    selected = {name for ranked in ranking if ranked.selected for name in ranked.features}
    sets = {"raw": tuple(info.name for info in kept if info.kind != "derived")}
    if len(sets["raw"]) < len(kept):
        sets["derived"] = tuple(info.name for info in kept)
    if ranking:
        sets["selected"] = tuple(info.name for info in kept if info.name in selected)
    return {name: members for name, members in sets.items() if members}


def rank(
    candidates: Mapping[str, tuple[tuple[str, ...], Codes]],
    y: np.ndarray,
    selection: Selection,
    groups: pd.Series | np.ndarray | None = None,
) -> tuple[Ranked, ...]:
    """Return the information of each candidate about the target, and whether it is selected.

    Of the candidates above chance, the `keep` that exceed it by most are selected. Where none is above chance, the
    `keep` with the most information are selected, because a model needs features; `above_chance` is then false for
    all. Uses `selection.rows` rows drawn with `selection.seed`, which also seeds the shuffles; of rows that belong
    together one for each group, because shuffling needs independent rows.

    Args:
        candidates: name of a raw column or derived feature -> the features it has, and the code of each row,
            shape (rows,), -1 for none.
        y: shape (rows,), the target as numbers: classes, or amounts, which are binned.
        selection: the section of the YAML.
        groups: shape (rows,), which rows belong together.

    Raises:
        DataError: the target has one value only, so that nothing can be learned about it.
    """
    rows = _rows(len(y), selection, groups)
    target = np.unique(binned(np.asarray(y, dtype="float64")[rows]), return_inverse=True)[1]
    if target.max(initial=0) == 0:
        raise DataError(
            "features cannot be selected: the target has one value only",
            where="training rows",
            expected="both classes",
            got=f"{len(target)} rows of one class",
            fix="use features.selection.method: none, or rows of both classes",
        )
    codes = [np.unique(every[rows], return_inverse=True)[1] for _, every in candidates.values()]
    information = _information(codes, _shuffled(target, selection.seed))
    observed, shuffled, scaling = np.split(information, [1, 1 + SHUFFLES], axis=1)
    observed, chance, spread = observed[:, 0], scaling.mean(axis=1), scaling.std(axis=1, ddof=1)
    limits = chance + _critical(shuffled, chance, spread, selection.level) * spread
    above = (observed > limits) & (spread > 1e-12)  # different codes in all rows fit any target
    pool = np.flatnonzero(above) if above.any() else np.arange(len(codes))
    kept = set(pool[np.argsort(-(observed - chance)[pool], kind="stable")][: selection.keep].tolist())
    return tuple(
        Ranked(name, features, float(observed[at]), float(chance[at]), float(limits[at]), bool(above[at]), at in kept)
        for at, (name, (features, _)) in enumerate(candidates.items())
    )


def _rows(count: int, selection: Selection, groups: pd.Series | np.ndarray | None) -> np.ndarray:
    drawn = np.random.default_rng(selection.seed).permutation(count)
    if groups is not None:
        drawn = drawn[~pd.Series(np.asarray(groups)[drawn]).duplicated().to_numpy()]
    return np.sort(drawn[: selection.rows])


def _shuffled(target: np.ndarray, seed: int) -> np.ndarray:
    """Return the target and its shuffles, shape (rows, 1 + SHUFFLES + SCALING)."""
    rng = np.random.default_rng([seed, 1])
    return np.column_stack([target, rng.permuted(np.tile(target, (SHUFFLES + SCALING, 1)), axis=1).T])


def _information(codes: list[np.ndarray], targets: np.ndarray) -> np.ndarray:
    """Return the mutual information of each candidate with each target, shape (candidates, targets), in nats."""
    from scipy import sparse

    rows = len(targets)
    sizes = np.array([column.max(initial=0) + 1 for column in codes])
    starts = np.cumsum(sizes) - sizes
    cells = np.concatenate([column + start for column, start in zip(codes, starts, strict=True)])
    index = np.tile(np.arange(rows, dtype=np.int32), len(codes))
    members = sparse.csr_matrix((np.ones(len(cells), dtype=np.float32), (cells, index)), shape=(sizes.sum(), rows))
    table = np.arange(rows + 1, dtype="float64")
    table[1:] *= np.log(table[1:])  # n log n of every count there can be
    in_cells = np.zeros((sizes.sum(), targets.shape[1]))
    left = np.bincount(cells, minlength=sizes.sum()).astype(np.float32)[:, None]
    of_cells = table[left.astype(np.int64)]
    for value in range(targets[:, 0].max()):  # the last class is what is left
        counts = members @ (targets == value).astype(np.float32)
        left = left - counts
        in_cells += table[counts.astype(np.int64)]
    in_cells += table[left.astype(np.int64)]
    entropy = np.log(rows) - table[np.bincount(targets[:, 0])].sum() / rows
    return np.maximum(entropy + np.add.reduceat(in_cells - of_cells, starts, axis=0) / rows, 0.0)


def _critical(shuffled: np.ndarray, chance: np.ndarray, spread: np.ndarray, level: float) -> float:
    """Return how many standard deviations above chance only `level` of the shuffles have any candidate."""
    distances = np.divide(
        shuffled - chance[:, None], spread[:, None], out=np.zeros_like(shuffled), where=spread[:, None] > 1e-12
    )
    largest = np.sort(distances.max(axis=0))[::-1]
    return float(largest[int(level * (len(largest) + 1)) - 1])

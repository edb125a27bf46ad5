"""The percentile bootstrap over rows, as matrix products over resampled row counts (Efron 1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.statistics.ranking import Floats
from mlops_assets.statistics.resampling import resample_rows
from mlops_assets.training.metrics import all_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from mlops_assets.use_case.training import Evaluation

Scored = tuple[Floats, "npt.NDArray[np.int8]"]
"""Probabilities and decisions over the same rows."""


def resample_scores(
    y: npt.NDArray[np.int8], scored: Mapping[str, Scored], evaluation: Evaluation
) -> tuple[dict[str, dict[str, Floats]], dict[str, dict[str, Floats]]]:
    """Return every metric of each of `scored`: on the rows themselves (1,), and on resamples of them (resamples,).

    All see the same resamples, so that the difference of two of them is paired.
    """
    values = {who: all_scores(y, p, decision, np.ones((1, len(y)))) for who, (p, decision) in scored.items()}
    parts: dict[str, list[dict[str, Floats]]] = {who: [] for who in scored}
    for counts in resample_rows(len(y), resamples=evaluation.bootstrap, seed=evaluation.seed):
        for who, (p, decision) in scored.items():
            parts[who].append(all_scores(y, p, decision, counts))
    draws = {who: {name: np.concatenate([part[name] for part in parts[who]]) for name in values[who]} for who in scored}
    return values, draws

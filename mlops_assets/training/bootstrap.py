"""The percentile bootstrap of whatever can be measured for weighted rows; it knows no kind of target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from mlops_assets.statistics.ranking import Floats
from mlops_assets.statistics.resampling import interval, resample_rows
from mlops_assets.verdicts import MetricValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from mlops_assets.use_case.training import Evaluation


class Measures(Protocol):
    """What is measured of one set of predictions on rows, the same names by every method."""

    def values(self) -> dict[str, float]:
        """Return every metric on the rows themselves, NaN where it is undefined."""

    def resampled(self, weights: Floats, first: int) -> dict[str, Floats]:
        """Return every metric on resamples, each (resamples,), for row counts of shape (resamples, rows).

        `first` is the position of the first of them among all resamples.
        """


def measure(
    measures: Mapping[str, Measures],
    evaluation: Evaluation,
    rows: int,
    *,
    differences: Mapping[str, tuple[str, str, str]],
    groups: npt.NDArray[np.int64] | None = None,
) -> dict[str, dict[str, MetricValue]]:
    """Return every metric of each of `measures`, with its percentile interval over resampled rows (Efron 1979).

    All see the same resamples, so that the difference of two of them is paired.

    Args:
        measures: what is measured, by the name of who is measured.
        evaluation: resamples, confidence and seed.
        rows: rows that all of them are about.
        differences: by name, a metric and the two whose difference in it is reported with the first of them.
        groups: group of each row, from 0 without gaps, where rows of one group are not independent: whole groups are
            resampled then.
    """
    values = {who: one.values() for who, one in measures.items()}
    parts: dict[str, list[dict[str, Floats]]] = {who: [] for who in measures}
    done = 0
    for counts in resample_rows(rows, resamples=evaluation.bootstrap, seed=evaluation.seed, groups=groups):
        for who, one in measures.items():
            parts[who].append(one.resampled(counts, done))
        done += len(counts)
    draws = {who: {name: np.concatenate([part[name] for part in parts[who]]) for name in values[who]} for who in values}
    for name, (metric, first, second) in differences.items():
        values[first][name] = values[first][metric] - values[second][metric]
        draws[first][name] = draws[first][metric] - draws[second][metric]
    return {
        who: {name: interval(value, draws[who][name], evaluation.confidence) for name, value in found.items()}
        for who, found in values.items()
    }

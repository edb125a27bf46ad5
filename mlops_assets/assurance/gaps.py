"""Gaps between groups: the worst ratio or difference of all pairs, with an interval that a verdict can be read from.

A gap is the smallest ratio, or the largest difference, over the pairs of groups that are compared. Its interval has
one end for each verdict (both errors at (1 - confidence) / 2, 2.5 % where the confidence is 95 %):

- *Passed* needs every pair within the limit. Each pair is tested at the full level and all of them have to pass, an
  intersection-union test, which needs no correction (Berger 1982).
- *Failed* needs one pair beyond the limit. Many pairs are many chances to be wrong, so each is tested at the level
  divided by their number (Bonferroni).

So one end is the worst of the uncorrected one-sided bounds, the other the worst of the corrected ones, and holding
this interval against the limit is that pair of tests. It covers the true gap at the stated confidence at least.

Pairs are of every group with the reference where one is declared, else of all groups with each other: a reference
that is chosen for its rate, such as the most favoured group, has a rate that is too high by chance, and only testing
all pairs is free of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_assets.assurance.measures import Measured
from mlops_assets.statistics.proportions import difference_interval, normal_quantile, ratio_interval
from mlops_assets.statistics.ranking import Floats, divide
from mlops_assets.verdicts import MetricValue

Pairs = npt.NDArray[np.int64]
"""Ordered pairs of groups, shape (pairs, 2)."""


Kind = Literal["ratio", "difference"]
"""How two groups are compared."""

GAPS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "demographic_parity_ratio": ("ratio", ("selection_rate",)),
    "demographic_parity_difference": ("difference", ("selection_rate",)),
    "equalized_odds_ratio": ("ratio", ("tpr", "fpr")),
    "equalized_odds_difference": ("difference", ("tpr", "fpr")),
    "tpr_gap": ("difference", ("tpr",)),
    "fpr_gap": ("difference", ("fpr",)),
}
"""How each metric of `use_case.metrics.FAIRNESS` is made: as a ratio or a difference, of which measures."""


def group_pairs(groups: int, reference: int | None) -> Pairs:
    """Return every ordered pair of groups, or only those with the reference; each pair stands in both orders."""
    every = np.argwhere(~np.eye(groups, dtype=bool))
    return every if reference is None else every[(every == reference).any(axis=1)]


def bonferroni(confidence: float, comparisons: int) -> float:
    """Return the normal quantile of one simultaneous bound among `comparisons`."""
    return normal_quantile((1 - confidence) / 2 / max(comparisons, 1))


def measure_gap(
    kind: Kind, measured: Sequence[Measured], pairs: Pairs, confidence: float
) -> tuple[MetricValue, tuple[int, int] | None]:
    """Return the worst ratio or difference over several measures of the same groups, and the pair that has it.

    Where no pair can be compared there is no value, and no pair.

    Groups without the measure are not compared. Both orders of a pair count as one comparison: the two cannot both
    be beyond the limit, and for a limit short of equality one of them is never near it.

    Args:
        kind: whether groups are compared by ratio or by difference.
        measured: measures of the groups.
        pairs: ordered pairs, both orders of each.
        confidence: of the interval.
    """
    compared = [pairs[~np.isnan(one.value[pairs]).any(axis=1)] for one in measured]
    comparisons = sum(map(len, compared)) // 2
    z, corrected = bonferroni(confidence, 1), bonferroni(confidence, comparisons)
    parts = [_contrast(kind, one, kept, z, corrected) for one, kept in zip(measured, compared, strict=True)]
    values, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    if np.isnan(values).all():
        return MetricValue(None), None
    first, second = np.concatenate(compared)[np.nanargmin(values) if kind == "ratio" else np.nanargmax(values)]
    pair = int(first), int(second)
    if kind == "ratio":
        return MetricValue(float(np.nanmin(values)), float(low.min()), float(high.min())), pair
    return MetricValue(float(np.nanmax(values)), max(float(low.max()), 0.0), float(high.max())), pair


def _contrast(
    kind: Kind, measured: Measured, pairs: Pairs, z: float, corrected: float
) -> tuple[Floats, Floats, Floats]:
    """Return value, lower and upper end of each pair: the end that fails a limit is corrected, the other is not."""
    plain, wide = measured.estimate(z), measured.estimate(corrected)
    first, second = pairs.T
    if kind == "ratio":
        values = divide(measured.value[first], measured.value[second])
        return values, ratio_interval(plain[first], plain[second])[0], ratio_interval(wide[first], wide[second])[1]
    values = measured.value[first] - measured.value[second]
    return (
        values,
        difference_interval(wide[first], wide[second])[0],
        difference_interval(plain[first], plain[second])[1],
    )

"""Threshold: the rule by which a calibrated probability becomes a decision, and how uncertain its value is.

Holds the rules of `training.threshold.rule`. A decision is positive where the probability is at or above the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.statistics.ranking import Floats
from mlops_assets.statistics.resampling import interval, resample_rows
from mlops_assets.training.fitting import check_two_classes
from mlops_assets.training.metrics import f1_of
from mlops_assets.use_case.training import Threshold

if TYPE_CHECKING:
    import numpy.typing as npt

RESAMPLES = 500
"""Resamples of the calibration rows on each of which a threshold is chosen."""
CONFIDENCE = 0.95
"""Coverage of the interval of a threshold."""


@dataclass(frozen=True)
class ThresholdChoice:
    """A threshold, what it reached on the rows it was chosen on, and how far other rows would have moved it.

    Attributes:
        value: a probability at or above it is a positive decision.
        rule: the rule that chose it.
        reached: what the rule looks at: the F1 (`max_f1_positive`, `max_f1_macro`), the mean cost a row (`cost`), the
            share of rows selected (`selection_rate`, `fixed`).
        selected_share: share of the rows at or above the threshold.
        rows: rows it was chosen on.
        low, high: ends of the percentile interval of the value; None where the rule is `fixed`.
        resampled: the thresholds that the rule chose on resamples of the rows, without those of one class where it
            needs two; empty where the rule is `fixed`.
        confidence: coverage of the interval.
        seed: seed of the resampling.
    """

    value: float
    rule: str
    reached: float | None
    selected_share: float
    rows: int
    low: float | None = None
    high: float | None = None
    resampled: tuple[float, ...] = ()
    confidence: float = CONFIDENCE
    seed: int = 0

    @property
    def draws(self) -> Floats:
        """As many as there were resamples, NaN (spread evenly) for those without; none where the rule is `fixed`."""
        found = np.full(0 if self.rule == "fixed" else RESAMPLES, np.nan)
        found[np.linspace(0, len(found) - 1, len(self.resampled)).astype(np.int64)] = self.resampled
        return found


def is_selected(p: Floats, threshold: float) -> npt.NDArray[np.bool_]:
    """Return where the decision is positive: where the probability is at or above the threshold."""
    return np.asarray(p >= threshold)


def choose_threshold(
    y: npt.NDArray[np.int8],
    p: Floats,
    config: Threshold,
    *,
    seed: int = 0,
    groups: npt.NDArray[np.int64] | None = None,
) -> ThresholdChoice:
    """Choose the threshold by the declared rule.

    Candidates lie midway between neighbouring distinct probabilities, so that noise in the last digit of a
    probability changes no decision; equal probabilities are never separated. Of candidates that are equally good the
    highest is taken, which selects fewest rows. `selection_rate` takes the candidate whose share of rows is nearest
    to the requested one. The interval is of the thresholds that the rule chooses on resamples of the rows, for
    probabilities as they are.

    Args:
        y: outcomes of the calibration rows, shape (rows,).
        p: calibrated probabilities of the same rows, shape (rows,), none of them by a map that saw its row.
        config: the rule and its value or costs.
        seed: seed of the resampling.
        groups: group of each row, from 0 without gaps, where whole groups are to be resampled.

    Raises:
        DataError: one class only, for the F1 rules and cost.
    """
    if config.rule == "fixed":
        assert config.value is not None
        share = float(is_selected(p, config.value).mean())
        return ThresholdChoice(config.value, "fixed", share, share, len(y))
    if config.rule != "selection_rate":
        check_two_classes(y, "the calibration split")
    # In an order of their own, so that the order in which rows come draws no other resamples.
    order = np.lexsort((y, p))
    ranked = _Ranked(y[order], p[order])
    value, reached, share = (float(found[0]) for found in ranked.best(config, np.ones((1, len(y)))))
    placed = None if groups is None else groups[order]
    chunks = resample_rows(len(y), resamples=RESAMPLES, seed=seed, groups=placed)
    draws = np.concatenate([ranked.best(config, counts)[0] for counts in chunks])
    ends = interval(value, draws, CONFIDENCE)
    resampled = tuple(float(draw) for draw in draws[~np.isnan(draws)])
    return ThresholdChoice(value, config.rule, reached, share, len(y), ends.low, ends.high, resampled, CONFIDENCE, seed)


class _Ranked:
    """Rows in falling order of their probability, with every threshold that selects them in another way.

    Attributes:
        values: thresholds from high to low, shape (candidates,).
    """

    def __init__(self, y: npt.NDArray[np.int8], p: Floats) -> None:
        self._y, self._order = y, np.argsort(-p, kind="stable")
        ranked = p[self._order]
        self._last = np.flatnonzero(np.r_[np.diff(ranked) < 0, True])
        distinct = ranked[self._last]
        below = np.r_[distinct[1:], 0.0]
        middle = (distinct + below) / 2
        # Between neighbouring floats there is no middle: then the upper one itself.
        self.values = np.where(middle > below, middle, distinct)
        self.values[-1] = 0.0
        self._has_none = bool(distinct[0] < 1)  # No row is selected above the highest probability, unless that is 1.
        if self._has_none:
            above = max((distinct[0] + 1) / 2, np.nextafter(distinct[0], 2))
            self.values = np.r_[above, self.values]

    def best(self, config: Threshold, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the best threshold, the metric that its rule looks at, and the share it selects: each (resamples,).

        NaN for a resample of one class where the rule needs two.
        """
        ordered = weights[:, self._order]
        selected, hits = self._up_to(ordered), self._up_to(ordered * self._y[self._order])
        rows, positives = weights.sum(axis=1, keepdims=True), (weights @ self._y)[:, None]
        goodness, reached = _judge(config, selected, hits, rows, positives)
        best = np.argmax(goodness, axis=1)[:, None]
        known = (config.rule == "selection_rate") | ((positives > 0) & (positives < rows))[:, 0]
        share = np.take_along_axis(selected / rows, best, axis=1)[:, 0]
        return np.where(known, self.values[best[:, 0]], np.nan), np.take_along_axis(reached, best, axis=1)[:, 0], share

    def _up_to(self, ordered: Floats) -> Floats:
        found = np.cumsum(ordered, axis=1)[:, self._last]
        return np.concatenate([np.zeros((len(found), 1)), found], axis=1) if self._has_none else found


def _judge(config: Threshold, selected: Floats, hits: Floats, rows: Floats, positives: Floats) -> tuple[Floats, Floats]:
    """Return how good each candidate is (higher is better), and the metric that is reported for it."""
    false_hits, misses = selected - hits, positives - hits
    if config.rule == "selection_rate":
        assert config.value is not None
        share = selected / rows
        return -np.abs(share - config.value), share
    if config.rule == "cost":
        cost = (config.false_positive_cost * false_hits + config.false_negative_cost * misses) / rows
        return -cost, cost
    f1 = f1_of(hits, false_hits, misses)
    if config.rule == "max_f1_macro":
        f1 = (f1 + f1_of(rows - positives - false_hits, misses, false_hits)) / 2
    # Where neither class is there nor chosen the F1 does not exist: no candidate to prefer.
    return np.where(np.isnan(f1), -1.0, f1), f1

"""Threshold: the rule by which a calibrated probability becomes a decision.

Holds the rules of `training.threshold.rule`. A decision is positive where the probability is at or above the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.errors import DataError
from mlops_assets.statistics.ranking import Floats
from mlops_assets.training.labels import as_labels, check_two_classes
from mlops_assets.training.metrics import f1_of
from mlops_assets.use_case.training import Threshold

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


@dataclass(frozen=True)
class ThresholdChoice:
    """A threshold and what it reached on the rows it was chosen on.

    Attributes:
        value: a probability at or above it is a positive decision.
        rule: the rule that chose it.
        reached: what the rule looks at: the F1 (`max_f1_positive`, `max_f1_macro`), the mean cost a row (`cost`), the
            share of rows selected (`selection_rate`, `fixed`).
        selected_share: share of the rows at or above the threshold.
        rows: rows it was chosen on.
    """

    value: float
    rule: str
    reached: float | None
    selected_share: float
    rows: int


def choose_threshold(y: pd.Series | npt.NDArray[np.int8], p: Floats, config: Threshold) -> ThresholdChoice:
    """Choose the threshold by the declared rule.

    Candidates lie midway between neighbouring distinct probabilities, so that noise in the last digit of a
    probability turns no decision; equal probabilities are never told apart. Of candidates that are equally good the
    highest is taken, which selects fewest rows. `selection_rate` takes the candidate whose share of rows is nearest
    to the asked one.

    Args:
        y: outcomes of the calibration rows, shape (rows,).
        p: calibrated probabilities of the same rows, shape (rows,).
        config: the rule and its value or costs.

    Raises:
        DataError: no rows, or (for the F1 rules and cost) one class only.
    """
    outcome = as_labels(y, "the calibration split")
    probability = np.asarray(p, dtype=np.float64)
    if probability.shape != outcome.shape or not np.isfinite(probability).all():
        raise DataError(
            "probabilities do not fit the outcomes",
            where="the calibration split",
            expected=f"{len(outcome)} finite numbers",
            got=f"shape {probability.shape}",
            fix="score the calibration rows with the fitted model",
        )
    if config.rule == "fixed":
        assert config.value is not None
        share = float((probability >= config.value).mean())
        return ThresholdChoice(config.value, "fixed", share, share, len(outcome))
    if config.rule != "selection_rate":
        check_two_classes(outcome, "the calibration split")
    values, selected, hits = _candidates(outcome, probability)
    goodness, reached = _judge(config, selected, hits, len(outcome), int(outcome.sum()))
    best = int(np.argmax(goodness))
    return ThresholdChoice(
        float(values[best]), config.rule, float(reached[best]), float(selected[best]) / len(outcome), len(outcome)
    )


def _candidates(y: npt.NDArray[np.int8], p: Floats) -> tuple[Floats, Floats, Floats]:
    """Return thresholds from high to low, the rows that each selects and the positives among them."""
    order = np.argsort(-p, kind="stable")
    ranked = p[order]
    last_of_ties = np.flatnonzero(np.r_[np.diff(ranked) < 0, True])
    distinct = ranked[last_of_ties]
    below = np.r_[distinct[1:], 0.0]
    middle = (distinct + below) / 2
    # Between neighbouring floats there is no middle: then the upper one itself.
    values = np.where(middle > below, middle, distinct)
    values[-1] = 0.0
    selected, hits = (last_of_ties + 1).astype(np.float64), np.cumsum(y[order])[last_of_ties].astype(np.float64)
    if distinct[0] < 1:  # Nobody is selected above the highest probability, unless that is 1 already.
        values, selected, hits = np.r_[(distinct[0] + 1) / 2, values], np.r_[0.0, selected], np.r_[0.0, hits]
        values[0] = max(values[0], np.nextafter(distinct[0], 2))
    return values, selected, hits


def _judge(config: Threshold, selected: Floats, hits: Floats, rows: int, positives: int) -> tuple[Floats, Floats]:
    """Return how good each candidate is (higher is better), and the figure that is reported for it."""
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
    return f1, f1

"""The choice of a calibration: none, sigmoid or isotonic, compared by cross-validation on the calibration rows.

Holds the comparison and the cross-fitted probabilities that come out of it. The maps are in `calibration`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.errors import DataError
from mlops_assets.formatting import number_text
from mlops_assets.statistics.folds import FOLDS, deal
from mlops_assets.statistics.ranking import Floats, Labels
from mlops_assets.training.calibration import Calibrator, Candidate, fault_of, fit_map
from mlops_assets.training.fitting import check_two_classes
from mlops_assets.training.metrics import row_log_losses

if TYPE_CHECKING:
    import numpy.typing as npt

METHODS = ("none", "sigmoid", "isotonic")
"""The maps, from the simplest to the freest."""


def fit_calibrator(
    y: Labels,
    p: Floats,
    method: str,
    *,
    seed: int = 0,
    groups: npt.NDArray[np.int64] | None = None,
) -> tuple[Calibrator, Floats]:
    """Fit a calibration map, and return it with a probability of each row by a map that did not see it.

    `auto` takes the simplest map whose cross-validated log loss is within one standard error of the least (the rule of
    Breiman et al. 1984, with the error of the paired difference). A declared method is compared too.

    A sigmoid that falls, or an isotonic map that is flat over scores that differ, means that the model ranks positives
    below negatives or does not rank at all: `auto` rejects it.

    Args:
        y: outcomes of the calibration rows, shape (rows,).
        p: the model's scores for them in [0, 1], shape (rows,).
        method: `none`, `sigmoid`, `isotonic` or `auto`.
        seed: seed of the stratified folds.
        groups: group of each row, from 0 without gaps, where no group may be in two folds.

    Returns:
        The map, fitted on all rows; and cross-fitted probabilities, shape (rows,), for choosing a threshold: each is
        by a map fitted on the other folds. Where a class has too few rows there are no folds and each row was seen.

    Raises:
        DataError: one class only or a rejected map where the method is `sigmoid` or `isotonic`.
    """
    if method in ("sigmoid", "isotonic"):
        check_two_classes(y, "the calibration split")
    parts = _folds(y, seed, groups)
    folds = int(parts.max()) + 1
    if folds < 2:
        name, choice = ("none", "none") if method == "auto" else (method, f"{method}, as declared")
        chosen = replace(
            fit_map(y, p, name),
            reason=f"{choice}: a class has fewer than two rows or groups, so no methods were compared",
        )
        crossed = {chosen.method: chosen.apply(p)}
    else:
        crossed = {name: _cross_fit(y, p, parts, name) for name in METHODS}
        chosen = _choose(y, p, crossed, method, groups)
        chosen = replace(chosen, folds=folds, seed=seed)
    if fault := fault_of(chosen, p):
        raise DataError(
            f"the {chosen.method} calibration is rejected: {fault}",
            where="the calibration split",
            expected="outcomes that are more often positive where the model scores higher",
            fix="check task.positive and the splits: on rows it was not fitted on, the model ranks positives below "
            "negatives or does not rank at all; "
            "training.calibration.method: auto chooses another map",
        )
    return replace(chosen, declared=method), crossed[chosen.method]


def _folds(y: Labels, seed: int, groups: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
    """Return the fold of each row, shape (rows,), stratified by class and with no group in two folds.

    One fold where the rows without some fold would be of one class.
    """
    rng = np.random.default_rng(seed)
    # A group counts as positive where any of its rows is.
    units = y if groups is None else (np.bincount(groups, y) > 0).astype(np.int8)
    folds = max(1, min(FOLDS, np.bincount(units, minlength=2).min() if groups is None else len(units)))
    order = np.concatenate([rng.permutation(np.flatnonzero(units == label)) for label in (0, 1)])
    place = deal(units, order, folds)
    rows = place if groups is None else place[groups]
    mixed = all(0 < y[rows != fold].sum() < (rows != fold).sum() for fold in range(folds))
    return rows if mixed else np.zeros_like(rows)


def _cross_fit(y: Labels, p: Floats, place: npt.NDArray[np.int64], method: str) -> Floats:
    crossed = np.empty(len(p))
    for fold in range(int(place.max()) + 1):
        held = place == fold
        crossed[held] = fit_map(y[~held], p[~held], method).apply(p[held])
    return crossed


def _choose(
    y: Labels,
    p: Floats,
    crossed: dict[str, Floats],
    method: str,
    groups: npt.NDArray[np.int64] | None,
) -> Calibrator:
    """Compare all methods, and return the declared one, or the one that the comparison says."""
    maps = {name: fit_map(y, p, name) for name in METHODS}
    losses = {name: row_log_losses(y, probability) for name, probability in crossed.items()}
    usable = [name for name in METHODS if not fault_of(maps[name], p)]
    least = min(usable, key=lambda name: float(losses[name].mean()))
    found = {name: _candidate(maps[name], losses[name], losses[least], p, groups) for name in METHODS}
    simplest = next(name for name in usable if found[name].difference <= found[name].standard_error)
    chosen = simplest if method == "auto" else method
    rejected = [f"; {one.method} is rejected: {one.rejected}" for one in found.values() if one.rejected]
    reason = _reason(method, found[chosen], found[least]) + "".join(rejected)
    return replace(maps[chosen], candidates=tuple(found.values()), reason=reason)


def _candidate(
    calibrator: Calibrator, losses: Floats, least: Floats, p: Floats, groups: npt.NDArray[np.int64] | None
) -> Candidate:
    difference = losses - least
    deviation = difference - difference.mean()
    # The sums of groups are independent where rows are not.
    sums = deviation if groups is None else np.bincount(groups, deviation)
    error = float(np.sqrt((sums**2).sum() * len(sums) / max(len(sums) - 1, 1)) / len(difference))
    mean = float(losses.mean())
    return Candidate(calibrator.method, mean, float(difference.mean()), error, fault_of(calibrator, p))


def _reason(method: str, chosen: Candidate, least: Candidate) -> str:
    """Say how the chosen method compares with the one of least log loss."""
    choice = f"{chosen.method}, as declared" if method != "auto" else f"{chosen.method}, chosen by the rows"
    loss = f"cross-validated log loss {number_text(chosen.log_loss)}"
    if chosen.method == least.method:
        return f"{choice}: {loss}, the least"
    how = "within" if chosen.difference <= chosen.standard_error else "more than"
    return (
        f"{choice}: {loss}; {least.method} has {number_text(chosen.difference)} less, "
        f"{how} one standard error ({number_text(chosen.standard_error)})"
    )

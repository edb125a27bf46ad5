"""Draft of gates: what a first model must show before it is deployed, and what is only watched.

The gates are those of the shipped use case, with limits that any honest model on a table of some size can meet: not
worse than a plain model, calibrated, measured on enough positive rows, without a suspected leak. Parity of groups is
watched, because its limit is a decision of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mlops_assets.drafting.names import unaccented
from mlops_assets.drafting.text import comment, scalar

FEWEST_POSITIVES = 50
"""Positive test rows with which the interval of an AUC of 0.75 reaches about 0.08 to each side (Hanley and McNeil,
Radiology 143, 1982, negative rows in plenty)."""
_MODEL = (
    ("enough_positives", f"positives, at_least: {FEWEST_POSITIVES}"),
    ("discrimination", "auc, at_least: 0.55"),
    ("not_worse_than_baseline", "auc_gain, at_least: -0.005"),
)
_CALIBRATION = (
    ("calibrated_on_average", "observed_over_expected, at_least: 0.8, at_most: 1.25", 0.5),
    ("calibrated_slope", "calibration_slope, at_least: 0.7, at_most: 1.4", 0.4),
)
"""Name, metric with limits, and a figure that must not pass: an interval that straddles a limit is accepted only where
a model of that figure would have failed in 80 % of samples."""


def draft_gates(attributes: Sequence[str], quarantined: float) -> list[str]:
    """Return the lines of `release:`.

    Args:
        attributes: protected attributes that fairness is measured over.
        quarantined: largest share of rows that may be quarantined.
    """
    lines = ["release:", comment("a first model must show this; raise the limits once a run shows what is reached", 2)]
    lines.append("  gates:")
    lines += [f"    - {{name: {name}, evidence: evaluation, metric: {metric}}}" for name, metric in _MODEL]
    lines.append(comment("uncertain is enough only where the test rows would have exposed an unacceptable model", 4))
    for name, metric, unacceptable in _CALIBRATION:
        accept = f"{{minimum_positives: {FEWEST_POSITIVES}, minimum_power: 0.8, unacceptable: {unacceptable}}}"
        lines.append(f"    - {{name: {name}, evidence: evaluation, metric: {metric},")
        lines.append(f"       accept_uncertain: {accept}}}")
    lines.append(f"    - {{name: clean_data, evidence: data, metric: quarantined_share, at_most: {quarantined:g}}}")
    lines.append(
        comment("a suspected leak stops deployment until a person has looked: exclude the column, or, where its", 4)
    )
    lines.append(comment("value is known in time, write blocking: false", 4))
    lines.append("    - {name: no_suspected_leak, evidence: data, metric: suspected_leaks, at_most: 0}")
    if attributes:
        lines.append(comment("parity is watched and stops nothing: where it must, remove blocking: false", 4))
    return [*lines, *_parity(attributes)]


def _parity(attributes: Sequence[str]) -> Iterator[str]:
    taken: set[str] = set()
    for attribute in attributes:
        name = _slug(attribute, taken)
        taken.add(name)
        facts = "metric: demographic_parity_ratio, at_least: 0.8, blocking: false"
        yield f"    - {{name: {name}, evidence: fairness, attribute: {scalar(attribute)}, {facts}}}"


def _slug(attribute: str, taken: set[str]) -> str:
    """Return a name for the gate of an attribute, told apart from those that are taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", unaccented(attribute).lower()).strip("_")[:40]
    base = "_".join(filter(None, ("parity", stem)))
    return next(
        name
        for number in range(1, len(taken) + 2)
        if (name := base if number == 1 else f"{base}_{number}") not in taken
    )

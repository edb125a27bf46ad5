"""Gates: what a first model must show before it is deployed, and what is only watched.

The gates are those of the shipped use case, with limits that any honest model on a table of some size can meet: not
worse than a plain model, calibrated, measured on enough positive rows, without a suspected leak. Parity of groups is
watched, because its limit is a decision of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_assets.drafting.facts import Facts
from mlops_assets.drafting.names import unaccented
from mlops_assets.use_case.release import AcceptUncertain, Gate

FEWEST_POSITIVES = 50
"""Positive test rows with which the interval of an AUC of 0.75 reaches about 0.08 to each side (Hanley and McNeil,
Radiology 143, 1982, negative rows in plenty)."""
_POWER = 0.8


def draft_gates(facts: Facts) -> Iterator[Gate]:
    """Yield the gates, those of fairness last."""
    yield Gate(name="enough_positives", evidence="evaluation", metric="positives", at_least=FEWEST_POSITIVES)
    yield Gate(name="discrimination", evidence="evaluation", metric="auc", at_least=0.55)
    yield Gate(name="not_worse_than_baseline", evidence="evaluation", metric="auc_gain", at_least=-0.005)
    yield _calibration("calibrated_on_average", "observed_over_expected", 0.8, 1.25, unacceptable=0.5)
    yield _calibration("calibrated_slope", "calibration_slope", 0.7, 1.4, unacceptable=0.4)
    yield Gate(name="clean_data", evidence="data", metric="quarantined_share", at_most=facts.quarantined)
    yield Gate(name="no_suspected_leak", evidence="data", metric="suspected_leaks", at_most=0)
    parity, taken = "demographic_parity_ratio", set[str]()
    for name in (column.name for column in facts.attributes):
        slug = _slug(name, taken)
        taken.add(slug)
        yield Gate(name=slug, evidence="fairness", metric=parity, attribute=name, at_least=0.8, blocking=False)


def _calibration(name: str, metric: str, low: float, high: float, *, unacceptable: float) -> Gate:
    """Return a gate whose interval may straddle a limit where a model of a metric of `unacceptable` would have failed.

    It would have failed in 80 % of samples of this size.
    """
    accept = AcceptUncertain(minimum_positives=FEWEST_POSITIVES, minimum_power=_POWER, unacceptable=unacceptable)
    return Gate(name=name, evidence="evaluation", metric=metric, at_least=low, at_most=high, accept_uncertain=accept)


def _slug(attribute: str, taken: set[str]) -> str:
    """Return a name for the gate of an attribute, told apart from those that are taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", unaccented(attribute).lower()).strip("_")[:40]
    base = "_".join(filter(None, ("parity", stem)))
    numbered = (base if number == 1 else f"{base}_{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)

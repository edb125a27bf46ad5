"""Gates: what a first model must show before it is deployed, and what is only watched.

The gates are those of the shipped use case, with limits that any honest model on a table of some size can meet: not
worse than a plain model, calibrated, measured on enough positive rows, without a suspected leak. Parity of groups is
watched, because its limit is a decision of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mlops_assets.drafting.facts import Facts, Section
from mlops_assets.drafting.names import unaccented
from mlops_assets.use_case.release import AcceptUncertain, Gate, Release
from mlops_assets.yaml_files.problems import Path

FEWEST_POSITIVES = 50
"""Positive test rows with which the interval of an AUC of 0.75 reaches about 0.08 to each side (Hanley and McNeil,
Radiology 143, 1982, negative rows in plenty)."""
_POWER = 0.8


def draft_release(facts: Facts) -> Section:
    """Return the `release:` section."""
    gates = {
        "the least that a first model must show; raise the limits once a run shows what is reached": (
            Gate(name="enough_positives", evidence="evaluation", metric="positives", at_least=FEWEST_POSITIVES),
            Gate(name="discrimination", evidence="evaluation", metric="auc", at_least=0.55),
            Gate(name="not_worse_than_baseline", evidence="evaluation", metric="auc_gain", at_least=-0.005),
        ),
        "an uncertain result is accepted only where the test rows would have exposed an unacceptable model": (
            _calibration("calibrated_on_average", "observed_over_expected", 0.8, 1.25, unacceptable=0.5),
            _calibration("calibrated_slope", "calibration_slope", 0.7, 1.4, unacceptable=0.4),
        ),
        "": (Gate(name="clean_data", evidence="data", metric="quarantined_share", at_most=facts.quarantined),),
        "a suspected leak stops deployment until a person has looked: exclude the column, or write blocking: false "
        "if its value is known in time": (
            Gate(name="no_suspected_leak", evidence="data", metric="suspected_leaks", at_most=0),
        ),
        "parity is watched and stops nothing: remove blocking: false where it must": tuple(
            _parity([column.name for column in facts.attributes])
        ),
    }
    comments: dict[Path, tuple[str, ...]] = {}
    listed: list[Gate] = []
    for comment, some in gates.items():
        comments |= {("gates", len(listed)): (comment,)} if comment and some else {}
        listed += some
    return Section(Release(gates=tuple(listed)), comments)


def _calibration(name: str, metric: str, low: float, high: float, *, unacceptable: float) -> Gate:
    """Return a gate whose interval may straddle a limit where a model of a metric of `unacceptable` would have failed.

    It would have failed in 80 % of samples of this size.
    """
    accept = AcceptUncertain(minimum_positives=FEWEST_POSITIVES, minimum_power=_POWER, unacceptable=unacceptable)
    return Gate(name=name, evidence="evaluation", metric=metric, at_least=low, at_most=high, accept_uncertain=accept)


def _parity(attributes: Sequence[str]) -> Iterator[Gate]:
    taken: set[str] = set()
    for attribute in attributes:
        name = _slug(attribute, taken)
        taken.add(name)
        yield Gate(
            name=name,
            evidence="fairness",
            metric="demographic_parity_ratio",
            attribute=attribute,
            at_least=0.8,
            blocking=False,
        )


def _slug(attribute: str, taken: set[str]) -> str:
    """Return a name for the gate of an attribute, told apart from those that are taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", unaccented(attribute).lower()).strip("_")[:40]
    base = "_".join(filter(None, ("parity", stem)))
    numbered = (base if number == 1 else f"{base}_{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)

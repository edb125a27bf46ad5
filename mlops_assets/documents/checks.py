"""Checks on a card: every check with its outcome, and the one line that says what became of the model.

A deployment is claimed only where one was recorded. Whether a check passes is decided in the rooms; keep that out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_assets.documents.evidence import CheckLine
from mlops_assets.errors import listing
from mlops_assets.formatting import number_text
from mlops_assets.verdicts import WORST_FIRST, Outcome

if TYPE_CHECKING:
    from mlops_assets.release.gates import ReleaseDecision

SUSPICIONS = ("leakage_report:no_leakage", "evaluation:not_too_good", "explanations:no_dominant_column")
"""Checks that point at a leak where they do not pass."""
_NAMED = 8


@dataclass(frozen=True)
class Deployed:
    """The last deployment that was recorded: version in the registry, model, and when."""

    version: str
    fingerprint: str
    timestamp: str


def verdict_line(decision: ReleaseDecision, checks: Sequence[CheckLine], deployed: Deployed | None) -> str:
    """Return what became of the model, and which checks it did not pass."""
    if not decision.approved:
        return f"Held back: {listing(decision.reasons, _NAMED)}. {_last_deployed(decision, deployed)}"
    head = "Approved, and not deployed when this card was written"
    if deployed is not None and deployed.fingerprint == decision.fingerprint:
        head = f"Deployed as version {deployed.version}"
    count, failing = number_text(len(checks)), sum(line.outcome is not Outcome.PASSED for line in checks)
    if not failing:
        return f"{head}: all {count} checks passed."
    named = {outcome: [_named(line) for line in checks if line.outcome is outcome] for outcome in WORST_FIRST[:-1]}
    said = " ".join(f"{outcome.capitalize()}: {listing(names, _NAMED)}." for outcome, names in named.items() if names)
    return f"{head} although {failing} of {count} checks did not pass. {said}"


def leakage_warning(checks: Sequence[CheckLine]) -> str:
    """Return a warning where anything suggests that the model knows the outcome, else nothing."""
    odd = [line.label for line in checks if line.label in SUSPICIONS and line.outcome in WORST_FIRST[:2]]
    if not odd:
        return ""
    return (
        f"Possible leakage, by {listing(odd)}: the model may know the outcome, and its metrics may be too good to be "
        "true. Find out when each column is known before relying on this card."
    )


def _named(line: CheckLine) -> str:
    if line.accepted:
        return f"{line.label} (accepted)"
    return line.label if line.blocking else f"{line.label} (not blocking)"


def _last_deployed(decision: ReleaseDecision, deployed: Deployed | None) -> str:
    if deployed is None:
        return "No model of this use case is deployed."
    if deployed.fingerprint == decision.fingerprint:
        return f"This model was deployed as version {deployed.version} before, at {deployed.timestamp}."
    return f"Another model was deployed last, as version {deployed.version} at {deployed.timestamp}."

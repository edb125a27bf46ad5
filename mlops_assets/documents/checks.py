"""Checks on a card: every check with its outcome, and the one line that says what became of the model.

A deployment is claimed only where one was recorded. Whether a check passes is decided in the rooms; keep that out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_assets.documents.evidence import CheckLine
from mlops_assets.errors import listing
from mlops_assets.formatting import number_text
from mlops_assets.verdicts import Outcome

if TYPE_CHECKING:
    from mlops_assets.release.gates import ReleaseDecision

WORST_FIRST = (Outcome.FAILED, Outcome.UNCERTAIN, Outcome.NOT_APPLICABLE, Outcome.PASSED)
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
    is_deployed = deployed is not None and deployed.fingerprint == decision.fingerprint
    head = "Approved, and not deployed when this card was written"
    if is_deployed and deployed is not None:
        head = f"Deployed as version {deployed.version}"
    rest = shortfalls(checks)
    count = number_text(len(checks))
    return f"{head} although {rest}, of {count} checks." if rest else f"{head}: all {count} checks passed."


def shortfalls(checks: Sequence[CheckLine]) -> str:
    """Return which checks did not pass, by outcome, in words; nothing where all passed."""
    counts = Counter(line.outcome for line in checks)
    parts = []
    for outcome in WORST_FIRST[:-1]:
        if counts[outcome]:
            names = listing([_named(line) for line in checks if line.outcome is outcome], _NAMED)
            verb = "" if outcome is Outcome.FAILED else "is " if counts[outcome] == 1 else "are "
            parts.append(f"{counts[outcome]} {verb}{outcome} ({names})")
    return ", ".join(parts)


def _named(line: CheckLine) -> str:
    return (
        f"{line.label}, accepted" if line.accepted else line.label if line.blocking else f"{line.label}, not blocking"
    )


def _last_deployed(decision: ReleaseDecision, deployed: Deployed | None) -> str:
    if deployed is None:
        return "No model of this use case is deployed."
    if deployed.fingerprint == decision.fingerprint:
        return f"This very model was deployed as version {deployed.version} before, at {deployed.timestamp}."
    return f"Another model was deployed last, as version {deployed.version} at {deployed.timestamp}."

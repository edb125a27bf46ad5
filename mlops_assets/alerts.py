"""Alerts: the message about a check that did not pass, independent of how a sink sends it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field

from mlops_assets.verdicts import Outcome, Severity

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Alert:
    """One failed check, in words.

    Attributes:
        use_case: name of the use case.
        asset: asset key as text, for example `credit_default/drift`.
        check: name of the check.
        outcome: what the check found.
        severity: `error` or `warning`.
        description: what is wrong and what to do.
        run_id: the run that found it.
        timestamp: when, ISO 8601 with time zone.
        metadata: further values by name.
    """

    use_case: str
    asset: str
    check: str
    outcome: Outcome
    severity: Severity
    description: str
    run_id: str
    timestamp: str
    metadata: dict[str, Scalar] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return one line for people. Control characters, which a terminal would obey, are taken out."""
        metrics = "".join(f"; {name}={value}" for name, value in self.metadata.items())
        line = (
            f"{self.timestamp} {self.severity.upper()} {self.asset} {self.check} {self.outcome}: "
            f"{self.description}{metrics} (run {self.run_id})"
        )
        words = " ".join(line.split())
        return "".join(character if character.isprintable() else "?" for character in words)

    def to_json(self) -> str:
        """Return one line of JSON with every field, in their order. NaN and infinity, which JSON lacks, are null."""
        fields = asdict(self)
        fields["metadata"] = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in self.metadata.items()
        }
        return json.dumps(fields, ensure_ascii=False, allow_nan=False)

"""Findings: what validation says about one rule that was broken, with a bounded number of examples.

Also holds the verdicts on findings that only warn. Add wording here; the rules themselves are in `rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW
from mlops_assets.data.rules import Rule
from mlops_assets.errors import listing
from mlops_assets.use_case.data import Comparison
from mlops_assets.verdicts import Outcome, Severity, Verdict

if TYPE_CHECKING:
    from mlops_assets.data.validation import ValidationReport

_EXAMPLES = 5
_WIDTH = 60


@dataclass(frozen=True)
class Finding:
    """One rule that some rows break.

    Attributes:
        rule: `COLUMN.RULE`, or the name of a rule across columns.
        column: the column that it is about, the left one of a rule across columns.
        severity: `error` where the rows are quarantined for it, `warning` where they are only counted.
        count: rows that break it; 0 where it is about the whole column.
        examples: the first few, with the number of the row (`__row__`) and the value as it was read.
        reason: what is wrong, in words.
    """

    rule: str
    column: str
    severity: Severity
    count: int
    examples: tuple[str, ...]
    reason: str


def row_finding(rule: Rule, broken: np.ndarray, raw: pd.DataFrame, comparison: Comparison | None) -> Finding:
    """Return the finding on the rows where `broken` is true; values are shown as they were read."""
    count = int(broken.sum())
    if rule.kind == "undocumented":
        counts = raw[rule.column][broken].value_counts()
        examples = tuple(f"code {_shown(code)} in {n} rows" for code, n in counts.head(_EXAMPLES).items())
    else:
        sides = [raw[name] for name in (rule.column, comparison and comparison.right) if name is not None]
        examples = tuple(
            f"row {raw[ROW].iloc[row]}: {' and '.join(_shown(side.iloc[row]) for side in sides)}"
            for row in np.flatnonzero(broken)[:_EXAMPLES]
        )
    return Finding(rule.name, rule.column, rule.severity, count, examples, rule.breach)


def _shown(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return "no value"
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def in_words(findings: tuple[Finding, ...], limit: int = 5) -> str:
    """Return the findings as one text, the most frequent first, bounded."""
    ordered = sorted(findings, key=lambda finding: -finding.count)
    sentences = []
    for finding in ordered:
        rows = f" in {finding.count} rows" if finding.count else ""
        examples = f" ({listing(finding.examples, 3)})" if finding.examples else ""
        sentences.append(f"{finding.rule}{rows}: {finding.reason}{examples}")
    return listing(sentences, limit)


def judge_warnings(report: ValidationReport) -> Verdict:
    """Check for what is suspicious but allowed: broken warning rules, constant columns, empty columns."""
    warnings = tuple(finding for finding in report.findings if finding.severity == "warning")
    problems = [in_words(warnings, 10)] if warnings else []
    if report.constant:
        problems.append(f"constant, so nothing to learn from: {listing(map(repr, report.constant), 10)}")
    if report.empty:
        problems.append(f"no value in any row: {listing(map(repr, report.empty), 10)}")
    count = len(warnings) + len(report.constant) + len(report.empty)
    if not problems:
        return Verdict("warnings", Outcome.PASSED, "no warning rule is broken, and every column varies", value=0.0)
    return Verdict("warnings", Outcome.FAILED, "; ".join(problems), value=float(count))


def judge_batch_warnings(batch: ValidationReport, table: ValidationReport) -> Verdict:
    """Check whether a batch breaks a rule of severity warning that the table it is compared with satisfies.

    Args:
        batch: what validation found in the batch.
        table: what it found in the table that the model learned from. What it breaks itself is known already.
    """
    known = {finding.rule for finding in table.findings}
    new = tuple(f for f in batch.findings if f.severity == "warning" and f.rule not in known)
    if not new:
        reason = "no warning rule is broken that the table of the model satisfies"
        return Verdict("warnings", Outcome.PASSED, reason, value=0.0)
    reason = (
        f"new in this batch: {in_words(new, 10)}. The rows are scored; ask the sender, then correct the declaration"
    )
    return Verdict("warnings", Outcome.FAILED, reason, value=float(len(new)))

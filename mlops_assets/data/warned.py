"""Warnings of a validation: what is odd in a table or a batch without being wrong, and who should be asked."""

from __future__ import annotations

from mlops_assets.data.findings import in_words
from mlops_assets.data.validation import ValidationReport
from mlops_assets.errors import listing
from mlops_assets.verdicts import Outcome, Verdict


def judge_warnings(report: ValidationReport) -> Verdict:
    """Judge whether anything is odd without being wrong: broken warning rules, constant columns, empty columns."""
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
    """Judge whether a batch breaks a rule of severity warning that the table it is compared with satisfies.

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

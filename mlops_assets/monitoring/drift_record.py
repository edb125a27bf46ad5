"""Drift records: what was found when a batch was compared with the reference, the verdict on it, and its page.

The page has the batch, the verdict and every watched column; Evidently's own page, kept beside it, has the
distributions. Add a field here when the comparison learns to say more; the comparison itself is in `drift.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from mlops_assets.errors import listing
from mlops_assets.formatting import number_text, percent_text
from mlops_assets.pages.html_page import to_html
from mlops_assets.pages.markdown_text import Markdown, escape, markdown_table
from mlops_assets.verdicts import Outcome, Verdict

P_VALUES = ("ks", "chisquare")
"""Methods whose score is a p-value, so that low means drift. Of all others the score is a distance."""
_HEADINGS = ("Column", "Drifted", "Score", "Limit", "Method", "Missing before", "Missing now", "Remark")
_RIGHT = ("Score", "Limit", "Missing before", "Missing now")


@dataclass(frozen=True)
class ColumnDrift:
    """How one column of a batch compares with the reference.

    Attributes:
        column: its name.
        method: Evidently's method.
        score: distance (at least 0) or p-value (0 to 1); None where no score can be had.
        threshold: limit of the score.
        drifted: whether the score or the share of missing values is beyond its limit.
        reference_rows, current_rows: rows with a finite value.
        missing_reference, missing_current: share of rows without one, 0 to 1; None without rows.
        reason: in words, why it drifted or why it has no score; empty where there is nothing to say.
    """

    column: str
    method: str
    score: float | None
    threshold: float
    drifted: bool
    reference_rows: int
    current_rows: int
    missing_reference: float | None
    missing_current: float | None
    reason: str = ""

    @property
    def judged(self) -> bool:
        """Whether there is anything to judge: a score, or drift by missing values."""
        return self.score is not None or self.drifted


@dataclass(frozen=True)
class DriftReport:
    """How a batch compares with the reference.

    Attributes:
        columns: the watched raw columns, in the declared order.
        prediction: the prediction.
        excluded: columns that were named or given and are not compared, with the reason.
        reference_rows, current_rows: rows of the two tables.
        drifted_share: share of the judged columns, the prediction among them, that drifted; None where none is judged.
        maximum_share: limit of that share.
        minimum_rows: rows that a batch and a reference need to be judged.
    """

    columns: tuple[ColumnDrift, ...]
    prediction: ColumnDrift
    excluded: dict[str, str]
    reference_rows: int
    current_rows: int
    drifted_share: float | None
    maximum_share: float
    minimum_rows: int

    @property
    def watched(self) -> tuple[ColumnDrift, ...]:
        """The prediction, then the columns."""
        return (self.prediction, *self.columns)

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """What drifted, the prediction first."""
        return tuple(column for column in self.watched if column.drifted)

    @property
    def not_judged(self) -> tuple[ColumnDrift, ...]:
        """What could not be compared although it is watched."""
        return tuple(column for column in self.watched if not column.judged)


def judge_drift(report: DriftReport) -> Verdict:
    """Judge a batch: `no_drift` passes only where every watched column was compared and few enough drifted.

    Too few rows are not applicable. Drift of the prediction, or of a larger share of columns than allowed, fails.
    Otherwise a watched column that could not be compared leaves the verdict uncertain.
    """
    share, limit = report.drifted_share, report.maximum_share
    if small := _too_small(report):
        return Verdict("no_drift", Outcome.NOT_APPLICABLE, small, share, limit=limit)
    if share is None:
        reason = f"drift cannot be judged: {_words(report.not_judged)}; check how the batch was made"
        return Verdict("no_drift", Outcome.NOT_APPLICABLE, reason, limit=limit)
    if report.prediction.drifted or share > limit:
        return Verdict("no_drift", Outcome.FAILED, _failure(report), share, limit=limit)
    if report.not_judged:
        reason = (
            f"no column is known to drift beyond the limit, but some could not be compared: {_words(report.not_judged)}"
        )
        return Verdict("no_drift", Outcome.UNCERTAIN, reason, share, limit=limit)
    return Verdict("no_drift", Outcome.PASSED, _pass(report), share, limit=limit)


def _too_small(report: DriftReport) -> str:
    fewest = number_text(report.minimum_rows)
    for name, rows in (("the batch", report.current_rows), ("the reference", report.reference_rows)):
        if rows < report.minimum_rows:
            return (
                f"drift is not judged: {name} has {number_text(rows)} rows and at least {fewest} are required; "
                "collect a larger batch, or lower monitoring.drift.minimum_rows and accept more false alarms"
            )
    return ""


def _failure(report: DriftReport) -> str:
    judged, share = sum(column.judged for column in report.watched), percent_text(report.maximum_share)
    text = (
        f"{len(report.drifted)} of {judged} watched columns drifted, at most {share} may and the prediction "
        f"may not: {_words(report.drifted)}"
    )
    if report.not_judged:
        text += f"; not compared: {_words(report.not_judged)}"
    return text + "; check the source of these columns for faults first, and retrain if the population changed"


def _pass(report: DriftReport) -> str:
    nearest = max(report.watched, key=_closeness)
    text = f"{len(report.drifted)} of {len(report.watched)} watched columns drifted, the nearest is {_word(nearest)}"
    return text + (f"; drifted within the limit: {_words(report.drifted)}" if report.drifted else "")


def _closeness(column: ColumnDrift) -> float:
    score = column.score or 0.0
    if column.method in P_VALUES:
        return column.threshold / score if score else float("inf")
    return score / column.threshold


def _words(columns: tuple[ColumnDrift, ...]) -> str:
    return listing((_word(column) for column in columns), limit=12)


def _word(column: ColumnDrift) -> str:
    if column.reason:
        return f"{column.column} ({column.reason})"
    kind = "p-value" if column.method in P_VALUES else "distance"
    score, limit = number_text(column.score), number_text(column.threshold)
    return f"{column.column} ({column.method} {kind} {score}, limit {limit})"


def render_drift(report: DriftReport, *, use_case: str, batch: str, model: str, details: str = "") -> str:
    """Return the page of one batch. Same input, same bytes.

    Args:
        report: the comparison.
        use_case: its name.
        batch: name of the batch.
        model: version of the model that scored the batch.
        details: path of Evidently's page, relative to this one; empty where there is none.
    """
    verdict = judge_drift(report)
    parts = [
        f"# {escape(f'{use_case}: drift of {batch}')}",
        f"> **{escape(verdict.outcome.capitalize())}.** {escape(verdict.reason)}.",
        _facts(report, model),
        drift_table(report),
        *([markdown_table(("Not compared", "Why"), list(report.excluded.items()))] if report.excluded else []),
        *([f"[Distributions of every column, by Evidently]({quote(details)})"] if details else []),
    ]
    return to_html("\n\n".join(parts), f"{use_case}: drift of {batch}")


def drift_table(report: DriftReport) -> Markdown:
    """Return a table of what is watched, what drifted first."""
    ordered = sorted(report.watched, key=lambda column: not column.drifted)
    return markdown_table(_HEADINGS, [_row(column) for column in ordered], right=_RIGHT)


def _row(column: ColumnDrift) -> tuple[object, ...]:
    kind = "p-value" if column.method in P_VALUES else "distance"
    missing = (percent_text(column.missing_reference), percent_text(column.missing_current))
    score, limit = number_text(column.score), number_text(column.threshold)
    drifted = column.drifted if column.judged else "not judged"
    return (column.column, drifted, score, limit, f"{column.method}, {kind}", *missing, column.reason)


def _facts(report: DriftReport, model: str) -> Markdown:
    rows = [
        ("Rows of the batch", report.current_rows),
        ("Rows of the training reference", report.reference_rows),
        ("Version of the model that scored it", model),
        ("Share of watched columns that drifted", percent_text(report.drifted_share)),
        ("Share that may drift", percent_text(report.maximum_share)),
    ]
    return markdown_table(("Metric", "Value"), rows, right=("Value",))

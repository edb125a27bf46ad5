"""The drift page: which batch, what the verdict is, and every watched column, before any detail.

Evidently's own page, kept beside it, has the distributions. Judgement is in `drift_record.py`.
"""

from __future__ import annotations

from urllib.parse import quote

from mlops_assets.formatting import number_text, percent_text
from mlops_assets.monitoring.drift_record import P_VALUES, ColumnDrift, DriftReport, judge_drift
from mlops_assets.pages.html_page import to_html
from mlops_assets.pages.markdown_text import Markdown, escape, markdown_table

_HEADINGS = ("Column", "Drifted", "Score", "Limit", "Method", "Missing before", "Missing now", "Remark")
_RIGHT = ("Score", "Limit", "Missing before", "Missing now")


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

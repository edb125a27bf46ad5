"""Collect, data side: records of the packages data and privacy as evidence for cards.

One function for each record, each taking the materialization that the record came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlops_assets.documents.evidence import CardEvidence, Cell, Fact, Origin, Table
from mlops_assets.formatting import number_text

if TYPE_CHECKING:
    from mlops_assets.data.profile import Profile
    from mlops_assets.data.validation import ValidationReport
    from mlops_assets.privacy.statistics import PrivateRelease, PrivateStatistic
    from mlops_assets.privacy.synthetic_report import SyntheticReport


def raw_evidence(origin: Origin, *, rows: int, digest: str) -> CardEvidence:
    """Return what is known of the raw file: its rows and its SHA-256."""
    return CardEvidence({"data/raw_rows": Fact(origin, rows), "data/digest": Fact(origin, digest)})


def validation_evidence(validated: Origin, quarantine: Origin, report: ValidationReport) -> CardEvidence:
    """Return counts of valid and quarantined rows, and the findings.

    Examples stay out: a card is passed on, and they are values of single rows.
    """
    rows = [(found.rule, found.column, found.severity, found.count, found.reason) for found in report.findings]
    headings = ("Rule", "Column", "Severity", "Rows", "Reason")
    return CardEvidence(
        {
            "data/valid_rows": Fact(validated, report.rows_valid),
            "data/quarantined_rows": Fact(quarantine, report.rows_quarantined, f"of {number_text(report.rows_in)}"),
        },
        {"data/findings": Table(validated, headings, rows, detail="" if rows else "no rule was broken")},
    )


def profile_evidence(origin: Origin, profile: Profile) -> CardEvidence:
    """Return how many rows of each column are missing and how many values differ; no value of a row."""
    rows = [(column.name, column.missing, column.missing_share, column.distinct) for column in profile.columns]
    headings = ("Column", "Missing", "Share missing", "Different values")
    return CardEvidence(tables={"data/profile": Table(origin, headings, rows)})


def splits_evidence(origin: Origin, counts: Mapping[str, tuple[int, int]]) -> CardEvidence:
    """Return the table of splits from rows and positives by name of the split."""
    rows = tuple(
        (name, total, positives, positives / total if total else None) for name, (total, positives) in counts.items()
    )
    headings = ("Split", "Rows", "Positives", "Share of positives")
    return CardEvidence(tables={"data/splits": Table(origin, headings, rows)})


def privacy_evidence(origin: Origin, release: PrivateRelease, *, spent: float, cap: float) -> CardEvidence:
    """Return the account and the released statistics; every value from the data has noise.

    Args:
        origin: the materialization of the release.
        release: the statistics.
        spent: epsilon that the ledger has booked for the use case.
        cap: epsilon that may be spent.
    """
    rows = tuple(row for statistic in release.statistics for row in _statistic_rows(statistic))
    headings = ("Statistic", "Column", "Of", "Released value", "Epsilon")
    of = f"Neighbouring tables: {release.neighbours}; delta {release.delta:g}; {release.missing}; {release.library}."
    return CardEvidence(
        {"privacy/spent": Fact(origin, spent), "privacy/cap": Fact(origin, cap)},
        {"privacy/statistics": Table(origin, headings, rows, detail=of)},
    )


def synthetic_evidence(origin: Origin, report: SyntheticReport) -> CardEvidence:
    """Return how close the synthetic table is to the real one, by how many pairs, and what a model learns from it."""
    shown = ("quality", "diagnostic", "two_sample_auc", "association_error", "tstr_ratio", "tstr_gain")
    facts = {f"synthetic/{name}": Fact(origin, report.metrics[name]) for name in shown}
    pairs = f"{number_text(report.similarity.pairs_compared)} of {number_text(report.similarity.pairs)}"
    return CardEvidence(facts | {"synthetic/pairs": Fact(origin, pairs)})


def _statistic_rows(statistic: PrivateStatistic) -> list[tuple[Cell, ...]]:
    """Return a row for each released value; the cost is on the first, because it is paid once for all."""
    return [
        (statistic.name, statistic.column or "all rows", label, _value(shown), None if number else statistic.epsilon)
        for number, (label, shown) in enumerate(zip(statistic.labels, statistic.display, strict=True))
    ]


def _value(shown: str) -> Cell:
    """Return a released value as a number, to be written as all numbers are; a date stays a text."""
    try:
        return float(shown)
    except ValueError:
        return shown

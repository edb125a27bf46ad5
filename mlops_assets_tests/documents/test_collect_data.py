"""Records of the data and privacy rooms, as cards show them."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from mlops_assets.data.findings import Finding
from mlops_assets.data.validation import ValidationReport
from mlops_assets.documents.cards import render_data_card
from mlops_assets.documents.collect_data import (
    privacy_evidence,
    profile_evidence,
    raw_evidence,
    splits_evidence,
    synthetic_evidence,
    validation_evidence,
)
from mlops_assets.privacy.statistics import release_statistics
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Statistic
from mlops_assets.verdicts import MetricValue


def _report(*findings: Finding) -> ValidationReport:
    return ValidationReport(
        rows_in=100, rows_valid=97, rows_quarantined=3, findings=findings, target="y", classes={}, constant=(), empty=()
    )


def test_file_and_counts_are_shown(card_use_case, origin):
    """The card says how many rows came, stayed and went, each from its own materialization."""
    evidence = raw_evidence(origin("raw"), rows=100, digest="ab" * 32)
    evidence |= validation_evidence(origin("validated"), origin("quarantine"), _report())
    text = render_data_card(card_use_case, evidence)

    assert "| Rows of the file | 100[^1] |" in text
    assert f"| SHA-256 of the file | {'ab' * 32}[^1] |" in text
    assert "| Rows that are valid | 97[^2] |" in text
    assert "| Rows in quarantine | 3 (of 100)[^3] |" in text
    assert "no rule was broken" in text


def test_findings_are_a_table_without_values_of_single_rows(card_use_case, origin):
    """Each finding stands with rule, column, count and reason; its examples are values of people and stay out."""
    finding = Finding("max", "a|b", "error", 3, ("row 7: 123456789",), "value above the declared maximum")
    evidence = validation_evidence(origin("validated"), origin("quarantine"), _report(finding))
    text = render_data_card(card_use_case, evidence)

    assert r"| max | a\|b | error | 3 | value above the declared maximum |" in text
    assert "123456789" not in text


def test_profile_shows_what_is_missing(card_use_case, origin):
    """Each column stands with its missing share and the number of different values."""
    column = SimpleNamespace(name="a|b", missing=5, missing_share=0.05, distinct=12)
    text = render_data_card(card_use_case, profile_evidence(origin("profile"), SimpleNamespace(columns=(column,))))

    assert r"| a\|b | 5 | 0.05 | 12 |" in text


def test_splits_show_rows_and_share_of_positives(card_use_case, origin):
    """A split without rows has no share, rather than a zero."""
    text = render_data_card(card_use_case, splits_evidence(origin("splits"), {"train": (200, 50), "replay": (0, 0)}))

    assert "| train | 200 | 50 | 0.25 |" in text
    assert "| replay | 0 | 0 | – |" in text


def test_account_and_released_statistics_are_shown(card_use_case, origin):
    """Spent and cap stand in the account; the cost of a statistic is printed once."""
    columns = {"age": Column(type="integer", min=0, max=100)}
    statistics = (
        Statistic(name="rows", kind="count", epsilon=0.5),
        Statistic(name="ages", kind="histogram", column="age", bins=2, epsilon=0.25),
    )
    release = release_statistics(pd.DataFrame({"age": [20, 30, 70] * 20}), statistics, columns)
    text = render_data_card(card_use_case, privacy_evidence(origin("private_statistics"), release, spent=0.75, cap=2.0))

    assert "| Epsilon spent, over all releases so far | 0.75[^1] |" in text
    assert "| Epsilon that may be spent, ever | 2[^1] |" in text
    assert text.count("| ages | age |") == 2
    assert text.count("| 0.25 |") == 1


def test_synthetic_figures_are_shown_and_missing_ones_said(card_use_case, origin):
    """A ratio that could not be had is not a number on the card. High quality of few pairs says so, and its worth."""
    metrics = {
        "quality": MetricValue(0.8),
        "diagnostic": MetricValue(1.0),
        "two_sample_auc": MetricValue(0.99, 0.98, 1.0),
        "association_error": MetricValue(0.06),
        "tstr_ratio": MetricValue(None),
        "tstr_gain": MetricValue(-0.011, -0.02, -0.002),
    }
    report = SimpleNamespace(metrics=metrics, similarity=SimpleNamespace(pairs=1276, pairs_compared=31))
    text = render_data_card(card_use_case, synthetic_evidence(origin("synthetic_report"), report))

    assert "| Quality of the synthetic table | 0.8[^1] |" in text
    assert "| Pairs of columns that the quality scores | 31 of 1,276[^1] |" in text
    assert "| AUC of a classifier that separates its rows from real ones (0.5 is best) | 0.99 [0.98, 1][^1] |" in text
    assert "| Mean error of the rate of positives along a column | 0.06[^1] |" in text
    assert "| AUC trained on synthetic over AUC trained on real rows | not measured: no value[^1] |" in text
    assert "| AUC trained on synthetic rows minus that of a trivial table | -0.011 [-0.02, -0.002][^1] |" in text

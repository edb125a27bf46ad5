"""Evidence: the metrics that gates may ask for, under one kind of key, each with the model that it is about.

Holds how reports of lower rooms become evidence. Add a source here together with its name in
`use_case.metrics.GATE_METRICS`; what follows from the metrics is decided in `gates.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlops_assets.verdicts import MetricValue

Number = MetricValue | float | int | None


@dataclass(frozen=True)
class Evidence:
    """Metrics for gates.

    Attributes:
        metrics: metric by `gate_key`; one without a value could not be measured.
        about: fingerprint of the measured model by source, for those of `use_case.metrics.MODEL_EVIDENCE`.
        notes: what a verdict on a metric must say, by `gate_key`: why there is none, or what it leaves out.
        confidence: coverage of the intervals by source, for those of `use_case.metrics.MODEL_EVIDENCE`.
        positives: rows of the positive class that were measured, by source, for those of
            `use_case.metrics.MODEL_EVIDENCE`.
    """

    metrics: dict[str, MetricValue] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    positives: dict[str, int] = field(default_factory=dict)


def gate_key(evidence: str, metric: str, attribute: str | None = None) -> str:
    """Return the key of a metric. Sources and metrics are plain names, so no attribute makes a key ambiguous.

    >>> gate_key("fairness", "demographic_parity_ratio", "SEX")
    'fairness.demographic_parity_ratio[SEX]'
    """
    return f"{evidence}.{metric}" + ("" if attribute is None else f"[{attribute}]")


def evidence_from(
    *,
    evaluation: Mapping[str, Number] | None = None,
    fairness: Mapping[str, Mapping[str, Number]] | None = None,
    synthetic: Mapping[str, Number] | None = None,
    epsilon_spent: float | None = None,
    valid_rows: int | None = None,
    quarantined_share: float | None = None,
    suspected_leaks: float | None = None,
    about: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    confidence: Mapping[str, float] | None = None,
    positives: Mapping[str, int] | None = None,
) -> Evidence:
    """Collect the metrics of several reports. What is left out is no evidence, and no gate on it can pass.

    Args:
        evaluation: value by metric.
        fairness: value by metric, by protected attribute.
        synthetic: value by metric.
        epsilon_spent: epsilon that the ledger of the use case has booked.
        valid_rows: rows that validation let through.
        quarantined_share: quarantined rows over all rows, between 0 and 1.
        suspected_leaks: columns that nearly are the target, None where there were too few rows to tell.
        about: fingerprint of the model that evaluation and fairness were measured on, under these names. Without it
            their metrics are not evidence about any model.
        notes: what verdicts must say of a metric, by `gate_key`.
        confidence: coverage of the intervals of evaluation and fairness, under these names.
        positives: rows of the positive class that evaluation and fairness were measured on, under these names.
    """
    values: dict[str, MetricValue] = {}
    for source, metrics in (
        ("evaluation", evaluation),
        ("synthetic", synthetic),
        ("privacy", {"epsilon_spent": epsilon_spent}),
        (
            "data",
            {"valid_rows": valid_rows, "quarantined_share": quarantined_share, "suspected_leaks": suspected_leaks},
        ),
    ):
        values.update({gate_key(source, metric): value for metric, value in _metric_values(metrics)})
    for attribute, metrics in (fairness or {}).items():
        values.update({gate_key("fairness", metric, attribute): value for metric, value in _metric_values(metrics)})
    return Evidence(values, dict(about or {}), dict(notes or {}), dict(confidence or {}), dict(positives or {}))


def _metric_values(metrics: Mapping[str, Number] | None) -> Iterator[tuple[str, MetricValue]]:
    for metric, number in (metrics or {}).items():
        if isinstance(number, MetricValue):
            ends = _finite(number.low), _finite(number.high)
            yield metric, MetricValue(_finite(number.value), *((None, None) if None in ends else ends))
        else:
            yield metric, MetricValue(_finite(number))


def _finite(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else float(number)

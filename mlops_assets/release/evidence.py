"""Evidence: the metrics that gates may use, under one kind of key, each with the model that it is about.

Holds how reports of lower packages become evidence. Add a source here together with its name in
`use_case.metrics.GATE_METRICS`; what follows from the metrics is decided in `gates.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlops_assets.verdicts import MetricValue, finite_metric

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
    fairness: Mapping[str, Mapping[str, Number]] | None = None,
    about: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    confidence: Mapping[str, float] | None = None,
    positives: Mapping[str, int] | None = None,
    **sources: Mapping[str, Number],
) -> Evidence:
    """Collect the metrics of several reports. What is left out is no evidence, and no gate on it can pass.

    Args:
        fairness: value by metric, by protected attribute.
        about: as in `Evidence`; without it metrics of evaluation and fairness are not evidence about any model.
        notes: as in `Evidence`.
        confidence: as in `Evidence`.
        positives: as in `Evidence`.
        sources: value by metric of every other source of `use_case.metrics.GATE_METRICS`.
    """
    values = {
        gate_key(source, metric): _metric_value(number)
        for source, metrics in sources.items()
        for metric, number in metrics.items()
    }
    values |= {
        gate_key("fairness", metric, attribute): _metric_value(number)
        for attribute, metrics in (fairness or {}).items()
        for metric, number in metrics.items()
    }
    return Evidence(values, dict(about or {}), dict(notes or {}), dict(confidence or {}), dict(positives or {}))


def _metric_value(number: Number) -> MetricValue:
    if isinstance(number, MetricValue):
        return finite_metric(number.value, number.low, number.high)
    return finite_metric(number)

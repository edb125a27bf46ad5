"""Metadata of a model's calibration and threshold: what was chosen, why, and how sure the choice is."""

import dagster as dg

from mlops_assets.defs import metadata
from mlops_assets.formatting import estimate_text
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.training.bundle import Bundle
from mlops_assets.training.calibration import Calibrator
from mlops_assets.training.evaluation import EvaluationReport


def calibration_metadata(bundle: Bundle) -> dict[str, dg.MetadataValue]:
    """Return the method with its reason, the methods that were compared, and the threshold with its interval."""
    calibrator, threshold = bundle.calibrator, bundle.threshold
    return {
        "model/calibration": dg.MetadataValue.text(calibrator.method),
        "model/calibration_reason": dg.MetadataValue.text(calibrator.reason),
        "model/threshold": dg.MetadataValue.float(float(threshold.value)),
        "model/threshold_interval": dg.MetadataValue.text(
            estimate_text(threshold.value, threshold.low, threshold.high)
        ),
        "rows/calibration": dg.MetadataValue.int(calibrator.rows),
        "calibrations": _compared(calibrator),
    }


def decision_metadata(report: EvaluationReport) -> dict[str, dg.MetadataValue]:
    """Return decisions under an unsure threshold, the threshold, and why a metric could not be measured."""
    threshold = report.threshold
    shown = {
        "decisions": metadata.metrics_table(report.decisions),
        "threshold": dg.MetadataValue.text(estimate_text(threshold.value, threshold.low, threshold.high)),
    }
    return shown | ({"undefined": dg.MetadataValue.json(dict(report.undefined))} if report.undefined else {})


def _compared(calibrator: Calibrator) -> dg.MetadataValue:
    head = ("method", "cross-validated log loss", "above the least", "standard error", "rejected")
    rows = [
        (each.method, each.log_loss, each.difference, each.standard_error, each.rejected)
        for each in calibrator.candidates
    ]
    return dg.MetadataValue.md(markdown_table(head, rows, right=head[1:4]))

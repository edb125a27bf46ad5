"""What all assets and checks share: how a verdict becomes a check result."""

import dagster as dg
import pytest

from mlops_assets.defs.stage import check_result
from mlops_assets.verdicts import Outcome, Verdict

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@pytest.mark.parametrize(
    ("outcome", "blocking", "passed", "severity"),
    [
        (Outcome.PASSED, False, True, ERROR),
        (Outcome.FAILED, False, False, ERROR),
        (Outcome.UNCERTAIN, False, False, WARN),
        (Outcome.NOT_APPLICABLE, False, False, WARN),
        (Outcome.PASSED, True, True, ERROR),
        (Outcome.FAILED, True, False, ERROR),
        (Outcome.UNCERTAIN, True, False, ERROR),
        (Outcome.NOT_APPLICABLE, True, False, ERROR),
    ],
)
def test_only_passed_passes_and_a_blocking_check_stops_at_anything_else(
    outcome: Outcome, blocking: bool, passed: bool, severity: dg.AssetCheckSeverity
) -> None:
    result = check_result(Verdict("q", outcome, "because", 0.5, limit=0.4), ERROR, "v1", blocking=blocking)

    assert (result.passed, result.severity) == (passed, severity)
    assert result.description == "because"
    assert result.metadata["outcome"].value == str(outcome)
    assert result.metadata["limit"].value == 0.4

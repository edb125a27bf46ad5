"""What an alert says, as text and as JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.alerts import Alert
from mlops_assets.verdicts import Outcome


def _alert(description: str = "LIMIT_BAL drifted", **metadata) -> Alert:
    return Alert(
        "credit",
        "credit/drift",
        "no_drift",
        Outcome.FAILED,
        "error",
        description,
        "r1",
        "2026-01-02T03:04:05+00:00",
        metadata,
    )


def test_text_says_who_what_and_when():
    """The line holds asset, check, outcome, words, figures and run."""
    expected = "2026-01-02T03:04:05+00:00 ERROR credit/drift no_drift failed: LIMIT_BAL drifted; share=0.04 (run r1)"

    assert _alert(share=0.04).to_text() == expected


@given(st.text())
def test_text_is_one_printable_line(description):
    """Whatever a description holds, no line break and no terminal escape gets out."""
    assert _alert(description).to_text().isprintable()


@given(st.text())
def test_json_is_one_line_that_gives_everything_back(description):
    """JSON keeps the description exactly."""
    line = _alert(description, share=0.5).to_json()

    assert "\n" not in line
    assert json.loads(line)["description"] == description
    assert json.loads(line)["outcome"] == "failed"
    assert json.loads(line)["metadata"] == {"share": 0.5}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_null_for_what_json_lacks(value):
    """A figure that is no number does not keep the alert from being sent."""
    assert json.loads(_alert(share=value).to_json())["metadata"] == {"share": None}

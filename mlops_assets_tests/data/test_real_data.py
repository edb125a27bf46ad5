"""The tables that ship are read, validated, profiled and split as their YAML says."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_assets.data.findings import judge_warnings
from mlops_assets.data.profile import build_profile
from mlops_assets.data.source import read_file
from mlops_assets.data.splits import assign_splits, judge_splits
from mlops_assets.data.validation import judge_validation, validate
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.verdicts import Outcome

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "valid", "quarantined"), [("credit_default", 30_000, 0), ("penguins", 333, 11)])
def test_a_shipped_table_goes_through_the_room(name, valid, quarantined):
    use_case = load_use_case(ROOT / "configs" / f"{name}.yaml")
    data, task = use_case.data, use_case.task
    raw = read_file(ROOT / data.source.path, data.source, data.columns, extra_columns="error").frame
    found = validate(raw, data, target=task.target)
    splits = assign_splits(found.valid, data.splits, task)

    assert (len(found.valid), len(found.quarantined)) == (valid, quarantined)
    assert judge_validation(found.report(), data, task).outcome is Outcome.PASSED
    assert judge_splits(found.valid, splits, data.splits).outcome is Outcome.PASSED
    assert len(build_profile(found.valid, data, task).columns) == len(data.columns)


def test_the_undocumented_codes_of_the_credit_table_are_warnings_with_their_counts():
    use_case = load_use_case(ROOT / "configs" / "credit_default.yaml")
    raw = read_file(ROOT / use_case.data.source.path, use_case.data.source, use_case.data.columns).frame
    verdict = judge_warnings(validate(raw, use_case.data, target=use_case.task.target).report())

    assert verdict.outcome is Outcome.FAILED
    assert "EDUCATION.undocumented in 345 rows" in verdict.reason
    assert "MARRIAGE.undocumented in 54 rows" in verdict.reason

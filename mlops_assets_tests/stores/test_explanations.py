"""The cache of explanations: one computation a key, whole or not at all."""

from pathlib import Path

import pandas as pd
import pytest

from mlops_assets.assurance.explanations import Explanation, ExplanationReport
from mlops_assets.stores.explanations import cached_explanation


def explanation(value: float) -> Explanation:
    frame = pd.DataFrame({"__row__": [3, 8], "a": [value, -value]})
    report = ExplanationReport(
        base_value=0.5,
        output_units="log-odds",
        by_feature={"a": value},
        by_column={"a": value},
        by_group=(),
        additivity_error=0.0,
        rows=2,
        of_rows=2,
        background="tree cover",
        family="hist_gradient_boosting",
        fingerprint="f",
    )
    return Explanation(report, frame, frame[["a"]])


def never() -> Explanation:
    raise AssertionError("it was computed again")


def test_the_same_key_is_computed_once_and_comes_back_equal(tmp_path: Path) -> None:
    first, was_known = cached_explanation(tmp_path, "k", lambda: explanation(1.5))
    again, is_known = cached_explanation(tmp_path, "k", never)

    assert (was_known, is_known) == (False, True)
    assert again.report == first.report
    pd.testing.assert_frame_equal(again.values, first.values)
    pd.testing.assert_frame_equal(again.sample, first.sample)


def test_another_key_is_computed_and_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    cached_explanation(tmp_path, "old", lambda: explanation(1.0))
    found, known = cached_explanation(tmp_path, "new", lambda: explanation(2.0))

    assert not known
    assert found.report.by_feature == {"a": 2.0}
    assert {path.name.split(".")[0] for path in tmp_path.iterdir()} == {"new"}


@pytest.mark.parametrize("part", ["json", "values.parquet", "sample.parquet"])
def test_what_was_changed_since_is_computed_again(part: str, tmp_path: Path) -> None:
    cached_explanation(tmp_path, "k", lambda: explanation(1.0))
    path = tmp_path / f"k.{part}"
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(bytes(changed))
    found, known = cached_explanation(tmp_path, "k", lambda: explanation(1.0))

    assert not known
    assert found.report.by_feature == {"a": 1.0}
    assert cached_explanation(tmp_path, "k", never)[1]


def test_tables_without_their_record_are_no_explanation(tmp_path: Path) -> None:
    cached_explanation(tmp_path, "k", lambda: explanation(1.0))
    (tmp_path / "k.json").unlink()

    with pytest.raises(AssertionError, match="computed again"):
        cached_explanation(tmp_path, "k", never)

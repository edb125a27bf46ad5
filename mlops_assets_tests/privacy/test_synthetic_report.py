"""The synthetic report measures what it says, and says so where there is nothing to measure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from mlops_assets.data.frames import ROW
from mlops_assets.privacy import similarity
from mlops_assets.privacy.synthetic import synthesize
from mlops_assets.privacy.synthetic_report import SyntheticReport, measure_synthetic, share_repeated
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.use_case.metrics import SYNTHETIC
from mlops_assets.use_case.model import Task
from mlops_assets.use_case.privacy import Synthetic, SyntheticLimits
from mlops_assets.verdicts import Outcome

TASK = Task(target="defaults")
CONFIG = Synthetic(rows=400, seed=4)


@pytest.fixture(scope="module")
def parts(people, people_data) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Training, test and synthetic rows."""
    train, test = people.iloc[:160].reset_index(drop=True), people.iloc[160:].reset_index(drop=True)
    return train, test, synthesize(train, people_data, CONFIG, "defaults")


@pytest.fixture(scope="module")
def report(parts, people_data) -> SyntheticReport:
    return measure_synthetic(*parts, people_data, TASK, CONFIG)


def outcomes(report: SyntheticReport) -> dict[str, Outcome]:
    return {verdict.name: verdict.outcome for verdict in report.verdicts}


def test_every_metric_is_there_and_within_its_range(report):
    learned = report.utility

    assert tuple(report.metrics) == tuple(SYNTHETIC)
    assert all(
        0 <= metric.value <= 1 for name, metric in report.metrics.items() if name not in ("tstr_gain", "tstr_ratio")
    )
    assert learned.tstr_auc.low <= learned.tstr_auc.value <= learned.tstr_auc.high
    assert learned.tstr_ratio.value == pytest.approx(learned.tstr_auc.value / learned.trtr_auc.value)
    assert set(outcomes(report)) == {"quality", "diagnostic", "tstr_ratio", "tstr_gain"}
    assert (report.rows, report.similarity.rows_compared) == (400, (160, 400))


def test_a_report_survives_json(report):
    adapter = TypeAdapter(SyntheticReport)

    assert adapter.validate_json(adapter.dump_json(report)) == report


def test_the_same_tables_give_the_same_report(report, parts, people_data):
    again = measure_synthetic(*parts, people_data, TASK, CONFIG)

    assert again == report


def test_columns_are_scored_under_their_real_names(report, people_data):
    assert set(report.similarity.columns) == {name for name in people_data.columns if name not in ("id", "note")}
    assert report.similarity.columns['income {k€} "net"'] > 0.5
    assert report.similarity.columns["never known"] is None


def test_rules_across_columns_are_measured_and_those_of_left_out_columns_are_not(report, people_data, parts):
    synthetic = parts[2]
    applies = synthetic["children"].notna() & (synthetic["defaults"] == 1)

    assert set(report.broken_rules) == {"ends_late", "few_children"}
    assert report.broken_rules["few_children"] == pytest.approx((synthetic["children"][applies] > 2).mean())
    assert report.real_broken_rules["ends_late"] == 0.0


def test_a_copy_of_the_training_rows_is_perfect_and_found_out(parts, people_data):
    train, test, _ = parts
    copy = measure_synthetic(train, test, train.drop(columns=["id", "note"]), people_data, TASK, CONFIG)

    assert (copy.similarity.column_shapes, copy.similarity.diagnostic, copy.utility.tstr_ratio.value) == (1.0, 1.0, 1.0)
    assert copy.synthetic_rows_in_training == 1.0
    assert copy.test_rows_in_training < 0.1


def test_shuffled_columns_fail(parts, people_data):
    train, test, synthetic = parts
    generator = np.random.default_rng(0)
    shuffled = synthetic.assign(defaults=generator.permutation(1 - synthetic["defaults"].to_numpy()))
    limits = SyntheticLimits(quality=0.99, tstr_ratio=0.99)
    judged = measure_synthetic(train, test, shuffled, people_data, TASK, CONFIG.model_copy(update={"limits": limits}))

    assert outcomes(judged)["quality"] is Outcome.FAILED
    assert outcomes(judged)["tstr_ratio"] is Outcome.FAILED


def test_a_synthetic_target_of_one_class_is_not_applicable(parts, people_data):
    train, test, synthetic = parts
    one_class = measure_synthetic(train, test, synthetic.assign(defaults=0), people_data, TASK, CONFIG)

    assert outcomes(one_class)["tstr_ratio"] is Outcome.NOT_APPLICABLE
    assert "synthetic rows hold one class" in one_class.verdicts[2].reason
    assert (one_class.utility.tstr_auc.value, one_class.utility.tstr_ratio.value) == (None, None)
    assert one_class.utility.trtr_auc.value is not None


def test_test_rows_of_one_class_are_not_applicable(parts, people_data):
    train, test, synthetic = parts
    judged = measure_synthetic(train, test.assign(defaults=1), synthetic, people_data, TASK, CONFIG)

    assert outcomes(judged)["tstr_ratio"] is Outcome.NOT_APPLICABLE
    assert "real test rows hold one class" in judged.verdicts[2].reason


def test_a_target_that_nothing_predicts_is_not_applicable():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"x": generator.normal(size=200), "defaults": generator.integers(0, 2, 200)})
    frame.insert(0, ROW, range(200))
    columns = {"x": Column(type="number"), "defaults": Column(type="category", allowed=(0, 1))}
    data = Data(source=Source(path="x.csv"), columns=columns)
    judged = measure_synthetic(frame[:100], frame[100:], frame[50:150], data, TASK, CONFIG)

    assert outcomes(judged)["tstr_ratio"] is Outcome.NOT_APPLICABLE
    assert "no better than chance" in judged.verdicts[2].reason


def test_a_long_table_is_sampled_and_the_report_says_so(parts, people_data, monkeypatch):
    monkeypatch.setattr(similarity, "ROWS", 100)
    sampled = measure_synthetic(*parts, people_data, TASK, CONFIG)

    assert sampled.similarity.rows_compared == (100, 100)


def a_wide_table(rows: int, seed: int) -> pd.DataFrame:
    """Return 14 columns that share a factor, numbers and codes, so that all pairs are related."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=rows)
    numbers = {f"n{i}": common + rng.normal(size=rows) for i in range(9)}
    return pd.DataFrame(numbers | {f"k{i}": np.where(common + rng.normal(size=rows) > 0, "a", "b") for i in range(5)})


def test_of_a_wide_table_a_random_sample_of_pairs_is_scored_and_the_report_says_how_many(monkeypatch):
    real, synthetic = a_wide_table(400, 0), a_wide_table(400, 1)
    columns = {n: Column(type="number" if n.startswith("n") else "category") for n in real}
    whole = similarity.measure_similarity(real, synthetic, columns, 0)
    monkeypatch.setattr(similarity, "PAIRS", 30)
    lines: list[str] = []
    sampled = [similarity.measure_similarity(real, synthetic, columns, seed, lines.append) for seed in (5, 5, 6)]

    assert (whole.pairs, whole.pairs_sampled) == (91, 91)
    assert [(one.pairs, one.pairs_sampled) for one in sampled] == [(91, 26)] * 3
    assert 0 < sampled[0].pairs_compared <= 26
    assert sampled[0] == sampled[1] != sampled[2]
    assert all(one.columns == whole.columns for one in sampled)
    assert all(one.column_pairs == pytest.approx(whole.column_pairs, abs=0.05) for one in sampled)
    assert lines[:3] == [f"compared {n} of 3 blocks of columns" for n in (1, 2, 3)]


def test_scores_of_a_table_in_one_block_are_those_of_sdmetrics():
    from sdmetrics.reports import QualityReport

    real, synthetic = a_wide_table(300, 0), a_wide_table(300, 1)
    names = {name: f"c{position:03d}" for position, name in enumerate(real)}
    columns = {n: Column(type="number" if n.startswith("n") else "category") for n in real}
    ours = similarity.measure_similarity(real, synthetic, columns, 0)
    kinds = {names[n]: {"sdtype": "numerical" if n.startswith("n") else "categorical"} for n in real}
    report = QualityReport()
    tables = ({"table": table.rename(columns=names)} for table in (real, synthetic))
    report.generate(*tables, {"tables": {"table": {"columns": kinds}}, "relationships": []}, verbose=False)

    assert ours.quality == pytest.approx(report.get_score())
    assert [ours.column_shapes, ours.column_pairs] == pytest.approx(report.get_properties()["Score"].tolist())


def test_repeated_rows_are_counted_with_missing_values_equal():
    among = np.array([[1.0, np.nan], [2.0, 0.0]])
    rows = np.array([[1.0, np.nan], [2.0, -0.0], [np.nan, 1.0], [1.0, 0.0]])

    assert share_repeated(rows, among) == 0.5


def test_the_same_codes_are_alike_whatever_type_holds_them():
    """A column with gaps comes as floats, one without as whole numbers; their codes are the same."""
    real = pd.DataFrame({"x": [1.0, 2.0, 2.0, np.nan] * 50, "z": np.arange(200.0)})
    synthetic = pd.DataFrame({"x": [1, 2, 2] * 60, "z": np.arange(180.0)})
    columns = {"x": Column(type="category", allowed=(1, 2), nullable=True), "z": Column(type="number")}

    assert similarity.measure_similarity(real, synthetic, columns, 0).columns["x"] > 0.99

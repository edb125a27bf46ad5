"""The evaluation: figures with intervals, a paired gain, and nothing invented where a metric is undefined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from mlops_assets.errors import DataError
from mlops_assets.release.evidence import evidence_from
from mlops_assets.release.gates import judge_gate
from mlops_assets.statistics.calibration import BINS
from mlops_assets.training.curves import POINTS
from mlops_assets.training.evaluation import EvaluationReport, evaluate
from mlops_assets.training.metrics import ThresholdMeasures, decision_scores
from mlops_assets.training.threshold import choose_threshold
from mlops_assets.use_case.loader import load_project
from mlops_assets.use_case.metrics import EVALUATION
from mlops_assets.use_case.training import Evaluation, Threshold
from mlops_assets.verdicts import MetricValue, Outcome

REPOSITORY = Path(__file__).resolve().parents[2]
QUICK = Evaluation(bootstrap=200)


def scored(rows: int = 800, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcomes, probabilities that know them, and noisier ones."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 3, rows)
    y = (rng.random(rows) < truth).astype(np.int8)
    return y, truth, np.clip(truth + rng.normal(0, 0.3, rows), 0, 1)


def measure(y, p, baseline, **changes) -> EvaluationReport:
    """Evaluate at a threshold of 0.4 with few resamples."""
    return evaluate(y, p, baseline, **{"threshold": 0.4, "evaluation": QUICK, "fingerprint": "f", **changes})


def test_every_declared_metric_is_measured_with_an_interval_around_it():
    report = measure(*scored())

    assert set(report.metrics) == set(EVALUATION)
    assert set(report.baseline) == set(EVALUATION) - {"auc_gain"}
    assert report.undefined == {}
    for figure in (*report.metrics.values(), *report.baseline.values()):
        assert figure.low <= figure.value <= figure.high


def test_a_probability_at_the_threshold_is_decided_positively():
    """Equal to the threshold is at or above it: with `>` the two rows at 0.4 would be lost."""
    y, p = np.array([1, 1, 0, 0], dtype=np.int8), np.array([0.8, 0.4, 0.4, 0.1])
    report = measure(y, p, p, threshold=0.4)

    assert (report.confusion.true_positives, report.confusion.false_positives) == (2, 1)
    assert report.decisions["selected_share"].value == 0.75


def test_the_shipped_gates_fail_when_ten_points_are_added_to_every_probability():
    """They pass without: of the three at least one must see it, where a Brier score of at most 0.15 did not."""
    y, p, baseline = scored(6000)
    gates = load_project(REPOSITORY, "local", {}).use_cases["credit_default"].release.gates
    calibration = [gate for gate in gates if gate.name.startswith("calibrated")]

    def outcomes(probabilities):
        report = measure(y, probabilities, baseline)
        evidence = evidence_from(evaluation=report.metrics, about={"evaluation": "f"})
        return {gate.name: judge_gate(gate, evidence, "f").outcome for gate in calibration}

    assert len(calibration) == 3
    assert all(gate.blocking for gate in calibration)
    assert set(outcomes(p).values()) == {Outcome.PASSED}
    worse = outcomes(np.clip(p + 0.1, 0, 1))
    assert worse["calibrated_on_average"] == Outcome.FAILED
    assert worse["calibrated_in_bins"] == Outcome.FAILED


def test_what_follows_from_an_unsure_threshold_is_less_sure():
    y, p, baseline = scored(3000)
    sure = measure(y, p, baseline)
    thresholds = np.random.default_rng(0).normal(0.4, 0.06, 100)
    unsure = measure(y, p, baseline, thresholds=thresholds.tolist())

    assert sure.threshold == MetricValue(0.4)
    assert unsure.threshold == MetricValue(0.4, *np.quantile(thresholds, [0.025, 0.975]))
    assert unsure.metrics == sure.metrics
    assert width(unsure.decisions["selected_share"]) > 3 * width(sure.decisions["selected_share"])
    for name in ("f1_positive", "f1_macro", "accuracy"):
        assert sure.decisions[name] == sure.metrics[name]
        assert unsure.decisions[name].value == sure.metrics[name].value
        assert width(unsure.decisions[name]) > width(sure.decisions[name])


def test_a_threshold_without_an_interval_leaves_none_to_what_follows_from_it():
    """Two positive calibration rows: one resample in seven has neither, and the rest would only tell of the lucky."""
    y, p, baseline = scored()
    few = np.zeros(200, dtype=np.int8)
    few[[3, 20]] = 1
    choice = choose_threshold(few, np.linspace(0.9, 0.01, 200), Threshold())
    report = measure(y, p, baseline, threshold=choice.value, thresholds=choice.draws)

    assert 350 < len(choice.resampled) < 475
    assert choice.low is None
    assert report.threshold == MetricValue(choice.value)
    assert all(figure == MetricValue(figure.value) for figure in report.decisions.values())
    assert report.metrics["accuracy"].low is not None


def width(figure: MetricValue) -> float:
    """Return the width of an interval."""
    return figure.high - figure.low


def test_decisions_at_each_resampled_threshold_are_those_at_that_threshold():
    """Also past a chunk of resamples, where the thresholds go on where they stopped."""
    y, p, _ = scored(300)
    thresholds = np.array([0.1, float(p[7]), 0.9])
    varied = ThresholdMeasures(y, p, 0.4, thresholds)
    weights = np.random.default_rng(1).integers(0, 4, (7, 300)).astype(float)
    first, second = varied.resampled(weights[:2], 0), varied.resampled(weights[2:], 2)

    for position in range(7):
        decision = (p >= thresholds[position % 3]).astype(np.int8)
        expected = decision_scores(y, decision, weights[[position]])
        found = {name: np.r_[first[name], second[name]][position] for name in first}
        assert found.pop("selected_share") == pytest.approx(weights[position] @ decision / weights[position].sum())
        assert found == {name: pytest.approx(value[0], nan_ok=True) for name, value in expected.items()}


def test_the_gain_is_the_difference_and_its_interval_is_paired():
    """Two nearly equal models differ by much less than each of them varies."""
    y, p, _ = scored()
    rng = np.random.default_rng(1)
    other = np.clip(p + rng.normal(0, 0.01, len(p)), 0, 1)
    report = measure(y, p, other)
    gain, auc = report.metrics["auc_gain"], report.metrics["auc"]

    assert gain.value == report.metrics["auc"].value - report.baseline["auc"].value
    assert gain.high - gain.low < (auc.high - auc.low) / 5


def test_equal_input_gives_equal_reports_and_another_seed_other_intervals():
    rows = scored()

    assert measure(*rows) == measure(*rows)
    other = measure(*rows, evaluation=Evaluation(bootstrap=200, seed=5)).metrics["auc"]
    assert other.value == measure(*rows).metrics["auc"].value
    assert other.low != measure(*rows).metrics["auc"].low


def test_the_order_of_the_rows_does_not_change_a_figure():
    y, p, baseline = scored()
    order = np.random.default_rng(3).permutation(len(y))
    first, second = measure(y, p, baseline), measure(y[order], p[order], baseline[order])

    for name, figure in first.metrics.items():
        assert second.metrics[name].value == pytest.approx(figure.value)
    assert second.confusion == first.confusion


def test_one_class_leaves_ranking_undefined_and_measures_the_rest():
    p = np.linspace(0.1, 0.3, 50)
    report = measure(np.zeros(50, dtype=np.int8), p, p)

    for name in ("auc", "average_precision", "auc_gain", "f1_positive", "f1_macro"):
        assert report.metrics[name] == MetricValue(None)
    assert report.metrics["brier"].value is not None
    assert report.metrics["accuracy"].value == 1
    assert report.curves.roc.x == ()
    assert report.undefined["auc"] == "all rows are of one class"
    assert report.undefined["auc_gain"] == "all rows are of one class"
    assert report.undefined["calibration_slope"] == "all rows are of one class"
    assert report.undefined["f1_positive"] == "no row is positive and none is decided positively"
    assert report.metrics["observed_over_expected"].value == 0
    assert report.metrics["observed_over_expected"].high > 0.2


def test_a_metric_that_few_resamples_define_has_no_interval():
    """With one positive row, a third of the resamples has none."""
    y = np.zeros(60, dtype=np.int8)
    y[0] = 1
    report = measure(y, np.linspace(1, 0, 60), np.linspace(1, 0, 60))

    assert report.metrics["auc"] == MetricValue(1.0)


def test_the_baseline_selects_as_many_rows_as_the_model():
    y, p, baseline = scored()
    report = measure(y, p, baseline)
    model, other = report.confusion, report.baseline_confusion
    selected = model.true_positives + model.false_positives
    tied = int((baseline == 1).sum())

    assert selected <= other.true_positives + other.false_positives <= max(selected, tied)


def test_the_confusion_counts_every_row_once():
    y, p, baseline = scored()
    cells = measure(y, p, baseline).confusion

    assert cells.true_positives == ((p >= 0.4) & (y == 1)).sum()
    total = cells.true_positives + cells.false_positives + cells.false_negatives + cells.true_negatives
    assert total == len(y)


def test_curves_are_bounded_and_end_in_their_corners():
    curves = measure(*scored(5000)).curves

    for curve in (curves.roc, curves.baseline_roc):
        assert len(curve.x) <= POINTS
        assert (curve.x[0], curve.y[0]) == (0, 0)
        assert (curve.x[-1], curve.y[-1]) == (1, 1)
        assert (np.diff(curve.x) >= 0).all()
        assert (np.diff(curve.y) >= 0).all()
    assert len(curves.calibration) == BINS
    assert sum(part.rows for part in curves.calibration) == 5000
    assert sum(curves.positive_histogram) + sum(curves.negative_histogram) == 5000


def test_constant_probabilities_are_one_bin_and_an_even_auc():
    y, _, _ = scored()
    report = measure(y, np.full(len(y), 0.2), np.full(len(y), 0.2))

    assert report.metrics["auc"].value == 0.5
    assert report.metrics["calibration_slope"] == MetricValue(None)
    assert report.undefined == {"calibration_slope": "all probabilities are equal"}
    assert report.metrics["ece"].value is not None
    assert len(report.curves.calibration) == 1


def test_the_report_survives_json():
    adapter = TypeAdapter(EvaluationReport)
    report = measure(*scored())

    assert adapter.validate_json(adapter.dump_json(report)) == report


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y, p, b: (y[:0], p[:0], b[:0]), "no outcomes"),
        (lambda y, p, b: (y, p, np.where(np.arange(len(b)) == 3, np.nan, b)), "1 probabilities of the baseline"),
        (lambda y, p, b: (y, p + 1, b), "outside"),
    ],
)
def test_rows_that_do_not_fit_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        measure(*change(*scored()))

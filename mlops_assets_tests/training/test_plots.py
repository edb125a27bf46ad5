"""Plots are pictures of bounded size, equal for equal records, also where there is little to draw."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mlops_assets.training import plots
from mlops_assets.training.evaluation import evaluate
from mlops_assets.training.trials import SearchResult, TrialRecord, TrialState
from mlops_assets.use_case.training import Evaluation

REPORT_PLOTS = (plots.plot_roc, plots.plot_precision_recall, plots.plot_calibration, plots.plot_scores)
SEARCH_PLOTS = (plots.plot_search, plots.plot_parameters)


def make_result(trials: int = 30) -> SearchResult:
    """Return a search of three families with every kind of outcome."""
    rng = np.random.default_rng(0)
    states = list(TrialState)
    records = tuple(
        TrialRecord(
            number=k,
            family=("a", "b", "c")[k % 3],
            params={"rate": float(rng.uniform(0.01, 1)), "shape": ("x", "y")[k % 2], "held": None},
            state=(state := states[k % 4 % 3]),
            value=float(0.7 + k / 1000) if state == TrialState.COMPLETE else None,
            folds=() if state == TrialState.FAILED else (0.7 + k / 1000,) * 2,
            error="ValueError: no" if state == TrialState.FAILED else None,
            seconds=1.0,
        )
        for k in range(trials)
    )
    best = max((record for record in records if record.value is not None), key=lambda record: record.value)
    return SearchResult(best.family, best.params, best.value, best.number, "auc", True, records, 2, 100, 1, "s")


def make_report(y: np.ndarray, p: np.ndarray):
    """Evaluate with few resamples."""
    return evaluate(y, p, p[::-1].copy(), threshold=0.4, evaluation=Evaluation(bootstrap=100), fingerprint="f")


def check_picture(picture: bytes) -> None:
    """Assert that bytes are a PNG of less than 100 KB."""
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 100_000


@pytest.mark.parametrize("plot", SEARCH_PLOTS)
def test_a_search_is_drawn(plot):
    result = make_result()

    check_picture(plot(result))
    assert plot(result) == plot(result)


@pytest.mark.parametrize("plot", SEARCH_PLOTS)
def test_a_search_of_one_trial_is_drawn(plot):
    result = make_result(1)

    check_picture(plot(result))
    check_picture(plot(dataclasses.replace(result, higher_is_better=False)))


@pytest.mark.parametrize("plot", REPORT_PLOTS)
def test_an_evaluation_is_drawn(plot):
    rng = np.random.default_rng(1)
    p = rng.random(3000)
    report = make_report((rng.random(3000) < p).astype(np.int8), p)

    check_picture(plot(report))
    assert plot(report) == plot(report)


@pytest.mark.parametrize("plot", REPORT_PLOTS)
@pytest.mark.parametrize("label", [0, 1])
def test_an_evaluation_of_one_class_is_drawn(plot, label):
    check_picture(plot(make_report(np.full(60, label, dtype=np.int8), np.linspace(0, 1, 60))))

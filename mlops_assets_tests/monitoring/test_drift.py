"""What counts as drift, on shifts made by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from scipy.stats import wasserstein_distance

from mlops_assets.monitoring.drift import candidate_columns, measure_drift, prediction_name, watched_columns
from mlops_assets.monitoring.drift_record import DriftReport, judge_drift
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.monitoring import Drift
from mlops_assets.verdicts import Outcome

ODD = 'a"b{c} | <script>alert(1)</script> %s'
DRIFT_COLUMNS = {
    ODD: Column(type="number", nullable=True),
    "amount": Column(type="integer"),
    "code": Column(type="category", nullable=True),
    "flag": Column(type="boolean"),
    "day": Column(type="date"),
    "note": Column(type="text"),
}
SMALL = Drift(minimum_rows=50, threshold=0.2, category_threshold=0.15)


def _rows(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            ODD: rng.normal(size=rows),
            "amount": rng.integers(0, 1000, rows),
            "code": rng.integers(1, 4, rows),
            "flag": rng.random(rows) < 0.4,
            "day": pd.Timestamp("2020-01-01"),
            "note": "text",
            "probability": rng.beta(2, 5, rows),
        }
    )


@pytest.fixture
def reference() -> pd.DataFrame:
    return _rows(800, 1)


@pytest.fixture
def batch() -> pd.DataFrame:
    return _rows(400, 2)


def _measure(reference, batch, config=SMALL, columns=DRIFT_COLUMNS, expected=None) -> DriftReport:
    expected = reference["probability"] if expected is None else expected
    return measure_drift(reference, batch, columns, config, (expected, batch["probability"]))[0]


def _page(reference, batch) -> str | None:
    predictions = reference["probability"], batch["probability"]
    return measure_drift(reference, batch, DRIFT_COLUMNS, SMALL, predictions, with_html=True)[1]


def _found(report: DriftReport, column: str):
    return {found.column: found for found in report.watched}[column]


def test_batch_of_the_same_population_passes(reference, batch):
    """Without a shift nothing drifts; dates and texts are named as not compared."""
    report = _measure(reference, batch)
    verdict = judge_drift(report)

    assert verdict.outcome is Outcome.PASSED
    assert report.drifted == ()
    assert report.drifted_share == 0
    assert set(report.excluded) == {"day", "note"}
    assert [found.column for found in report.columns] == [ODD, "amount", "code", "flag"]


def test_distance_is_the_normed_wasserstein_distance(reference, batch):
    """The score is the first Wasserstein distance over the reference's standard deviation."""
    expected = wasserstein_distance(reference["amount"], batch["amount"]) / reference["amount"].std(ddof=0)

    assert _found(_measure(reference, batch), "amount").score == pytest.approx(expected)


@pytest.mark.parametrize("method", ["wasserstein", "ks", "psi", "jensenshannon"])
def test_shifted_number_drifts_by_every_method(reference, batch, method):
    """Half the amount is drift by distances and p-values alike, and the verdict names the column and what to do."""
    batch["amount"] //= 2
    report = _measure(reference, batch, SMALL.model_copy(update={"numeric_method": method}))
    verdict = judge_drift(report)

    assert [found.column for found in report.drifted] == ["amount"]
    assert verdict.outcome is Outcome.FAILED
    assert "1 of 5 watched columns drifted" in verdict.reason
    assert f"amount ({method}" in verdict.reason
    assert "retrain if the population changed" in verdict.reason


@pytest.mark.parametrize("method", ["jensenshannon", "psi", "chisquare"])
def test_new_category_drifts_by_every_method(reference, batch, method):
    """A code never seen before, on a third of the rows, is drift."""
    batch["code"] = batch["code"].replace(3, 9)
    report = _measure(reference, batch, SMALL.model_copy(update={"category_method": method}))

    assert [found.column for found in report.drifted] == ["code"]


@pytest.mark.parametrize("method", ["ks", "wasserstein"])
def test_same_population_does_not_drift_by_p_value_or_distance(reference, batch, method):
    """A high p-value and a low distance both mean no drift."""
    config = SMALL.model_copy(update={"numeric_method": method, "category_method": "chisquare"})

    assert _measure(reference, batch, config).drifted == ()


def test_prediction_drift_fails_whatever_share_of_columns_may_drift(reference, batch):
    """A prediction that moved is never forgiven by `maximum_share`."""
    batch["probability"] = batch["probability"] ** 3
    verdict = judge_drift(_measure(reference, batch, SMALL.model_copy(update={"maximum_share": 0.9})))

    assert verdict.outcome is Outcome.FAILED
    assert "probability" in verdict.reason


def test_columns_within_the_allowed_share_pass_and_are_named(reference, batch):
    """A column that drifted within the allowed share stays visible in the reason."""
    batch["amount"] //= 2
    verdict = judge_drift(_measure(reference, batch, SMALL.model_copy(update={"maximum_share": 0.25})))

    assert verdict.outcome is Outcome.PASSED
    assert "drifted within the limit: amount" in verdict.reason


def test_column_wholly_missing_in_the_batch_drifts(reference, batch):
    """No value is a change, even where any change of the missing share is allowed."""
    batch[ODD] = np.nan
    report = _measure(reference, batch, SMALL.model_copy(update={"maximum_missing_change": 1.0}))
    found = _found(report, ODD)

    assert found.drifted
    assert found.score is None
    assert "from 0 % to 100 %" in found.reason
    assert judge_drift(report).outcome is Outcome.FAILED


def test_jump_in_missing_values_drifts_though_the_values_do_not(reference, batch):
    """Values gone at random leave the distribution as it was; the missing share tells."""
    batch.loc[::3, ODD] = np.nan
    found = _found(_measure(reference, batch), ODD)

    assert found.drifted
    assert found.score < SMALL.threshold
    assert found.missing_current == pytest.approx(1 / 3, abs=0.01)


def test_column_missing_on_both_sides_is_not_judged_and_never_passes(reference, batch):
    """Where a watched column cannot be compared, the verdict is uncertain and says which."""
    reference[ODD] = batch[ODD] = np.nan
    report = _measure(reference, batch)
    verdict = judge_drift(report)

    assert [found.column for found in report.not_judged] == [ODD]
    assert verdict.outcome is Outcome.UNCERTAIN
    assert "no finite value in the reference" in verdict.reason


def test_failure_names_what_could_not_be_compared_as_well(reference, batch):
    """A drifted column does not hide one that was not judged."""
    reference[ODD] = batch[ODD] = np.nan
    batch["amount"] //= 2
    verdict = judge_drift(_measure(reference, batch))

    assert verdict.outcome is Outcome.FAILED
    assert "1 of 4 watched columns drifted" in verdict.reason
    assert f"not compared: {ODD}" in verdict.reason


def test_column_that_is_new_in_the_batch_drifts(reference, batch):
    """Values where the reference had none are a change."""
    reference[ODD] = np.nan

    assert _found(_measure(reference, batch), ODD).drifted


def test_pass_by_p_values_names_the_lowest(reference, batch):
    """The reason of a pass says which column is nearest to drift, by p-values as by distances."""
    batch["amount"] += 120
    config = SMALL.model_copy(update={"numeric_method": "ks", "category_method": "chisquare", "significance": 1e-9})
    verdict = judge_drift(_measure(reference, batch, config))

    assert verdict.outcome is Outcome.PASSED
    assert "the nearest is amount (ks p-value" in verdict.reason


def test_infinite_values_count_as_missing(reference, batch):
    """Infinity has no place in a distance; it moves the missing share instead."""
    batch.loc[::2, ODD] = np.inf
    found = _found(_measure(reference, batch), ODD)

    assert found.drifted
    assert found.current_rows == 200


@pytest.mark.parametrize("numeric", ["wasserstein", "ks", "psi", "jensenshannon"])
@pytest.mark.parametrize("category", ["jensenshannon", "psi", "chisquare"])
def test_constant_columns_do_not_drift_by_any_method(reference, batch, numeric, category):
    """One and the same value on both sides is no change, also where a method gives no number."""
    for frame in (reference, batch):
        frame["amount"], frame["code"] = 7, 2
    config = SMALL.model_copy(update={"numeric_method": numeric, "category_method": category})
    report = _measure(reference, batch, config)

    assert not _found(report, "amount").drifted
    assert not _found(report, "code").drifted
    assert report.not_judged == ()


def test_constant_that_changes_drifts(reference, batch):
    """A column that was one value and is another has drifted."""
    reference["amount"], batch["amount"] = 7, 8

    assert _found(_measure(reference, batch), "amount").drifted


def test_unit_of_a_column_does_not_hide_drift(reference, batch):
    """A column in tiny units gets the same score as in large ones."""
    batch[ODD] += 1
    large = _found(_measure(reference, batch), ODD).score
    small = _found(
        _measure(reference.assign(**{ODD: reference[ODD] * 1e-6}), batch.assign(**{ODD: batch[ODD] * 1e-6})), ODD
    ).score

    assert small == pytest.approx(large)


def test_codes_are_the_same_whatever_dtype_a_file_gave_them(reference, batch):
    """1 and 1.0 are one code: a missing value in a batch makes floats of integers."""
    as_floats = batch.assign(code=batch["code"].astype("float64"))

    assert _found(_measure(reference, as_floats), "code").score == _found(_measure(reference, batch), "code").score


@pytest.mark.parametrize(
    ("rows", "role"), [((800, 49), "the batch has 49 rows"), ((49, 400), "the reference has 49 rows")]
)
def test_too_few_rows_are_not_judged(rows, role):
    """A small batch is not applicable, never a pass, even where it looks alike."""
    verdict = judge_drift(_measure(_rows(rows[0], 1), _rows(rows[1], 2)))

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert role in verdict.reason


def test_empty_batch_is_not_applicable(reference, batch):
    """No rows are no evidence."""
    report = _measure(reference, batch.head(0))

    assert report.drifted_share is None
    assert judge_drift(report).outcome is Outcome.NOT_APPLICABLE


def test_reference_predictions_may_come_from_other_rows(reference, batch):
    """Predictions on held-out rows stand in for those on training rows, in any number."""
    held_out = _rows(300, 5)["probability"]
    report = _measure(reference.drop(columns="probability"), batch, expected=held_out)

    assert report.prediction.reference_rows == 300
    assert report.prediction.score == pytest.approx(
        wasserstein_distance(held_out, batch["probability"]) / held_out.std(ddof=0)
    )


def test_prediction_has_a_name_of_its_own_beside_any_column(reference, batch):
    """A feature that is called `probability` is watched like any other."""
    report = _measure(reference, batch, columns={"probability": Column(type="number")})

    assert prediction_name(["amount"]) == "probability"
    assert [column.column for column in report.watched] == ["__probability__", "probability"]


@pytest.mark.parametrize("method", ["wasserstein", "ks", "psi", "jensenshannon"])
@pytest.mark.parametrize(
    ("scale", "origin"), [(16.0, -1e17), (0.0, 1e300), (0.0, 9e18), (1e290, 0.0), (1e-300, 0.0), (8e307, 0.0)]
)
def test_numbers_at_the_limits_of_floats_drift_as_ordinary_ones_do(reference, batch, method, scale, origin):
    """No magnitude and no constant makes the comparison fail, or hides a change."""
    codes = {"plain": (0, 1), "odd": (origin, scale)}
    columns = {name: Column(type="number") for name in codes}
    config = SMALL.model_copy(update={"numeric_method": method})

    def table(frame, shift):
        return pd.DataFrame({name: start + (frame["code"] % 2 + shift) * unit for name, (start, unit) in codes.items()})

    predictions = reference["probability"], batch["probability"]
    report, html = measure_drift(table(reference, 0), table(batch, 1), columns, config, predictions, with_html=True)

    assert _found(report, "plain").drifted
    assert _found(report, "odd").drifted is (scale != 0)
    assert html


def test_report_survives_json(reference, batch):
    """The record is stored as JSON and comes back the same."""
    batch[ODD] = np.nan
    report = _measure(reference, batch)
    adapter = TypeAdapter(DriftReport)

    assert adapter.validate_json(adapter.dump_json(report)) == report


def test_page_is_made_only_on_request_is_repeatable_and_runs_no_foreign_script(reference, batch):
    """A column name or a code from a file cannot put a script into the page, and the page has no random parts."""
    batch["code"] = batch["code"].astype(object).replace(3, "</script><script>alert(2)</script>")
    first, second = _page(reference, batch), _page(reference, batch)
    predictions = reference["probability"], batch["probability"]

    assert measure_drift(reference, batch, DRIFT_COLUMNS, SMALL, predictions)[1] is None
    assert first == second
    assert first.index("Content-Security-Policy") < first.index("<script")
    assert "script>alert(" not in first
    assert "‹script›alert(1)" in first or "\\u2039script\\u203aalert(1)" in first


def test_global_random_state_is_left_alone(reference, batch):
    """Comparing a batch neither reads nor moves numpy's global generator."""
    np.random.seed(3)
    before = np.random.get_state()[1].tolist()
    _measure(reference, batch)

    assert np.random.get_state()[1].tolist() == before


def _use_case(**drift) -> UseCase:
    columns = {
        "id": Column(type="integer", role="identifier"),
        "a": Column(type="number"),
        "b": Column(type="number"),
        "unused": Column(type="number"),
        "month": Column(type="integer", calendar=True),
        "weekday": Column(type="category", calendar=True),
        "day": Column(type="date"),
        "moment": Column(type="integer", role="time"),
        "household": Column(type="integer", role="group", sensitive=True),
        "old": Column(type="number", role="ignore", sensitive=True),
        "sex": Column(type="category", allowed=(1, 2), sensitive=True),
        "y": Column(type="category", allowed=(0, 1)),
    }
    derived = (
        {"name": "r", "transform": "ratio", "numerator": "a", "denominator": "b"},
        {"name": "when", "transform": "date_parts", "column": "day", "parts": ("month",)},
        {"name": "later", "transform": "difference", "left": "moment", "right": "id"},
    )
    return UseCase.model_validate(
        {
            "name": "small",
            "description": "A small one.",
            "owners": ("team:x",),
            "task": {"target": "y"},
            "data": Data(source=Source(path="x.csv"), columns=columns),
            "features": {"derive": derived, "exclude": ("b", "unused")},
            "monitoring": {"drift": drift},
        }
    )


def test_what_the_model_reads_and_protected_attributes_are_watched():
    """Inputs, columns behind derived features and protected attributes are watched; target and identifiers are not."""
    assert watched_columns(_use_case()) == ("a", "b", "sex")


def test_what_moves_by_itself_is_not_watched_though_the_model_reads_it():
    """Months, weekdays, dates, times and identifiers would drift in every batch; the report says why they do not."""
    candidates = candidate_columns(_use_case())

    assert {name for name, why in candidates.items() if why} == {"id", "month", "weekday", "day", "moment", "household"}
    assert candidates["month"] == candidates["weekday"] == "a part of the calendar moves by itself, and is not compared"


def test_a_later_month_is_no_drift():
    """The next year's first batch, with new identifiers, is like the last."""
    columns = {name: _use_case().data.columns[name] for name in candidate_columns(_use_case())}
    past, now = (
        _rows(800, seed).assign(a=0.5, b=0.5, sex=1, household=seed, id=seed, moment=seed, weekday=seed, month=month)
        for seed, month in ((1, 8), (2, 9))
    )
    report = _measure(past, now, columns=columns)

    assert judge_drift(report).outcome is Outcome.PASSED
    assert set(report.excluded) == {"id", "month", "weekday", "day", "moment", "household"}
    assert [found.column for found in report.watched] == ["probability", "a", "b", "sex"]


def test_declared_columns_replace_the_watched_ones():
    """The YAML has the last word."""
    assert watched_columns(_use_case(columns=("unused",))) == ("unused",)


@pytest.mark.parametrize("method", ["jensenshannon", "psi", "chisquare"])
@pytest.mark.parametrize("numeric", ["wasserstein", "ks", "psi", "jensenshannon"])
def test_scores_are_those_of_evidentlys_own_report(reference, batch, method, numeric):
    """Its tests are called by themselves, which is quicker; what they say is what its page says."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    batch["amount"] //= 2
    sides = (frame[["amount", "code"]].astype({"amount": "float64", "code": "str"}) for frame in (batch, reference))
    kinds = DataDefinition(numerical_columns=["amount"], categorical_columns=["code"])
    metrics = [ValueDrift(column="amount", method=numeric), ValueDrift(column="code", method=method)]
    told = Report(metrics).run(*(Dataset.from_pandas(side, data_definition=kinds) for side in sides)).dict()
    report = _measure(reference, batch, SMALL.model_copy(update={"numeric_method": numeric, "category_method": method}))

    expected = [metric["value"] for metric in told["metrics"]]
    assert [_found(report, name).score for name in ("amount", "code")] == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
def test_scores_are_the_same_in_every_process(tmp_path):
    """Sets of texts have another order in each process; sums over them, and so the stored record, must not."""
    program = """
import numpy as np, pandas as pd
from mlops_assets.monitoring.drift import measure_drift
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.monitoring import Drift
def table(rows, seed):
    rng = np.random.default_rng(seed)
    codes = {str(k): [f"code {i}" for i in rng.integers(0, 7 * k, rows)] for k in range(1, 7)}
    return pd.DataFrame({**codes, "probability": rng.random(rows)})
columns = {str(k): Column(type="category") for k in range(1, 7)}
for method in ("jensenshannon", "psi", "chisquare"):
    past, now = table(900, 1), table(500, 2)
    predictions = past["probability"], now["probability"]
    report, _ = measure_drift(past, now, columns, Drift(category_method=method), predictions)
    print([found.score for found in report.columns])
"""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate()[0] for process in running)

    assert first == second
    assert first.count(",") == 15

"""A column that nearly is the target is told by its values; noise, luck and honest predictors are not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.leakage import LIMIT, LeakageReport, find_leaks, judge_leakage
from mlops_assets.data.source import read_file
from mlops_assets.data.target import binary_target
from mlops_assets.data.validation import validate
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.verdicts import Outcome

ROOT = Path(__file__).parents[2]
ROWS = 2000


def outcomes(rows: int = ROWS, positives: int = 400) -> np.ndarray:
    y = np.zeros(rows, dtype=np.int8)
    y[:positives] = 1
    return np.random.default_rng(3).permutation(y)


def leaks(y: np.ndarray, **columns) -> LeakageReport:
    frame = pd.DataFrame(columns, index=range(len(y)))
    return find_leaks(frame, y, frame.columns)


NOISE = np.random.default_rng(7).normal(size=ROWS)
FEW = np.random.default_rng(8).random(ROWS) < 0.004
CODES = np.random.default_rng(9).integers(0, 90, ROWS)

PLANTED = {
    "copy": ("copy", lambda y: y),
    "copy with errors": ("copy", lambda y: np.where(FEW, 1 - y, y)),
    "words": ("complement", lambda y: np.where(y == 1, "closed", "open").astype(object)),
    "complement": ("complement", lambda y: 1 - y),
    "complement as truth": ("complement", lambda y: y == 0),
    "shifted up": ("order", lambda y: NOISE + 8 * y),
    "shifted down": ("order", lambda y: NOISE - 8 * y),
    "later day": ("order", lambda y: pd.Timestamp("2020-01-01") + pd.to_timedelta(CODES + 90 * y, unit="D")),
    "infinite": ("order", lambda y: np.where(y == 1, np.inf, NOISE)),
    "known in part": ("order", lambda y: np.where(CODES < 30, np.nan, y + NOISE / 100)),
    "inside and outside": ("codes", lambda y: np.where(y == 1, NOISE / 10, np.sign(NOISE) * (1 + np.abs(NOISE)))),
    "many codes": ("codes", lambda y: [f"c{2 * code + label}" for code, label in zip(CODES, y, strict=True)]),
    "filled afterwards": ("missing", lambda y: np.where(y == 1, NOISE, np.nan)),
}


@pytest.mark.parametrize("name", ["a", "paid_back_later", 'x y: "é"'])
@pytest.mark.parametrize("way", PLANTED)
def test_a_column_that_knows_the_outcome_is_found_whatever_it_is_called(way, name):
    y = outcomes()
    kind, plant = PLANTED[way]
    report = leaks(y, **{name: plant(y), "noise": np.random.default_rng(1).normal(size=ROWS)})
    verdict = judge_leakage(report)

    assert [(leak.column, leak.kind, leak.is_certain) for leak in report.findings] == [(name, kind, True)]
    assert report.findings[0].auc > LIMIT
    assert verdict.outcome is Outcome.FAILED
    assert repr(name) in verdict.reason
    assert "features.exclude" in verdict.reason


@pytest.mark.parametrize("use_case", ["credit_default", "penguins"])
def test_the_shipped_tables_hold_no_leak(use_case):
    shipped = load_use_case(ROOT / "configs" / f"{use_case}.yaml")
    data, task = shipped.data, shipped.task
    raw = read_file(ROOT / data.source.path, data.source, data.columns).frame
    valid = validate(raw, data, target=task.target).valid
    report = find_leaks(valid, binary_target(valid, task).to_numpy(), shipped.model_columns)

    assert judge_leakage(report).outcome is Outcome.PASSED
    assert report.columns == len(shipped.model_columns)


def noise(rows: int, columns: int) -> dict[str, object]:
    """Return columns of numbers, whole numbers, codes, identifiers and gaps that know nothing."""
    rng = np.random.default_rng(11)
    found: dict[str, object] = {}
    for number in range(columns):
        found[f"n{number}"] = rng.normal(size=rows)
        found[f"w{number}"] = rng.integers(0, 2 + number, rows)
        found[f"c{number}"] = [f"c{code}" for code in rng.integers(0, 10 ** (1 + number % 4), rows)]
        found[f"g{number}"] = np.where(rng.random(rows) < 0.5, np.nan, 1.0)
    return found | {"id": [f"id{row}" for row in range(rows)], "same": ["x"] * rows, "none": [None] * rows}


@pytest.mark.parametrize(("rows", "positives"), [(2000, 400), (2000, 38), (2000, 6), (60, 30), (60, 5)])
def test_nothing_is_found_in_noise(rows, positives):
    """Not with few positives either, where some column of many ranks them well by luck."""
    report = leaks(outcomes(rows, positives), **noise(rows, 60))

    assert report.findings == ()
    assert judge_leakage(report).outcome is Outcome.PASSED


def test_an_honest_predictor_is_no_leak():
    """An area of 0.95 is good, and no more than that."""
    y = outcomes()
    report = leaks(y, x=np.random.default_rng(2).normal(size=ROWS) + 2.33 * y)

    assert report.findings == ()


@pytest.mark.parametrize(
    ("positives", "outcome"),
    [(4, Outcome.NOT_APPLICABLE), (8, Outcome.UNCERTAIN), (15, Outcome.UNCERTAIN), (16, Outcome.FAILED)],
)
def test_an_order_that_fits_few_positives_is_no_certainty(positives, outcome):
    y = outcomes(ROWS, positives)
    report = leaks(y, x=np.random.default_rng(2).normal(size=ROWS) + 20.0 * y)

    assert judge_leakage(report).outcome is outcome


def test_a_copy_is_a_copy_with_few_positives_too():
    y = outcomes(ROWS, 8)

    assert judge_leakage(leaks(y, x=1 - y)).outcome is Outcome.FAILED


def test_a_person_who_repeats_is_found_and_the_sentence_says_to_split_by_groups():
    """Ten rows of each of 200 persons, who have one outcome each."""
    persons = np.repeat(np.arange(200), 10)
    y = (np.random.default_rng(5).random(200) < 0.4).astype(np.int8)[persons]
    report = leaks(y, person=[f"p{person}" for person in persons])

    assert [leak.kind for leak in report.findings] == ["codes"]
    assert "data.splits.method: grouped" in report.findings[0].sentence


def test_a_person_who_repeats_is_no_leak_where_persons_are_kept_whole():
    """Codes are then judged on rows of other persons."""
    persons = np.repeat(np.arange(200), 10)
    y = (np.random.default_rng(5).random(200) < 0.4).astype(np.int8)[persons]
    frame = pd.DataFrame({"person": persons, "birth": [f"b{person}" for person in persons]})

    assert find_leaks(frame, y, ["birth"], frame["person"]).findings == ()


def test_the_same_rows_give_the_same_report():
    y = outcomes()
    _, plant = PLANTED["many codes"]

    assert leaks(y, x=plant(y)) == leaks(y, x=plant(y))


def test_only_the_columns_that_a_model_may_see_are_examined():
    y = outcomes()
    frame = pd.DataFrame({"seen": np.arange(ROWS) % 7, "excluded": y})

    assert find_leaks(frame, y, ["seen"]).findings == ()

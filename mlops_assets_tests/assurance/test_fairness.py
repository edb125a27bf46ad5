"""Fairness: figures computed by hand, agreement with fairlearn, invariances, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_assets.assurance.fairness import FairnessReport, judge_fairness, measure_fairness
from mlops_assets.errors import DataError
from mlops_assets.use_case.assurance import Fairness, FairnessLimits
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.metrics import FAIRNESS
from mlops_assets.verdicts import Outcome

SEX = Column(type="category", allowed={1: "male", 2: "female"}, sensitive=True)
PLAIN = Fairness(minimum_group=10, bootstrap=200)
BOTH = FairnessLimits(demographic_parity_ratio=0.8, equalized_odds_difference=0.1)


def _rows(**cells: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Return classes, decisions and one attribute with the given TP, FP, FN and TN by group."""
    y, decision, label = [], [], []
    for name, counts in cells.items():
        for (true, decided), count in zip(((1, 1), (0, 1), (1, 0), (0, 0)), counts, strict=True):
            y += [true] * count
            decision += [decided] * count
            label += [name] * count
    return np.array(y), np.array(decision), pd.DataFrame({"group": label})


def _measure(config: Fairness = PLAIN, **cells: tuple[int, int, int, int]) -> FairnessReport:
    return measure_fairness(*_rows(**cells), {}, config, "f")


def test_figures_of_two_groups_are_those_computed_by_hand():
    """a: 30 of 100 selected, TPR 20/40, FPR 10/60. b: 60 of 100 selected, TPR 30/40, FPR 30/60."""
    attribute = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30)).attributes["group"]
    values = {name: figure.value for name, figure in attribute.metrics.items()}

    assert values == pytest.approx(
        {
            "demographic_parity_ratio": 0.5,
            "demographic_parity_difference": 0.3,
            "equalized_odds_ratio": 1 / 3,
            "equalized_odds_difference": 1 / 3,
            "tpr_gap": 0.25,
            "fpr_gap": 1 / 3,
        }
    )
    first = attribute.groups[0]
    assert (first.label, first.n, first.positives, first.selected) == ("a", 100, 40, 30)
    assert (first.selection_rate.value, first.tpr.value, first.fpr.value) == pytest.approx((0.3, 0.5, 1 / 6))


def test_every_metric_a_gate_may_name_is_measured():
    assert set(_measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30)).attributes["group"].metrics) == set(FAIRNESS)


def test_every_figure_has_an_interval():
    attribute = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30)).attributes["group"]

    for figure in (*attribute.metrics.values(), attribute.groups[0].selection_rate, attribute.groups[1].tpr):
        assert figure.low < figure.high


def test_point_values_agree_with_fairlearns_own_functions():
    from fairlearn import metrics

    rng = np.random.default_rng(3)
    y, decision = rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    attributes = pd.DataFrame({"region": rng.choice(["north", "south", "west"], 600)})

    found = measure_fairness(y, decision, attributes, {}, PLAIN, "f").attributes["region"].metrics

    for name in list(FAIRNESS)[:4]:
        expected = getattr(metrics, name)(y, decision, sensitive_features=attributes["region"])
        assert found[name].value == pytest.approx(expected)


def test_overall_rates_are_those_of_all_rows():
    overall = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30)).overall

    assert (overall.n, overall.positives, overall.selected) == (200, 80, 90)
    assert overall.selection_rate.value == pytest.approx(0.45)


def test_a_small_group_is_named_and_enters_nothing():
    with_small = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30), tiny=(9, 0, 0, 0)).attributes["group"]
    without = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30)).attributes["group"]

    assert [(group.label, group.n) for group in with_small.small_groups] == [("tiny", 9)]
    assert with_small.metrics == without.metrics
    assert with_small.groups == without.groups
    assert with_small.groups_in_all == 3
    assert with_small.notes == ("left out, for they have fewer than 10 rows: tiny (9)",)


def test_one_group_of_sufficient_size_has_nothing_to_be_compared_with():
    report = _measure(a=(20, 10, 20, 50), tiny=(1, 1, 1, 1))
    attribute = report.attributes["group"]

    assert {figure.value for figure in attribute.metrics.values()} == {None}
    assert attribute.groups[0].selection_rate.value == pytest.approx(0.3)
    assert "fewer than two groups have at least 10 rows" in attribute.notes[-1]
    assert [verdict.outcome for verdict in judge_fairness(report, BOTH)] == [Outcome.NOT_APPLICABLE] * 2


def test_without_a_group_of_sufficient_size_there_are_no_figures():
    attribute = _measure(a=(1, 1, 1, 1), b=(1, 1, 1, 1)).attributes["group"]

    assert attribute.groups == ()
    assert len(attribute.small_groups) == 2
    assert {figure.value for figure in attribute.metrics.values()} == {None}


def test_a_group_without_positives_has_no_true_positive_rate_and_is_said_to_have_none():
    """Fairlearn would call it 0 and find a gap as wide as the other group's rate."""
    report = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30), barren=(0, 30, 0, 70))
    attribute = report.attributes["group"]

    assert attribute.groups[2].tpr.value is None
    assert attribute.metrics["tpr_gap"].value == pytest.approx(0.25)
    assert attribute.notes == ("too few rows of the class for a true positive rate: barren",)


def test_where_nobody_is_selected_the_ratio_does_not_exist():
    report = _measure(a=(0, 0, 40, 60), b=(0, 0, 40, 60))

    assert report.attributes["group"].metrics["demographic_parity_ratio"].value is None
    assert report.attributes["group"].metrics["demographic_parity_difference"].value == 0
    assert judge_fairness(report, FairnessLimits())[0].outcome is Outcome.NOT_APPLICABLE


def test_no_attribute_is_not_applicable_and_says_what_to_do():
    """A use case without protected attributes gets no pass for it."""
    y, decision, _ = _rows(a=(20, 10, 20, 50))

    report = measure_fairness(y, decision, pd.DataFrame(index=range(len(y))), {}, PLAIN, "f")
    verdicts = judge_fairness(report, BOTH)

    assert report.outcome is Outcome.NOT_APPLICABLE
    assert [verdict.outcome for verdict in verdicts] == [Outcome.NOT_APPLICABLE]
    assert "no protected attribute is declared" in verdicts[0].reason
    assert "`sensitive: true`" in verdicts[0].reason


def test_declared_attributes_leave_the_outcome_to_the_limits():
    assert _measure(a=(20, 10, 20, 50)).outcome is None


def test_intersections_are_crossed_and_shown_by_size():
    rng = np.random.default_rng(1)
    attributes = pd.DataFrame({"SEX": rng.choice([1, 2], 400, p=[0.3, 0.7]), "AGE": rng.integers(20, 60, 400)})
    config = Fairness(minimum_group=10, bootstrap=100, bins={"AGE": (30.0,)})

    found = measure_fairness(
        rng.integers(0, 2, 400), rng.integers(0, 2, 400), attributes, {"SEX": SEX}, config, "f"
    ).intersection

    sizes = [group.n for group in found.groups]
    assert found.attributes == ("SEX", "AGE")
    assert found.groups[0].label == "female & >= 30"
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 400


def test_intersections_can_be_turned_off_and_need_two_attributes():
    y, decision, attributes = _rows(a=(20, 10, 20, 50), b=(30, 30, 10, 30))
    twice = attributes.assign(again=attributes["group"])
    off = PLAIN.model_copy(update={"intersections": False})

    assert measure_fairness(y, decision, attributes, {}, PLAIN, "f").intersection is None
    assert measure_fairness(y, decision, twice, {}, off, "f").intersection is None


def test_verdicts_hold_the_interval_against_each_limit():
    far = _measure(a=(200, 100, 200, 500), b=(400, 300, 100, 200))
    near = _measure(a=(200, 100, 200, 500), b=(201, 101, 199, 499))
    between = _measure(a=(20, 10, 20, 50), b=(24, 12, 20, 44))

    outcomes = [judge_fairness(report, FairnessLimits())[0].outcome for report in (far, near, between)]

    assert outcomes == [Outcome.FAILED, Outcome.PASSED, Outcome.UNCERTAIN]


def test_verdicts_are_named_by_attribute_and_metric_and_repeat_what_was_left_out():
    verdicts = judge_fairness(_measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30), tiny=(1, 0, 0, 0)), BOTH)

    names = ["group: demographic_parity_ratio", "group: equalized_odds_difference"]
    assert [verdict.name for verdict in verdicts] == names
    assert "tiny (1)" in verdicts[0].reason


def test_a_limit_of_null_makes_no_verdict():
    report = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30))

    assert judge_fairness(report, FairnessLimits(demographic_parity_ratio=None)) == ()


def test_the_report_survives_json():
    report = _measure(a=(20, 10, 20, 50), b=(30, 30, 10, 30), tiny=(1, 0, 0, 0))
    adapter = TypeAdapter(FairnessReport)

    assert adapter.validate_json(adapter.dump_json(report)) == report


@pytest.mark.parametrize(
    ("y", "decision", "rows", "words"),
    [
        ([1, 0], [1], 2, "got 2, 1 and 2 rows"),
        ([1, 0], [1, 0], 3, "got 2, 2 and 3 rows"),
        ([], [], 0, "at least one row"),
        ([1, 2], [1, 0], 2, "true classes are not all 0 or 1.*got 2.0"),
        ([1, 0], [1, np.nan], 2, "decisions are not all 0 or 1.*got nan"),
    ],
)
def test_rows_that_cannot_be_compared_are_refused(y, decision, rows, words):
    with pytest.raises(DataError, match=words):
        measure_fairness(np.array(y), np.array(decision), pd.DataFrame({"a": ["x"] * rows}), {}, PLAIN, "f")


group_cells = st.lists(st.tuples(*[st.integers(3, 40)] * 4), min_size=2, max_size=4)


@settings(max_examples=15, deadline=None)
@given(group_cells, st.randoms(use_true_random=False))
def test_names_of_groups_and_order_of_rows_change_no_figure(cells, random):
    """Renaming groups, the attribute, and shuffling rows gives the same figures under the new names."""
    y, decision, attributes = _rows(**{f"g{i}": counts for i, counts in enumerate(cells)})
    new_names = [f"renamed {i}" for i in range(len(cells))]
    random.shuffle(new_names)
    renamed = dict(zip((f"g{i}" for i in range(len(cells))), new_names, strict=True))
    order = list(range(len(y)))
    random.shuffle(order)
    config = Fairness(minimum_group=1, bootstrap=100)

    plain = measure_fairness(y, decision, attributes, {}, config, "f").attributes["group"]
    other_frame = attributes["group"].map(renamed).iloc[order].to_frame("another name")
    other = measure_fairness(y[order], decision[order], other_frame, {}, config, "f").attributes["another name"]

    assert other.metrics == plain.metrics
    assert {group.label: group for group in other.groups} == {
        renamed[group.label]: replace(group, label=renamed[group.label]) for group in plain.groups
    }


@settings(max_examples=10, deadline=None)
@given(group_cells)
def test_ratios_and_gaps_stay_between_zero_and_one(cells):
    metrics = _measure(**{f"g{i}": counts for i, counts in enumerate(cells)}).attributes["group"].metrics

    for figure in metrics.values():
        assert all(0 <= end <= 1 for end in (figure.value, figure.low, figure.high))


def test_equal_groups_have_no_gap_in_their_figures():
    metrics = _measure(a=(20, 10, 20, 50), b=(20, 10, 20, 50)).attributes["group"].metrics

    assert metrics["demographic_parity_ratio"].value == 1
    assert metrics["equalized_odds_difference"].value == 0
    assert metrics["demographic_parity_ratio"].high <= 1

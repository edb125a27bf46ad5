"""Fairness: figures computed by hand, agreement with fairlearn, direction, references, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_assets.assurance.fairness import FairnessReport, Scored, judge_fairness, measure_fairness
from mlops_assets.use_case.assurance import Direction, Fairness, FairnessLimits
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.metrics import FAIRNESS, GROUP_MEASURES
from mlops_assets.verdicts import Outcome

SEX = Column(type="category", allowed={1: "male", 2: "female"}, sensitive=True)
PLAIN = Fairness(minimum_group=10)
BOTH = FairnessLimits(demographic_parity_ratio=0.8, equalized_odds_difference=0.1)
NAMES = ("outcome = no", "outcome = yes")
FLAGGED, NOT_FLAGGED, UNDECLARED = Direction(NAMES, 1), Direction(NAMES, 0), Direction(NAMES, None)
A, B = (20, 10, 20, 50), (30, 30, 10, 30)


def _rows(**cells: tuple[int, int, int, int]) -> tuple[Scored, pd.DataFrame]:
    """Return rows and one attribute with the given TP, FP, FN and TN by group; probabilities follow the decision."""
    y, decision, label = [], [], []
    for name, counts in cells.items():
        for (true, decided), count in zip(((1, 1), (0, 1), (1, 0), (0, 0)), counts, strict=True):
            y += [true] * count
            decision += [decided] * count
            label += [name] * count
    probability = 0.2 + 0.6 * np.array(decision)
    return Scored(np.array(y), probability, np.array(decision)), pd.DataFrame({"group": label})


def _measure(config: Fairness = PLAIN, direction: Direction = FLAGGED, **cells: tuple[int, ...]) -> FairnessReport:
    return measure_fairness(*_rows(**cells), {}, config, direction, "f")


def _outcome(report: FairnessReport, limits: FairnessLimits = BOTH) -> Outcome:
    return judge_fairness(report, limits)[0].outcome


def test_figures_of_two_groups_are_those_computed_by_hand():
    """a: 30 of 100 selected, TPR 20/40, FPR 10/60. b: 60 of 100 selected, TPR 30/40, FPR 30/60."""
    attribute = _measure(a=A, b=B).attributes["group"]
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


def test_measures_of_a_group_are_those_computed_by_hand():
    """Of 100: 40 positive, 30 decided positive at a probability of 0.8, the rest at 0.2: 38 positives expected."""
    first = _measure(a=A, b=B).attributes["group"].groups[0]
    values = {name: figure.value for name, figure in first.measures.items()}

    assert (first.label, first.n, first.positives, first.selected) == ("a", 100, 40, 30)
    assert first.adverse_impact_ratio.value == pytest.approx(0.5)
    assert values == pytest.approx(
        {
            "selection_rate": 0.3,
            "base_rate": 0.4,
            "tpr": 0.5,
            "fpr": 1 / 6,
            "ppv": 2 / 3,
            "auc": (20 * 50 + 0.5 * (20 * 10 + 20 * 50)) / (40 * 60),
            "observed_over_expected": 40 / 38,
        }
    )


def test_the_reference_group_has_the_ratio_one_to_itself():
    first, second = _measure(a=A, b=B).attributes["group"].groups

    assert second.adverse_impact_ratio.value == 1
    assert first.adverse_impact_ratio.value < 1


def test_every_metric_a_gate_may_name_and_every_measure_is_there():
    attribute = _measure(a=A, b=B).attributes["group"]

    assert set(attribute.metrics) == set(FAIRNESS)
    assert set(attribute.groups[0].measures) == set(GROUP_MEASURES)


def test_every_figure_has_an_interval():
    attribute = _measure(a=A, b=B).attributes["group"]

    for figure in (*attribute.metrics.values(), *attribute.groups[0].measures.values()):
        assert figure.low < figure.value < figure.high


def test_rates_of_groups_are_fairlearns_and_the_same_as_counted_by_hand(monkeypatch):
    """Counting is the oracle; a library that says otherwise shows in the report, so the figures are the library's."""
    from fairlearn import metrics

    rng = np.random.default_rng(3)
    y, decision, group = rng.integers(0, 2, 600), rng.integers(0, 2, 600), rng.choice(["north", "south"], 600)
    scored, attributes = Scored(y, rng.random(600), decision), pd.DataFrame({"region": group})

    def north():
        report = measure_fairness(scored, attributes, {}, PLAIN, NOT_FLAGGED, "f")
        rates = report.attributes["region"].groups[0].measures
        return {name: rates[name].value for name in ("selection_rate", "base_rate", "tpr", "fpr", "ppv")}

    found, of_north = north(), group == "north"
    assert found == {
        "selection_rate": (decision[of_north] == 0).sum() / of_north.sum(),
        "base_rate": y[of_north].sum() / of_north.sum(),
        "tpr": ((y == 1) & (decision == 1) & of_north).sum() / ((y == 1) & of_north).sum(),
        "fpr": ((y == 0) & (decision == 1) & of_north).sum() / ((y == 0) & of_north).sum(),
        "ppv": ((y == 1) & (decision == 1) & of_north).sum() / ((decision == 1) & of_north).sum(),
    }
    monkeypatch.setattr(metrics, "true_positive_rate", lambda y_true, y_pred: 0.125)
    monkeypatch.setattr(metrics, "selection_rate", lambda y_true, y_pred: 0.5)
    assert north() == {**found, "tpr": 0.125, "selection_rate": 0.5, "base_rate": 0.5}


def test_gaps_agree_with_fairlearns_own_functions():
    from fairlearn import metrics

    rng = np.random.default_rng(3)
    y, decision = rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    attributes = pd.DataFrame({"region": rng.choice(["north", "south", "west"], 600)})
    scored = Scored(y, rng.random(600), decision)

    found = measure_fairness(scored, attributes, {}, PLAIN, FLAGGED, "f").attributes["region"].metrics

    for name in list(FAIRNESS)[:4]:
        expected = getattr(metrics, name)(y, decision, sensitive_features=attributes["region"])
        assert found[name].value == pytest.approx(expected)


def test_the_rate_of_an_empty_class_and_of_a_single_row_exist_only_where_they_can():
    """A library may say 0 for the TPR of a group without positives, or fail on one row."""
    lone = measure_fairness(
        Scored([1], [0.8], [1]), pd.DataFrame({"g": ["a"]}), {}, Fairness(minimum_group=1), FLAGGED, "f"
    )
    values = {name: figure.value for name, figure in lone.attributes["g"].groups[0].measures.items()}

    assert {name: values[name] for name in ("selection_rate", "base_rate", "tpr", "fpr", "ppv")} == {
        "selection_rate": 1,
        "base_rate": 1,
        "tpr": 1,
        "fpr": None,
        "ppv": 1,
    }


def test_the_ratio_is_of_the_favourable_decision():
    """Flagged: 30 % and 60 %. Not flagged: 70 % and 40 %. The rule compares whom the decision favours."""
    report = _measure(direction=NOT_FLAGGED, a=A, b=B)
    attribute = report.attributes["group"]

    assert attribute.metrics["demographic_parity_ratio"].value == pytest.approx(0.4 / 0.7)
    assert attribute.reference == "a"
    assert attribute.groups[1].measures["selection_rate"].value == pytest.approx(0.4)
    assert (report.selected, report.direction_confirmed) == ("outcome = no", True)


def test_a_low_rate_of_flags_fails_nobody_where_not_being_flagged_is_favourable():
    """10 % and 20 % flagged: a ratio of 0.5 of flags is one of 0.89 of the favourable decision."""
    cells = {"a": (500, 500, 500, 8500), "b": (1000, 1000, 500, 7500)}

    assert _outcome(_measure(direction=FLAGGED, **cells)) is Outcome.FAILED
    assert _outcome(_measure(direction=NOT_FLAGGED, **cells)) is Outcome.PASSED


def test_without_a_declared_direction_the_ratio_is_shown_in_both_and_not_judged():
    """Neither a pass nor a failure: nobody has said whom a decision favours."""
    report = _measure(direction=UNDECLARED, a=A, b=B)
    attribute, verdict = report.attributes["group"], judge_fairness(report, BOTH)[0]

    assert not report.direction_confirmed
    assert attribute.metrics["demographic_parity_ratio"].value is None
    assert {name: figure.value for name, figure in attribute.either_direction.items()} == pytest.approx(
        {"outcome = no": 0.4 / 0.7, "outcome = yes": 0.5}
    )
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "direction unconfirmed: 0.5714 [" in verdict.reason
    assert "declare the outcomes that are favourable to the person in assurance.fairness.favourable" in verdict.reason
    assert {group.adverse_impact_ratio.value for group in attribute.groups} == {None}


def test_figures_without_a_direction_are_judged_without_one():
    verdicts = judge_fairness(_measure(direction=UNDECLARED, a=A, b=B), BOTH)

    assert verdicts[1].name == "group: equalized_odds_difference"
    assert verdicts[1].outcome is Outcome.FAILED


def test_a_declared_reference_is_what_the_others_are_compared_with():
    config = PLAIN.model_copy(update={"reference": {"group": "b"}})
    c = (10, 5, 30, 55)
    declared, free = _measure(config, a=A, b=B, c=c), _measure(a=A, b=B, c=c)
    attribute = declared.attributes["group"]

    assert attribute.reference == "b"
    assert attribute.metrics["demographic_parity_ratio"].value == pytest.approx(0.15 / 0.6)
    assert free.attributes["group"].metrics["demographic_parity_ratio"] != attribute.metrics["demographic_parity_ratio"]


def test_with_a_declared_reference_a_ratio_above_the_inverse_of_the_limit_fails_as_well():
    """The reference itself is at a disadvantage: 30 % against 60 %."""
    config = PLAIN.model_copy(update={"reference": {"group": "a"}})
    report = _measure(config, a=(200, 100, 200, 500), b=(300, 300, 100, 300))
    attribute = report.attributes["group"]

    assert attribute.groups[1].adverse_impact_ratio.value == pytest.approx(2)
    assert attribute.metrics["demographic_parity_ratio"].value == pytest.approx(0.5)
    assert _outcome(report) is Outcome.FAILED


def test_groups_are_not_compared_with_each_other_where_a_reference_is_declared():
    """Groups b and c are 0.74 apart, each within 0.8 of a."""
    config = PLAIN.model_copy(update={"reference": {"group": "a"}})
    cells = {"a": (2500, 2500, 2500, 2500), "b": (2150, 2150, 2850, 2850), "c": (2900, 2900, 2100, 2100)}

    assert _outcome(_measure(config, **cells)) is Outcome.PASSED
    assert _outcome(_measure(**cells)) is Outcome.FAILED


def test_a_reference_of_a_binned_number_is_the_bin_that_holds_it():
    rng = np.random.default_rng(1)
    attributes = pd.DataFrame({"AGE": rng.integers(20, 60, 400)})
    config = Fairness(minimum_group=10, bins={"AGE": (30.0, 40.0)}, reference={"AGE": 35})
    scored = Scored(rng.integers(0, 2, 400), rng.random(400), rng.integers(0, 2, 400))

    found = measure_fairness(scored, attributes, {}, config, FLAGGED, "f").attributes["AGE"]

    assert found.reference == "30 to < 40"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"a": A, "b": B, "tiny": (1, 1, 1, 1)}, "the declared reference group has fewer than 10 rows"),
        ({"a": A, "b": B}, "the declared reference group has no rows"),
    ],
)
def test_a_reference_that_cannot_be_measured_is_no_pass(cells, words):
    config = PLAIN.model_copy(update={"reference": {"group": "tiny"}})
    verdict = judge_fairness(_measure(config, **cells), BOTH)[0]

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert words in verdict.reason


@pytest.mark.parametrize("direction", [FLAGGED, UNDECLARED])
def test_with_a_reference_that_cannot_be_measured_no_groups_are_compared_and_nothing_else_is_blamed(direction):
    config = PLAIN.model_copy(update={"reference": {"group": "tiny"}})
    report = _measure(config, direction, a=A, b=B, tiny=(1, 1, 1, 1))
    found = report.attributes["group"]

    assert {figure.value for figure in (*found.metrics.values(), *found.either_direction.values())} == {None}
    assert not any(
        wrong in verdict.reason for verdict in judge_fairness(report, BOTH) for wrong in ("no row", "no pair", "– if")
    )


def test_overall_rates_are_those_of_all_rows():
    overall = _measure(a=A, b=B).overall

    assert (overall.n, overall.positives, overall.selected) == (200, 80, 90)
    assert overall.measures["selection_rate"].value == pytest.approx(0.45)


def test_groups_that_are_too_small_are_counted_named_and_enter_nothing():
    with_small = _measure(a=A, b=B, tiny=(9, 0, 0, 0), least=(1, 0, 0, 0))
    found, without = with_small.attributes["group"], _measure(a=A, b=B).attributes["group"]

    assert [(group.label, group.n) for group in found.small_groups] == [("tiny", 9), ("least", 1)]
    assert (found.unjudged_groups, found.unjudged_rows) == (2, 10)
    assert found.metrics == without.metrics
    assert found.groups == without.groups
    assert "2 groups not judged, 10 rows" in judge_fairness(with_small, BOTH)[0].reason
    assert "2 groups not judged, 10 rows" in judge_fairness(with_small, BOTH)[1].reason


def test_a_group_of_exactly_the_minimum_size_is_judged():
    attribute = _measure(a=A, b=(3, 2, 2, 3)).attributes["group"]

    assert [group.n for group in attribute.groups] == [100, 10]
    assert attribute.unjudged_groups == 0


def test_one_group_of_sufficient_size_has_nothing_to_be_compared_with():
    report = _measure(a=A, tiny=(1, 1, 1, 1))
    attribute = report.attributes["group"]

    assert {figure.value for figure in attribute.metrics.values()} == {None}
    assert attribute.reference is None
    assert attribute.groups[0].measures["selection_rate"].value == pytest.approx(0.3)
    assert "fewer than two groups have at least 10 rows" in attribute.notes[-1]
    assert [verdict.outcome for verdict in judge_fairness(report, BOTH)] == [Outcome.NOT_APPLICABLE] * 2


def test_without_a_group_of_sufficient_size_there_are_no_figures():
    attribute = _measure(a=(1, 1, 1, 1), b=(1, 1, 1, 1)).attributes["group"]

    assert attribute.groups == ()
    assert attribute.unjudged_groups == 2
    assert {figure.value for figure in attribute.metrics.values()} == {None}


def test_a_group_without_positives_has_no_true_positive_rate_and_is_said_to_have_none():
    """Fairlearn would call it 0 and find a gap as wide as the other group's rate."""
    attribute = _measure(a=A, b=B, barren=(0, 30, 0, 70)).attributes["group"]

    assert attribute.groups[2].measures["tpr"].value is None
    assert attribute.groups[2].measures["auc"].value is None
    assert attribute.metrics["tpr_gap"].value == pytest.approx(0.25)
    assert "no true positive rate in barren" in attribute.remarks("tpr_gap")


def test_a_rate_of_none_of_n_has_an_interval_and_decides_nothing_in_a_small_group():
    """0 of 12 selected against 30 of 100: the ratio is 0, and 0.8 is still possible."""
    small, large = _measure(a=A, b=(0, 0, 6, 6)), _measure(a=A, b=(0, 0, 60, 60))

    assert small.attributes["group"].groups[1].measures["selection_rate"].high > 0.2
    assert small.attributes["group"].metrics["demographic_parity_ratio"].value == 0
    assert _outcome(small) is Outcome.UNCERTAIN
    assert _outcome(large) is Outcome.FAILED


def test_where_everybody_is_selected_small_groups_prove_nothing_and_large_ones_do():
    """12 of 12 is no proof of a rate above 0.8; 300 of 300 is."""
    small, large = (6, 6, 0, 0), (150, 150, 0, 0)

    assert _outcome(_measure(a=small, b=small)) is Outcome.UNCERTAIN
    assert _outcome(_measure(a=large, b=large)) is Outcome.PASSED


def test_where_nobody_is_selected_the_ratio_does_not_exist():
    report = _measure(a=(0, 0, 40, 60), b=(0, 0, 40, 60))

    assert report.attributes["group"].metrics["demographic_parity_ratio"].value is None
    assert report.attributes["group"].metrics["demographic_parity_difference"].value == 0
    assert "no row is selected" in judge_fairness(report, FairnessLimits())[0].reason
    assert _outcome(report) is Outcome.NOT_APPLICABLE


def test_no_attribute_is_not_applicable_and_says_what_to_do():
    """A use case without protected attributes gets no pass for it."""
    scored, frame = _rows(a=A)

    report = measure_fairness(scored, frame[[]], {}, PLAIN, FLAGGED, "f")
    verdicts = judge_fairness(report, BOTH)

    assert [verdict.outcome for verdict in verdicts] == [Outcome.NOT_APPLICABLE]
    assert "no protected attribute is declared" in verdicts[0].reason
    assert "`sensitive: true`" in verdicts[0].reason


def test_intersections_are_crossed_and_shown_by_size():
    rng = np.random.default_rng(1)
    attributes = pd.DataFrame({"SEX": rng.choice([1, 2], 400, p=[0.3, 0.7]), "AGE": rng.integers(20, 60, 400)})
    config = Fairness(minimum_group=10, bins={"AGE": (30.0,)}, reference={"SEX": 1})
    scored = Scored(rng.integers(0, 2, 400), rng.random(400), rng.integers(0, 2, 400))

    found = measure_fairness(scored, attributes, {"SEX": SEX}, config, FLAGGED, "f").intersection

    sizes = [group.n for group in found.groups]
    assert found.attributes == ("SEX", "AGE")
    assert found.groups[0].label == "female & >= 30"
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 400


def test_intersections_can_be_turned_off_and_need_two_attributes():
    scored, attributes = _rows(a=A, b=B)
    twice = attributes.assign(again=attributes["group"])
    off = PLAIN.model_copy(update={"intersections": False})

    assert measure_fairness(scored, attributes, {}, PLAIN, FLAGGED, "f").intersection is None
    assert measure_fairness(scored, twice, {}, off, FLAGGED, "f").intersection is None


def test_verdicts_hold_the_interval_against_each_limit():
    far = _measure(a=(200, 100, 200, 500), b=(400, 300, 100, 200))
    near = _measure(a=(200, 100, 200, 500), b=(201, 101, 199, 499))
    between = _measure(a=A, b=(24, 12, 20, 44))

    assert [_outcome(report) for report in (far, near, between)] == [
        Outcome.FAILED,
        Outcome.PASSED,
        Outcome.UNCERTAIN,
    ]


def test_verdicts_are_named_by_attribute_and_metric_and_name_the_worst_pair():
    verdicts = judge_fairness(_measure(a=A, b=B), BOTH)

    assert [verdict.name for verdict in verdicts] == [
        "group: demographic_parity_ratio",
        "group: equalized_odds_difference",
    ]
    assert "the worst pair is 'a' against 'b'" in verdicts[0].reason


def test_a_limit_of_null_makes_no_verdict():
    assert judge_fairness(_measure(a=A, b=B), FairnessLimits(demographic_parity_ratio=None)) == ()


def test_the_report_survives_json():
    report = _measure(direction=UNDECLARED, a=A, b=B, tiny=(1, 0, 0, 0))
    adapter = TypeAdapter(FairnessReport)

    assert adapter.validate_json(adapter.dump_json(report)) == report


group_cells = st.lists(st.tuples(*[st.integers(3, 40)] * 4), min_size=2, max_size=4)


@settings(max_examples=15, deadline=None)
@given(group_cells, st.randoms(use_true_random=False))
def test_names_of_groups_and_order_of_rows_change_no_figure(cells, random):
    """Renaming groups, the attribute, and shuffling rows gives the same figures under the new names."""
    scored, attributes = _rows(**{f"g{i}": counts for i, counts in enumerate(cells)})
    new_names = [f"renamed {i}" for i in range(len(cells))]
    random.shuffle(new_names)
    renamed = dict(zip((f"g{i}" for i in range(len(cells))), new_names, strict=True))
    order = list(range(len(scored.outcome)))
    random.shuffle(order)
    config = Fairness(minimum_group=1)

    plain = measure_fairness(scored, attributes, {}, config, FLAGGED, "f").attributes["group"]
    other_frame = attributes["group"].map(renamed).iloc[order].to_frame("another name")
    turned = Scored(scored.outcome[order], scored.probability[order], scored.decision[order])
    other = measure_fairness(turned, other_frame, {}, config, FLAGGED, "f").attributes["another name"]

    for name, figure in plain.metrics.items():
        found = other.metrics[name]
        assert (found.value, found.low, found.high) == pytest.approx((figure.value, figure.low, figure.high))
    measures = {group.label: group.measures["selection_rate"] for group in plain.groups}
    assert {group.label: group.measures["selection_rate"] for group in other.groups} == {
        renamed[label]: figure for label, figure in measures.items()
    }


@settings(max_examples=10, deadline=None)
@given(group_cells)
def test_ratios_and_gaps_stay_between_zero_and_one(cells):
    """Values do; the upper end of a ratio may lie above 1, where the groups may be equal."""
    metrics = _measure(**{f"g{i}": counts for i, counts in enumerate(cells)}).attributes["group"].metrics

    for figure in metrics.values():
        assert 0 <= figure.low <= figure.value <= 1
        assert figure.value <= figure.high


@settings(max_examples=10)
@given(st.tuples(*[st.integers(20, 400)] * 4), st.integers(2, 5))
def test_turning_the_decision_around_swaps_the_directions(cells, factor):
    """What is favourable decides the ratio, not what the classes are called."""
    tp, fp, fn, tn = cells
    one = _measure(direction=NOT_FLAGGED, a=(tp, fp, fn, tn), b=(tp * factor, fp, fn, tn))
    other = _measure(direction=FLAGGED, a=(tn, fn, fp, tp), b=(tn, fn, fp, tp * factor))

    left, right = (r.attributes["group"].metrics["demographic_parity_ratio"] for r in (one, other))
    assert (left.value, left.low, left.high) == pytest.approx((right.value, right.low, right.high))


def test_equal_groups_have_no_gap_in_their_figures():
    metrics = _measure(a=A, b=A).attributes["group"].metrics

    assert metrics["demographic_parity_ratio"].value == 1
    assert metrics["equalized_odds_difference"].value == 0


def test_figures_of_a_group_do_not_depend_on_its_place_in_the_report():
    first, second = _measure(a=A, b=B), _measure(b=B, a=A)
    by_label = {group.label: group for group in second.attributes["group"].groups}

    for group in first.attributes["group"].groups:
        assert by_label[group.label] == replace(group)

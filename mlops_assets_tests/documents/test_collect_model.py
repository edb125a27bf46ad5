"""Records of the training, assurance and release rooms, as cards show them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from mlops_assets.assurance.explanations import ExplanationReport
from mlops_assets.assurance.fairness import Scored, measure_fairness
from mlops_assets.data.leakage import Leak, LeakageReport
from mlops_assets.documents.cards import render_model_card
from mlops_assets.documents.collect_evaluation import evaluation_evidence
from mlops_assets.documents.collect_model import (
    explanations_evidence,
    fairness_evidence,
    leakage_evidence,
    model_evidence,
    release_evidence,
    tuning_evidence,
)
from mlops_assets.release.evidence import Evidence
from mlops_assets.release.gates import judge_gates
from mlops_assets.training.baseline import AblationStep, Comparison
from mlops_assets.training.evaluation import evaluate
from mlops_assets.use_case import metrics
from mlops_assets.use_case.assurance import Direction, Fairness
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.release import Gate
from mlops_assets.use_case.training import Evaluation
from mlops_assets.verdicts import MetricValue

RAW = {"c": 0.5, "a|b": 0.3}
CANDIDATES = (
    SimpleNamespace(method="none", log_loss=0.44123, difference=0.01, standard_error=0.002, rejected=""),
    SimpleNamespace(method="isotonic", log_loss=0.5, difference=0.07, standard_error=0.003, rejected="it is flat"),
)


def _bundle(**params) -> SimpleNamespace:
    return SimpleNamespace(
        family="logistic_regression",
        params=params,
        pipeline=SimpleNamespace(names=("a", "b", "c")),
        calibrator=SimpleNamespace(
            method="sigmoid", candidates=CANDIDATES, reason="sigmoid, the simplest that will do"
        ),
        threshold=SimpleNamespace(value=0.31, low=0.27, high=0.42, rule="max_f1_macro"),
        fingerprint="f" * 64,
    )


def test_bundle_fills_details_parameters_and_threshold(card_use_case, origin):
    """Everything that describes the model comes from the bundle."""
    text = render_model_card(card_use_case, model_evidence(origin("model"), _bundle(C=0.5), rows=180))

    assert "| Model family | logistic_regression[^1] |" in text
    assert "| Features | 3[^1] |" in text
    assert "| Rows it was fitted on | 180[^1] |" in text
    assert "| C | 0.5 |" in text
    assert "| Threshold on the probability | 0.31 [0.27, 0.42][^1] |" in text


def test_the_choice_of_a_calibration_is_shown_with_what_was_compared(card_use_case, origin):
    """Every method has its log loss, and the reason stands below."""
    text = render_model_card(card_use_case, model_evidence(origin("model"), _bundle(), rows=180))
    section = text.split("## Calibration")[1].split("## Decision threshold")[0]

    assert "| none | 0.4412 | 0.01 | 0.002 | usable |" in section
    assert "| isotonic | 0.5 | 0.07 | 0.003 | it is flat |" in section
    assert "the simplest that will do" in section


def test_columns_that_nearly_are_the_target_are_in_the_section_on_data(card_use_case, origin):
    """A suspected leak is on the card with its figures, and its absence is said with what was examined."""
    leak = Leak("a|b", "copy", 0.9987, 0.995, 12_000, 340, True, "told elsewhere")
    found = leakage_evidence(origin("leakage_report"), LeakageReport((leak,), 9, 12_000, 340))
    none = leakage_evidence(origin("leakage_report"), LeakageReport((), 9, 12_000, 340))

    assert r"| a\|b | copy | 0.9987 | 0.995 | 12,000 | 340 | yes |" in render_model_card(card_use_case, found)
    assert "none of 9 columns, by 12,000 training rows" in render_model_card(card_use_case, none)


def test_model_without_hyperparameters_says_that_defaults_hold(card_use_case, origin):
    """An empty table is explained."""
    text = render_model_card(card_use_case, model_evidence(origin("model"), _bundle(), rows=180))

    assert "none: every hyperparameter has the default of its family" in text


def test_search_shows_trials_and_what_the_value_is(card_use_case, origin):
    """The value has its interval, and the card says what it is and why this trial was chosen."""
    said = {"meaning": "mean auc over 3 folds, which makes it optimistic", "reason": "trial 2 was better"}
    figures = {"value": 0.79, "low": 0.77, "high": 0.81, "gain": 0.004, "gain_error": 0.001}
    result = SimpleNamespace(trials=(1, 2, 3), metric="auc", **figures, **said)
    text = render_model_card(card_use_case, tuning_evidence(origin("tuning"), result))

    assert "| Trials of the search | 3[^1] |" in text
    assert "| Cross-validated metric of the chosen trial | 0.79 [0.77, 0.81] (auc)[^1] |" in text
    assert "0.004 (standard error 0.001)[^1] |" in text
    assert "mean auc over 3 folds, which makes it optimistic. Trial 2 was better." in text


def test_the_ablation_shows_what_each_step_adds(card_use_case, origin):
    """Each step has its AUC and its paired gain, and a baseline that is served itself is said to be."""
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 300), rng.random(300)
    gain = MetricValue(0.0018, -0.0019, 0.0057)
    steps = (
        AblationStep("raw inputs", "x", "raw", 23, MetricValue(0.7857, 0.77, 0.8), None, None),
        AblationStep("+ search", "x", "raw", 23, MetricValue(0.7875, 0.77, 0.8), gain, gain),
    )
    comparison = Comparison("x", "raw", 23, True, "kept", steps)
    report = evaluate(
        y, p, p, threshold=0.5, evaluation=Evaluation(bootstrap=100), fingerprint="f" * 64, comparison=comparison
    )
    text = render_model_card(card_use_case, evaluation_evidence(origin("evaluation"), report))

    assert "| raw inputs | x | 23 | 0.7857 [0.77, 0.8] | – | – |" in text
    assert "| + search | x | 23 | 0.7875 [0.77, 0.8] | 0.0018 [-0.0019, 0.0057] |" in text.replace("&#43;", "+")
    assert "gain over it is 0 by construction" in text
    assert "| Baseline | x at its defaults, 23 features (raw)[^1] |" in text


def test_evaluation_fills_every_metric_of_model_and_baseline(card_use_case, origin):
    """No metric that the evaluation room measures is missing from the card."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    p, baseline = (np.clip(0.3 * y + rng.random(300) * 0.7, 0, 1) for _ in range(2))
    report = evaluate(y, p, baseline, threshold=0.5, evaluation=Evaluation(bootstrap=100), fingerprint="f" * 64)
    section = render_model_card(card_use_case, evaluation_evidence(origin("evaluation"), report))
    section = section.split("## Metrics")[1].split("## Calibration")[0]

    assert section.count("not measured") == 1  # what the baseline is, which this report was not told
    assert section.count("[^1]") == 3 + 2 * len(metrics.EVALUATION) - 1


def test_fairness_fills_attributes_groups_and_intersection(card_use_case, origin):
    """Each attribute has its figures and its groups; groups too small are named; all attributes together follow."""
    columns = {
        "sex [x](javascript:alert(1))": Column(type="category", allowed={1: "male", 2: "female"}, sensitive=True),
        "region": Column(type="category", allowed=("n", "s", "w"), sensitive=True),
    }
    data = card_use_case.data.model_copy(update={"columns": card_use_case.data.columns | columns})
    rng = np.random.default_rng(0)
    groups = pd.DataFrame({name: rng.choice(column.codes[:2], 400) for name, column in columns.items()})
    groups.loc[:2, "region"] = "w"
    scored = Scored(rng.integers(0, 2, 400), rng.random(400), rng.integers(0, 2, 400))
    direction = Direction(("no", "yes"), None)
    report = measure_fairness(scored, groups, columns, Fairness(minimum_group=20), direction, "f" * 64)
    text = render_model_card(
        card_use_case.model_copy(update={"data": data}), fairness_evidence(origin("fairness"), report)
    )
    section = text.split("## Fairness")[1].split("## Explanations")[0]

    assert section.count("### ") == 3
    assert "region\n" in section
    assert "| male | " in section
    assert "region: 1 group not judged, 3 rows: w (3)." in text.split("## Limitations")[1]
    assert "region: direction unconfirmed: " in text.split("## Limitations")[1]
    assert "has not been materialized" not in section
    assert "## Further evidence" not in text


def test_explanations_show_the_top_and_say_what_is_left_out(card_use_case, origin):
    """The table is bounded, and says by how much."""
    importance = {"c": 0.5, "a|b": 0.2, "d": 0.1}
    report = ExplanationReport(0.1, "log-odds", importance, RAW, (), 0.0, 50, 80, "", "x", "f" * 64)
    text = render_model_card(card_use_case, explanations_evidence(origin("explanations"), report, top=2))

    assert text.index("| c | 0.5 |") < text.index(r"| a\|b | 0.2 |")
    assert "| d | 0.1 |" not in text
    assert "Over 50 of 80 test rows; values in log-odds. 1 further features are not shown." in text


def test_a_decision_without_evidence_holds_the_model_back(card_use_case, origin):
    """What the gates lack is said in the first line of the card."""
    gate = Gate(name="discrimination", evidence="evaluation", metric="auc", at_least=0.7)
    decision = judge_gates((gate,), Evidence(), "f" * 64)
    text = render_model_card(card_use_case, release_evidence(origin("release_evidence"), decision, (), None))

    assert "> **Held back: not applicable: discrimination cannot be judged" in text
    assert "No check was evaluated." in text


def test_without_gates_the_card_says_so(card_use_case, origin):
    """No gate is no approval, in words."""
    decision = judge_gates((), Evidence(), "f" * 64)
    text = render_model_card(card_use_case, release_evidence(origin("release_evidence"), decision, (), None))

    assert "> **Held back: no blocking gate is declared" in text


def test_fingerprints_of_all_records_are_compared(card_use_case, origin):
    """A decision about another model than the bundle's is warned of."""
    decision = judge_gates((), Evidence(), "0" * 64)
    evidence = model_evidence(origin("model"), _bundle(), rows=1) | release_evidence(
        origin("release_evidence"), decision, (), None
    )

    assert "different models" in render_model_card(card_use_case, evidence)

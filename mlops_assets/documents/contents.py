"""Contents: which evidence each section of a card expects, so that what is missing is printed as missing.

Add a slot here for a card to show more; the asset named is the one to materialize for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlops_assets.use_case import metrics
from mlops_assets.use_case.model import UseCase


@dataclass(frozen=True)
class Slot:
    """A place for one value or table.

    Attributes:
        key: key in `CardEvidence.facts` or `.tables`.
        title: what it is, for people.
        asset: name of the asset it comes from, the last part of the asset key.
    """

    key: str
    title: str
    asset: str


DETAILS = (
    Slot("model/family", "Model family", "model"),
    Slot("model/features", "Features", "model"),
    Slot("model/rows", "Rows it was fitted on", "model"),
    Slot("model/calibration", "Calibration of probabilities", "model"),
    Slot("model/fingerprint", "Fingerprint of the bundle", "model"),
    Slot("tuning/trials", "Trials of the search", "tuning"),
    Slot("tuning/value", "Cross-validated metric of the chosen trial", "tuning"),
    Slot("tuning/gain", "Its gain over the baseline in cross-validation", "tuning"),
)
PARAMETERS = Slot("model/parameters", "Hyperparameters", "model")
TEST = (
    Slot("evaluation/rows", "Test rows", "evaluation"),
    Slot("evaluation/positives", "of which positive", "evaluation"),
    Slot("evaluation/baseline", "Baseline", "evaluation"),
)
THRESHOLD = (
    Slot("model/threshold", "Threshold on the probability", "model"),
    Slot("model/threshold_rule", "Rule that chose it", "model"),
)
CONFUSION = Slot("evaluation/confusion", "Decisions on the test split", "evaluation")
CALIBRATIONS = Slot("model/calibrations", "Calibration methods, compared by cross-validation", "model")
DECISIONS = Slot("evaluation/decisions", "What follows from the threshold", "evaluation")
LEAKAGE = Slot("data/leakage", "Columns that are nearly the target", "leakage_report")
MEANING = Slot("tuning/meaning", "What the cross-validated metric means", "tuning")
ABLATION = Slot("evaluation/ablation", "What each step adds on the test split", "evaluation")
GROUPS = Slot("explanations/groups", "Groups of columns by mean absolute SHAP value", "explanations")
COLUMNS = Slot("explanations/columns", "Raw columns by mean absolute SHAP value", "explanations")
IMPORTANCE = Slot("explanations/importance", "Features by mean absolute SHAP value", "explanations")
PRIVACY = (
    Slot("privacy/spent", "Epsilon spent, over all releases so far", "private_statistics"),
    Slot("privacy/cap", "Epsilon that may be spent, ever", "private_statistics"),
)
STATISTICS = Slot("privacy/statistics", "Private statistics released", "private_statistics")
SYNTHETIC = (
    Slot("synthetic/quality", "Quality of the synthetic table", "synthetic_report"),
    Slot("synthetic/pairs", "Pairs of columns that the quality scores", "synthetic_report"),
    Slot("synthetic/diagnostic", "Validity of the synthetic table", "synthetic_report"),
    Slot(
        "synthetic/two_sample_auc",
        "AUC of a classifier that separates its rows from real ones (0.5 is best)",
        "synthetic_report",
    ),
    Slot("synthetic/association_error", "Mean error of the rate of positives along a column", "synthetic_report"),
    Slot("synthetic/tstr_ratio", "AUC trained on synthetic over AUC trained on real rows", "synthetic_report"),
    Slot("synthetic/tstr_gain", "AUC trained on synthetic rows minus that of a trivial table", "synthetic_report"),
)
ROWS = (
    Slot("data/raw_rows", "Rows of the file", "raw"),
    Slot("data/digest", "SHA-256 of the file", "raw"),
    Slot("data/valid_rows", "Rows that are valid", "validated"),
    Slot("data/quarantined_rows", "Rows in quarantine", "quarantine"),
)
FINDINGS = Slot("data/findings", "Findings of validation", "validated")
PROFILE = Slot("data/profile", "Missing and distinct values by column", "profile")
SPLITS = Slot("data/splits", "Rows and positives of each split", "splits")


def metric_slots() -> tuple[tuple[Slot, Slot | None], ...]:
    """Return the slots of the model and of the baseline for each metric of an evaluation.

    A metric that compares the two has none of the baseline.
    """
    return tuple(
        (
            Slot(f"evaluation/{metric.name}", metric.title, "evaluation"),
            None if metric.name == "auc_gain" else Slot(f"baseline/{metric.name}", metric.title, "evaluation"),
        )
        for metric in metrics.EVALUATION.values()
    )


def joined(attributes: tuple[str, ...]) -> str:
    """Return the name under which the groups of several attributes together are shown."""
    return " × ".join(attributes)


def fairness_slots(use_case: UseCase) -> tuple[tuple[str, tuple[Slot, ...], Slot], ...]:
    """Return for each protected attribute its name, the slots of its metrics and the slot of its table of groups.

    All attributes together come last, where the use case asks for them.
    """
    names = use_case.fairness_attributes
    if len(names) > 1 and use_case.assurance.fairness.intersections:
        names = (*names, joined(names))
    return tuple(
        (
            name,
            tuple(
                Slot(f"fairness/{name}/{metric.name}", metric.title, "fairness") for metric in metrics.FAIRNESS.values()
            ),
            Slot(f"fairness/{name}", f"Groups of {name}", "fairness"),
        )
        for name in names
    )
